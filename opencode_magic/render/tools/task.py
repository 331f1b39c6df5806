"""Work that was given to a subagent; its own rows stand under this one."""

from __future__ import annotations

from ...text.visible import shorten
from ..blocks import Block, Fold, Notice, Plain
from .call import ToolCall, ToolLook, code


def look(call: ToolCall) -> ToolLook:
    """Describe what the subagent was told, and its answer if its rows are not shown."""
    prompt = call.text("prompt")
    body: tuple[Block, ...] = ()
    if prompt.strip():
        body = (Fold("What it was told", (Plain(shorten(prompt)),), "prompt"),)
    if not call.nested:
        body = (*body, *code(_result(call.output)))
    if call.part.child:
        body = (*body, Notice(f"`/show {call.part.child}` shows its session by itself."))
    agent = call.text("agent")
    return ToolLook("Delegate", call.text("description") or call.title, agent, body)


def _result(text: str) -> str:
    """Return the subagent's last words, without what the server tells the model around them."""
    before, mark, result = text.partition("<task_result>")
    return result.rpartition("</task_result>")[0].strip() or result if mark else before
