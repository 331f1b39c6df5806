"""The looks of tool calls: a short file for each tool, a default for all others."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import replace

from ...model.messages import ToolPart
from ...model.tools import TOOLS
from ..attached import attachments
from ..blocks import Plain
from . import (
    bash,
    batch,
    edit,
    execute,
    invalid,
    kernel,
    lsp,
    other,
    patch,
    question,
    read,
    search,
    skill,
    structured,
    task,
    todo,
    web,
    write,
)
from .call import ToolCall, ToolLook

_LOOKS: dict[str, Callable[[ToolCall], ToolLook]] = {
    "act": other.simple("Leave plan mode"),
    "answer": structured.look,
    "batch": batch.look,
    "edit": edit.look,
    "edits": edit.look,
    "examples": other.simple("Search code for", "query"),
    "execute": execute.look,
    "fetch": web.fetch,
    "find": search.glob,
    "folder": read.folder,
    "invalid": invalid.look,
    "lsp": lsp.look,
    "patch": patch.look,
    "plan": other.simple("Enter plan mode"),
    "question": question.look,
    "read": read.look,
    "search": search.grep,
    "shell": bash.look,
    "skill": skill.look,
    "task": task.look,
    "todo": todo.look,
    "web": web.search,
    "write": write.look,
}
LOOKS = {name: look for kind, look in _LOOKS.items() for name in TOOLS[kind]}
MOST_KEPT = 2_000

_kept: dict[int, tuple[weakref.ref[ToolPart], tuple[str, bool, str], ToolLook]] = {}
"""The looks of parts that are alive, by id. A turn is described many times a second, and parts are
frozen: so each is looked at once, however big it is."""


def look(call: ToolCall) -> ToolLook:
    """Return the look of a call."""
    key, place = id(call.part), (call.directory, call.nested, call.foreseen)
    known = _kept.get(key)
    if known is not None and known[0]() is call.part and known[1] == place:
        return known[2]
    found = _look(call)
    if len(_kept) >= MOST_KEPT:
        _kept.pop(next(iter(_kept)), None)
    _kept[key] = (weakref.ref(call.part, lambda _: _kept.pop(key, None)), place, found)
    return found


def _look(call: ToolCall) -> ToolLook:
    default = kernel.look if kernel.tool_of(call.tool) else other.look
    found = LOOKS.get(call.tool, default)(call)
    files = attachments(call.part.state.attachments)
    return replace(found, body=(*found.body, Plain("\n".join(files)))) if files else found
