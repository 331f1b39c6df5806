"""Code that calls the tools of MCP servers (the server's code mode)."""

from __future__ import annotations

from ...text.amounts import count_words
from ...text.visible import as_text, one_line
from ..blocks import Block, Check, Checklist
from ..words import MARKS
from .call import ToolCall, ToolLook, code, dig, exact

MOST_CALLS = 50


def look(call: ToolCall) -> ToolLook:
    source = call.text("code")
    calls = call.meta("toolCalls")
    made = calls if isinstance(calls, list) else []
    body: tuple[Block, ...] = exact(source, "js")
    if made:
        body = (*body, Checklist(tuple(map(_check, made[:MOST_CALLS]))))
    detail = count_words(len(made), "tool call") if made else ""
    failed = call.meta("error") is True
    return ToolLook("Run code", one_line(source) or call.title, detail, (*body, *code(call.output)),
                "failed" if failed else None)  # fmt: skip


def _check(one: object) -> Check:
    given = dig(one, "input")
    words = f"{as_text(dig(one, 'tool'))} {one_line(as_text(given)) if given else ''}"
    match dig(one, "status"):
        case "completed":
            return Check(MARKS["completed"], one_line(words), "done")
        case "error":
            return Check(MARKS["failed"], one_line(words), "failed")
        case _:
            return Check(MARKS["running"], one_line(words), "running")
