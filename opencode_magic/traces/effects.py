"""What each tool call of a turn can have done to files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..model.messages import ToolPart
from ..model.tools import all_told
from ..model.transcript import Transcript
from ..policy.tools import HARMLESS_KINDS
from ..render.tools import patch
from ..render.tools.call import ToolCall
from ..render.tools.kernel import tool_of
from ..text.shellreach import ShellReach, reach

_EDITORS = ("edit", "edits", "write", "patch")
"""The kinds of tools that write the files they name and no others."""

# Besides the tools that never ask. The calls within a `batch` have parts of their own.
_SILENT = {*HARMLESS_KINDS, "fetch", "web", "examples", "invalid", "answer", "batch"}
_SILENT_IN_KERNEL = frozenset(
    {"list_variables", "describe_variable", "read_cells", "look_at_figure", "insert_cell"}
)
# How the server's error of a call begins that was not allowed, and so did not run.
_REFUSED = ("The user rejected permission", "The user has specified a rule which prevents")


@dataclass(frozen=True)
class Effect:
    """What a call can have done; nothing by default."""

    files: frozenset[str] = frozenset()
    """The files it can have written, as it names them."""
    reach: ShellReach = ShellReach.NOTHING
    """Which other files it can have written."""
    text: str = ""
    """All text that the call was given: it may name files."""


NOTHING = Effect()


def effect(part: ToolPart, transcript: Transcript) -> Effect:
    """Return what a call can have done to files, by its tool, its arguments and how it ended."""
    if not _can_have_run(part):
        return NOTHING
    if part.kind in _EDITORS:
        return Effect(frozenset(_edited(ToolCall(part))))
    if part.kind in _SILENT or tool_of(part.tool) in _SILENT_IN_KERNEL:
        return NOTHING
    if part.kind == "task" and part.child in transcript:
        return NOTHING
    if part.kind == "shell":
        command = ToolCall(part).text("command")
        return Effect(reach=reach(command), text=command)
    return Effect(reach=ShellReach.ANYTHING, text="\n".join(_texts(part.state.input)))


def _can_have_run(part: ToolPart) -> bool:
    state = part.state
    if state.status != "error":
        return state.status != "pending"
    if state.interrupted:
        return True
    # These write one file, at their very end; a call that writes several may fail in between.
    return part.kind not in ("edit", "write") and not state.error.startswith(_REFUSED)


def _edited(call: ToolCall) -> Iterator[str]:
    for name in (call.argument("file"), *all_told(call.part.state.metadata, "file")):
        if isinstance(name, str) and name:
            yield name
    if call.part.kind == "patch":
        yield from patch.files_of(call)


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in the arguments of a call."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
