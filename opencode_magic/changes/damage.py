"""What a change does to the bytes of a file besides what its diff shows. Pure.

The tools of a server read files as UTF-8 text and write them as such: bytes that are no UTF-8 are
lost, also in lines that nobody meant to change; and a file that is written whole has the line ends
and the marks of whoever wrote it.
"""

from __future__ import annotations

from codecs import BOM_UTF8

from ..text.amounts import count_words
from .hunks import HunkError, apply
from .patch import parse_one

LINES_NAMED = 5

_REPLACED = "\ufffd".encode()


def lost(before: bytes, after: bytes) -> tuple[str, ...]:
    """What happens to a file between these two states, in words that follow "this changes"."""
    return tuple(filter(None, (_text(before, after), _mark(before, after), _nul(before, after),
                               *_line_ends(before, after))))  # fmt: skip


def foreseen(before: bytes, patch: str = "", content: str | None = None) -> tuple[str, ...]:
    """What a change to a file of these bytes would lose.

    Parameters
    ----------
    before:
        the file as it is.
    patch:
        what would be changed in it, as far as it is known.
    content:
        what it would be replaced by as a whole; None where only a part of it is to change.
    """
    text = before.removeprefix(BOM_UTF8).decode("utf-8", "replace")
    if content is None:
        content = _applied(text, patch)
    mark = BOM_UTF8 if before.startswith(BOM_UTF8) else b""  # which servers keep
    return lost(before, mark + content.removeprefix("\ufeff").encode("utf-8", "replace"))


def is_utf8(data: bytes) -> bool:
    """Whether these bytes are text in UTF-8."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _applied(text: str, patch: str) -> str:
    """The text with a patch, where it fits: of an edit, it is of another kind of line end."""
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
    """Lines that end otherwise; not those that came or went with their ends."""
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
