"""What each tool call of a turn can have done to files. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..model.messages import ToolPart
from ..model.transcript import Transcript
from ..policy.tools import HARMLESS
from ..render.tools import patch
from ..render.tools.call import ToolCall
from ..render.tools.kernel import tool_of
from ..text.shellreach import ShellReach, reach

EDITORS = ("edit", "write", "multiedit", "patch", "apply_patch")
"""The tools that write the files they name and no others."""

# Besides those that ask nobody. The calls within a `batch` have rows of their own.
_SILENT = frozenset(
    {*HARMLESS, "webfetch", "websearch", "codesearch", "invalid", "StructuredOutput", "batch"}
)
_SILENT_IN_KERNEL = frozenset(
    {"list_variables", "describe_variable", "read_cells", "look_at_figure", "insert_cell"}
)
# How the server begins the error of a call that was not allowed, and so did not run.
_REFUSED = ("The user rejected permission", "The user has specified a rule which prevents")


@dataclass(frozen=True)
class Effect:
    """What a call can have done: nothing at all, as it is by default."""

    files: frozenset[str] = frozenset()
    """The files it can have written, as it names them."""
    reach: ShellReach = ShellReach.NOTHING
    """Which other files it can have written."""
    text: str = ""
    """All that such a call was given: it may name files."""


NOTHING = Effect()


def effect(part: ToolPart, transcript: Transcript) -> Effect:
    """What a call can have done to files, by its tool, what it was given and how it ended."""
    if not _can_have_run(part):
        return NOTHING
    if part.tool in EDITORS:
        return Effect(frozenset(_edited(ToolCall(part))))
    if part.tool in _SILENT or tool_of(part.tool) in _SILENT_IN_KERNEL:
        return NOTHING
    if part.tool == "task" and part.child in transcript:
        return NOTHING
    if part.tool == "bash":
        command = ToolCall(part).text("command")
        return Effect(reach=reach(command), text=command)
    return Effect(reach=ShellReach.ANYTHING, text="\n".join(_texts(part.state.input)))


def _can_have_run(part: ToolPart) -> bool:
    state = part.state
    if state.status != "error":
        return state.status != "pending"
    if state.metadata.get("interrupted"):
        return True
    # One file is written last of all; a call that touches several may fail between two of them.
    return part.tool not in ("edit", "write") and not state.error.startswith(_REFUSED)


def _edited(call: ToolCall) -> Iterator[str]:
    named = call.part.state.input.get("filePath")
    for name in (named, call.meta("filepath"), call.meta("filediff", "file")):
        if isinstance(name, str) and name:
            yield name
    if call.tool.endswith("patch"):
        yield from patch.files_of(call)


def _texts(value: Any) -> Iterator[str]:
    """Every text in what a call was given."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
