"""Files that came with a message or a tool's answer, in words."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from ..model.messages import FilePart
from ..text.visible import as_text, one_line, size_words

SHOWN_URL = 2_000  # characters of an address that are looked at
MOST_FILES = 20


def file_words(name: str, mime: str, url: str) -> str:
    """Return a file with what is known of it: `plot.png (image/png, 4.1 kB)`."""
    about = ", ".join(filter(None, (one_line(mime, chars=80), _size(url), _range(url))))
    shown = one_line(name) or _last_of(url) or "a file"
    return f"{shown} ({about})" if about else shown


def attached(part: FilePart) -> str:
    """Return the line for a file of a message."""
    return f"Attached: {file_words(part.filename or '', part.mime, part.url)}"


def attachments(given: Any) -> list[str]:
    """Return the lines for the files of a tool's answer, however malformed that is."""
    files = [f for f in given if isinstance(f, dict)] if isinstance(given, list) else []
    lines = [
        "Attached: " + file_words(*(as_text(file.get(key)) for key in ("filename", "mime", "url")))
        for file in files[:MOST_FILES]
    ]
    more = len(files) - MOST_FILES
    return [*lines, f"and {more:,} more files"] if more > 0 else lines


def _size(url: str) -> str:
    """Return the size of a file whose address holds it, else ""."""
    comma = url.find(",", 0, SHOWN_URL)
    if not url.startswith("data:") or comma < 0:
        return ""
    length = len(url) - comma - 1
    if ";base64" in url[:comma]:
        length = length * 3 // 4 - url[-2:].count("=")
    return size_words(length, "byte")


def _range(url: str) -> str:
    """Return the lines that were asked for: `lines 10-20`."""
    if url.startswith("data:"):
        return ""
    try:
        query = parse_qs(urlsplit(url[:SHOWN_URL]).query)
    except ValueError:
        return ""
    first, last = (query.get(key, [""])[0] for key in ("start", "end"))
    if not first.isdecimal():
        return ""
    return f"lines {first}-{last}" if last.isdecimal() else f"from line {first}"


def _last_of(url: str) -> str:
    if url.startswith("data:"):
        return ""
    path = url[:SHOWN_URL].partition("?")[0].rstrip("/")
    return one_line(unquote(path.rpartition("/")[2]))
