"""A file or folder that was read."""

from __future__ import annotations

from ...text.amounts import count_words
from ...text.visible import as_text
from ..paths import inside
from .call import ToolCall, ToolLook, as_list, code, language_of, whole


def look(call: ToolCall) -> ToolLook:
    """Describe what was read, by the server's metadata if there is any."""
    path = call.path("file") or inside(as_text(call.meta("file")), call.directory)
    if call.meta("kind") == "directory":
        return _folder(call, path)
    text = call.meta("text")
    body = code(text, language_of(path)) if isinstance(text, str) else code(call.output)
    return ToolLook("Read", path or call.title, _range(call), body)


def folder(call: ToolCall) -> ToolLook:
    """Describe a call of `list`, a tool of older servers."""
    return ToolLook("List", call.path("folder") or call.title, "", code(call.output))


def _folder(call: ToolCall, path: str) -> ToolLook:
    names = as_list(call.meta("entries"))
    total = call.number("all entries")
    detail = count_words(len(names) if total is None else total, "entry", "entries")
    return ToolLook("List", path, detail, code("\n".join(map(as_text, names))))


def _range(call: ToolCall) -> str:
    first, last, total = map(call.number, ("first line", "last line", "lines"))
    if first is not None and last is not None:
        if last < first:
            return "empty" if total == 0 else ""
        of = f" of {total:,}" if total is not None and (first, last) != (1, total) else ""
        return f"lines {first:,}-{last:,}{of}" if last > first else f"line {first:,}{of}"
    offset = whole(call.argument("offset"))
    return f"from line {offset:,}" if offset else ""
