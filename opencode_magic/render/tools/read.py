"""A file or folder that was read."""

from __future__ import annotations

from ...text.amounts import count_words
from ...text.visible import as_text
from ..blocks import Block
from ..paths import inside
from .call import ToolCall, ToolLook, code, language_of, whole


def look(call: ToolCall) -> ToolLook:
    path = call.path("filePath") or inside(as_text(call.meta("display", "path")), call.directory)
    if call.meta("display", "type") == "directory":
        return _folder(call, path)
    first, last = call.number("display", "lineStart"), call.number("display", "lineEnd")
    total = call.number("display", "totalLines")
    text = call.meta("display", "text")
    body = code(text, language_of(path)) if isinstance(text, str) else code(call.output)
    return ToolLook("Read", path or call.title, _range(call, first, last, total), body)


def folder(call: ToolCall) -> ToolLook:
    """The `list` tool of older servers."""
    return ToolLook("List", call.path("path") or call.title, "", code(call.output))


def _folder(call: ToolCall, path: str) -> ToolLook:
    entries = call.meta("display", "entries")
    names = entries if isinstance(entries, list) else []
    total = call.number("display", "totalEntries")
    detail = count_words(len(names) if total is None else total, "entry", "entries")
    body: tuple[Block, ...] = code("\n".join(map(as_text, names)))
    return ToolLook("List", path, detail, body)


def _range(call: ToolCall, first: int | None, last: int | None, total: int | None) -> str:
    if first is not None and last is not None:
        if last < first:
            return "empty" if total == 0 else ""
        of = f" of {total:,}" if total is not None and (first, last) != (1, total) else ""
        return f"lines {first:,}-{last:,}{of}" if last > first else f"line {first:,}{of}"
    offset = whole(call.argument("offset"))
    return f"from line {offset:,}" if offset else ""
