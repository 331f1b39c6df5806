"""Code that calls the tools of MCP servers (the server's code mode)."""

from __future__ import annotations

from ...model.tools import dig
from ...text.amounts import count_words
from ...text.visible import as_text, one_line
from ..blocks import Check, Checklist, State
from ..words import MARKS, STATES
from .call import ToolCall, ToolLook, as_list, code, exact

MOST_CALLS = 50
_STATES: dict[str, State] = {"completed": "completed", "error": "failed"}


def look(call: ToolCall) -> ToolLook:
    """Describe the code, the calls it made, and its output."""
    source = call.text("code")
    made = as_list(call.meta("calls"))
    listed = (Checklist(tuple(map(_check, made[:MOST_CALLS]))),) if made else ()
    body = (*exact(source, "js"), *listed, *code(call.output))
    detail = count_words(len(made), "tool call") if made else ""
    state: State | None = "failed" if call.meta("error") is True else None
    return ToolLook("Run code", one_line(source) or call.title, detail, body, state)


def _check(one: object) -> Check:
    given = dig(one, "input")
    words = f"{as_text(dig(one, 'tool'))} {one_line(as_text(given)) if given else ''}"
    state = _STATES.get(as_text(dig(one, "status")), "running")
    return Check(MARKS[state], one_line(words), STATES[state])
