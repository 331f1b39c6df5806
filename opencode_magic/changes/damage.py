"""What a change does to the bytes of a file that its diff does not show.

The tools of a server read and write files as UTF-8 text: bytes that are not UTF-8 are lost, even in
lines that nobody meant to change, and a file that is written whole gets new line ends and marks.
"""

from __future__ import annotations

from codecs import BOM_UTF8

from ..text.amounts import count_words
from .hunks import HunkError, apply
from .patch import parse_one

LINES_NAMED = 5

_REPLACED = "\ufffd".encode()


def lost(before: bytes, after: bytes) -> tuple[str, ...]:
    """Return what a file loses between these two states, in words that follow "this changes"."""
    found = (_text(before, after), _mark(before, after), _nul(before, after))
    return tuple(filter(None, (*found, *_line_ends(before, after))))


def foreseen(before: bytes, patch: str = "", content: str | None = None) -> tuple[str, ...]:
    """Return what a change to a file of these bytes would lose, in such words.

    Parameters
    ----------
    before:
        the file as it is.
    patch:
        the patch of the change, as far as it is known.
    content:
        the whole new content; None where only a part is to change.
    """
    text = before.removeprefix(BOM_UTF8).decode("utf-8", "replace")
    if content is None:
        content = _applied(text, patch)
    mark = BOM_UTF8 if before.startswith(BOM_UTF8) else b""  # which servers keep
    return lost(before, mark + content.removeprefix("\ufeff").encode("utf-8", "replace"))


def is_utf8(data: bytes) -> bool:
    """Return whether these bytes are text in UTF-8."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _applied(text: str, patch: str) -> str:
    """Return the patched text; unpatched where an edit has other line ends, and does not fit."""
    try:
        return apply(text, parse_one(patch).hunks)
    except HunkError:
        return text


def _text(before: bytes, after: bytes) -> str:
    if is_utf8(before) or not is_utf8(after):
        return ""
    if after.count(_REPLACED) <= before.count(_REPLACED):
        return "its encoding into UTF-8" if after else ""
    numbers = [n for n, line in enumerate(before.split(b"\n"), start=1) if not is_utf8(line)]
    named = ", ".join(map(str, numbers[:LINES_NAMED])) + ", ..." * (len(numbers) > LINES_NAMED)
    lines = "line" if len(numbers) == 1 else "lines"
    return f"bytes that are not UTF-8 into U+FFFD (in {lines} {named})"


def _mark(before: bytes, after: bytes) -> str:
    gone = before.startswith(BOM_UTF8) and after and not after.startswith(BOM_UTF8)
    return "its byte order mark, which is dropped" if gone else ""


def _nul(before: bytes, after: bytes) -> str:
    gone = is_utf8(before) and b"\0" in before and after and b"\0" not in after
    return "its NUL bytes, which are dropped" if gone else ""


def _line_ends(before: bytes, after: bytes) -> list[str]:
    """Return how many line ends changed their kind, without those of new or deleted lines."""
    old, new = _ends(before), _ends(after)
    found = []
    for was, name in _NAMES.items():
        for now, other in _NAMES.items():
            changed = min(old[was] - new[was], new[now] - old[now])
            if was != now and changed > 0:
                found.append(f"{count_words(changed, 'line end')} from {name} to {other}")
    return found


_NAMES = {b"\r\n": "CRLF", b"\n": "LF", b"\r": "CR"}


def _ends(data: bytes) -> dict[bytes, int]:
    crlf = data.count(b"\r\n")
    return {b"\r\n": crlf, b"\n": data.count(b"\n") - crlf, b"\r": data.count(b"\r") - crlf}
