"""A file or folder that was read."""

from __future__ import annotations

from ..paths import inside
from ..visible import as_text
from .call import Call, Look, code, language_of, whole


def look(call: Call) -> Look:
    path = call.path("filePath") or inside(as_text(call.meta("display", "path")), call.directory)
    first, last = call.number("display", "lineStart"), call.number("display", "lineEnd")
    total = call.number("display", "totalLines")
    text = call.meta("display", "text")
    body = code(text, language_of(path)) if isinstance(text, str) else code(call.output)
    return Look("Read", path or call.title, _range(call, first, last, total), body)


def folder(call: Call) -> Look:
    return Look("List", call.path("path") or call.title, "", code(call.output))


def _range(call: Call, first: int | None, last: int | None, total: int | None) -> str:
    if first is not None and last is not None:
        of = f" of {total}" if total is not None and (first, last) != (1, total) else ""
        return f"lines {first}-{last}{of}"
    offset = whole(call.argument("offset"))
    return f"from line {offset}" if offset else ""
