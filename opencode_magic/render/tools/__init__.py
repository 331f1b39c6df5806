"""How the calls of each tool look: one short file a tool, a default for all others."""

from __future__ import annotations

from collections.abc import Callable

from . import bash, edit, invalid, other, question, read, search, structured, task, todo, web, write
from .call import Call, Look

LOOKS: dict[str, Callable[[Call], Look]] = {
    "StructuredOutput": structured.look,
    "bash": bash.look,
    "edit": edit.look,
    "glob": search.glob,
    "grep": search.grep,
    "invalid": invalid.look,
    "list": read.folder,
    "patch": edit.look,
    "question": question.look,
    "read": read.look,
    "task": task.look,
    "todoread": todo.look,
    "todowrite": todo.look,
    "webfetch": web.fetch,
    "websearch": web.search,
    "write": write.look,
}


def look(call: Call) -> Look:
    """How a call looks."""
    return LOOKS.get(call.tool, other.look)(call)
