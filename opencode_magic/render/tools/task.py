"""Work that was given to a subagent; its own rows stand under this one."""

from __future__ import annotations

import re

from ...text.visible import as_text, shorten
from ..blocks import Block, Fold, Notice, Plain
from .call import ToolCall, ToolLook, code

_SESSION = re.compile(r"ses_\w{1,60}")


def look(call: ToolCall) -> ToolLook:
    prompt = call.text("prompt")
    body: tuple[Block, ...] = ()
    if prompt.strip():
        body = (Fold("What it was told", (Plain(shorten(prompt)),), "prompt"),)
    if not call.nested:
        body = (*body, *code(_result(call.output)))
    if session := _SESSION.fullmatch(as_text(call.meta("sessionId"))[:100]):
        body = (*body, Notice(f"`/show {session[0]}` shows its session by itself."))
    agent = call.text("subagent_type")
    return ToolLook("Delegate", call.text("description") or call.title, agent, body)


def _result(text: str) -> str:
    """The subagent's last words, without what the server tells the model around them."""
    before, mark, result = text.partition("<task_result>")
    return result.rpartition("</task_result>")[0].strip() or result if mark else before
