"""How the calls of each tool look: one short file a tool, a default for all others."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import replace

from ...model.messages import ToolPart
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
    plan,
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

LOOKS: dict[str, Callable[[ToolCall], ToolLook]] = {
    "StructuredOutput": structured.look,
    "apply_patch": patch.look,
    "bash": bash.look,
    "batch": batch.look,
    "codesearch": web.code_search,
    "edit": edit.look,
    "execute": execute.look,
    "glob": search.glob,
    "grep": search.grep,
    "invalid": invalid.look,
    "list": read.folder,
    "lsp": lsp.look,
    "multiedit": edit.look,
    "patch": patch.look,
    "plan_enter": plan.enter,
    "plan_exit": plan.leave,
    "question": question.look,
    "read": read.look,
    "skill": skill.look,
    "task": task.look,
    "todoread": todo.look,
    "todowrite": todo.look,
    "webfetch": web.fetch,
    "websearch": web.search,
    "write": write.look,
}
MOST_KEPT = 2_000

_Place = tuple[str, bool]
_Kept = tuple["weakref.ref[ToolPart]", _Place, ToolLook]
_kept: dict[int, _Kept] = {}
"""The looks of parts that are alive: a turn is described many times a second, and parts are frozen,
so that each is looked at once, however big it is."""


def look(call: ToolCall) -> ToolLook:
    """How a call looks."""
    key, place = id(call.part), (call.directory, call.nested)
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
