"""A call the model got wrong: an unknown tool, or arguments that are not JSON."""

from __future__ import annotations

from ...text.visible import one_line
from ..blocks import Notice
from .call import ToolCall, ToolLook


def look(call: ToolCall) -> ToolLook:
    """Describe a wrong call by its error."""
    said = one_line(call.text("error") or call.output, chars=2_000)
    body = (Notice("", "error", quote=said),) if said else ()
    return ToolLook("Wrong call of", call.text("tool") or "a tool", "", body, "failed")
