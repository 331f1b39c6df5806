"""Any tool without a look of its own, e.g. one of an MCP server: its input and output."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ...text.visible import as_text, one_line
from ..blocks import Block
from .call import ToolCall, ToolLook, code

MOST_READ = 100_000  # characters of an answer that is put in order if it is JSON
TARGET_CHARS = 120


def look(call: ToolCall) -> ToolLook:
    state = call.part.state
    given = code(state.input, "json") if state.input else code(state.raw)
    target = call.title or _short(state.input)
    return ToolLook(call.tool, target, "", (*given, *_answer(call.output)))


def _short(given: Mapping[str, Any]) -> str:
    """The arguments on one line: `city: Paris, days: 3`."""
    simple = {k: v for k, v in given.items() if isinstance(v, str | int | float)}
    pairs = (f"{key}: {one_line(as_text(value))}" for key, value in simple.items())
    return one_line(", ".join(pairs), chars=TARGET_CHARS)


def _answer(text: str) -> tuple[Block, ...]:
    if len(text) > MOST_READ or text.lstrip()[:1] not in ("{", "["):
        return code(text)
    try:
        return code(json.loads(text), "json")
    except (ValueError, RecursionError):
        return code(text)
