"""A question to a language server: where something is defined, used, or what it is."""

from __future__ import annotations

from urllib.parse import unquote

from ...model.tools import dig
from ...text.amounts import count_words
from ...text.visible import as_text, one_line
from ..paths import inside
from .call import ToolCall, ToolLook, as_list, code, whole


def look(call: ToolCall) -> ToolLook:
    """Describe the question, with places as lines and anything else as JSON."""
    result = call.meta("result")
    places = as_list(result, 1_000)
    lines = [line for place in places if (line := _place(call, place))]
    verb, target = "Ask the language server", _target(call)
    if not lines or len(lines) < len(places):
        return ToolLook(verb, target, "", code(call.output, "json"))
    return ToolLook(verb, target, count_words(len(result), "place"), code("\n".join(lines)))


def _target(call: ToolCall) -> str:
    line, character = whole(call.argument("line")), whole(call.argument("character"))
    at = f":{line}:{character}" if line is not None and character is not None else ""
    named = f"{call.text('operation')} {call.path('file')}{at}".strip()
    return named or call.title


def _place(call: ToolCall, place: object) -> str:
    """Return `greet.py:3 greet` for the forms in which servers name places; "" otherwise."""
    where = dig(place, "location") or place
    uri = as_text(dig(where, "uri") or dig(where, "targetUri"))
    start = dig(where, "range", "start") or dig(where, "targetRange", "start")
    line = whole(dig(start, "line"))
    if not uri.startswith("file://") or line is None:
        return ""
    path = inside(unquote(uri.removeprefix("file://")), call.directory)
    return f"{path}:{line + 1} {one_line(as_text(dig(place, 'name')))}".rstrip()
