"""Tools without a file of their own: any unknown one, e.g. of an MCP server, and simple ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ...text.visible import as_text, one_line
from ..blocks import Block
from .call import ToolCall, ToolLook, code

MOST_READ = 100_000  # characters of an answer that is laid out if it is JSON


def simple(verb: str, argument: str = "") -> Callable[[ToolCall], ToolLook]:
    """Return a look that shows one argument, or the server's title, and the output."""
    return lambda call: ToolLook(
        verb, (argument and call.text(argument)) or call.title, "", code(call.output)
    )


def look(call: ToolCall) -> ToolLook:
    """Describe any tool by its whole input and output."""
    state = call.part.state
    given = code(state.input, "json") if state.input else code(state.raw)
    target = call.title or _short(state.input)
    return ToolLook(call.tool, target, "", (*given, *_answer(call.output)))


def _short(given: Mapping[str, Any]) -> str:
    """Return the arguments on one line: `city: Paris, days: 3`."""
    pairs = (
        f"{key}: {one_line(as_text(value))}"
        for key, value in given.items()
        if isinstance(value, str | int | float)
    )
    return one_line(", ".join(pairs), chars=120)


def _answer(text: str) -> tuple[Block, ...]:
    if len(text) > MOST_READ or text.lstrip()[:1] not in ("{", "["):
        return code(text)
    try:
        return code(json.loads(text), "json")
    except (ValueError, RecursionError):
        return code(text)
