"""Several calls in one, of older servers; each has its own row as well."""

from __future__ import annotations

from ...model.tools import dig
from ...text.amounts import count_words
from ...text.visible import as_text, one_line
from ..blocks import Check, Checklist
from .call import ToolCall, ToolLook, code

MOST_CALLS = 50


def look(call: ToolCall) -> ToolLook:
    """Describe a call by the calls in it."""
    calls = call.argument("calls")
    if not isinstance(calls, list):
        return ToolLook("Call several tools", call.title, "", code(call.output))
    lines = tuple(Check("•", _words(one)) for one in calls[:MOST_CALLS])
    body = (Checklist(lines),) if lines else ()
    return ToolLook("Call", count_words(len(calls), "tool"), "", body)


def _words(one: object) -> str:
    given = one_line(as_text(dig(one, "parameters")))
    return f"{one_line(as_text(dig(one, 'tool')))} {given}".strip()
