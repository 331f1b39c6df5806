"""Text that a reader can trust: nothing invisible, nothing a terminal obeys, nothing endless."""

from __future__ import annotations

import json
import re
from typing import Any

SHOWN_LINES = 200
SHOWN_CHARS = 40_000
LINE_CHARS = 200
MOST_JSON = 1_000_000  # characters written of one value

# Joiners and emoji selectors mean something inside these scripts, and hide something elsewhere.
_JOINED = (
    "\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
)
_HIDDEN = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # control
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\ufe00-\ufe0d"
    "\ud800-\udfff"  # halves of a pair, which cannot be encoded
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "]"
    f"|(?<![{_JOINED}])[\u200c\u200d]|[\u200c\u200d](?![{_JOINED}])"
    "|(?<=[\ufe00-\ufe0f])[\ufe0e\ufe0f]|(?<![#*0-9\u00a9\u00ae\u2000-\U0001faff])[\ufe0e\ufe0f]"
)
ANSI = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])"  # OSC, DCS: titles, links, clipboard
    # Nothing that begins another one: else many that never end would take seconds.
    r"[^\x07\x1b\n\x90\x98\x9c-\x9f]{0,4096}(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"  # the rest: two or three characters
)
_NEWLINE = re.compile(r"\r\n?")


def visible(text: str) -> str:
    """Return `text` with control, bidi and invisible characters written out, e.g. as `\\u202e`."""
    if text.isascii() and text.isprintable():
        return text
    return _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", _NEWLINE.sub("\n", text))


def plain_output(text: str) -> str:
    """Return a program's output without the escape sequences that only a terminal understands."""
    return ANSI.sub("", text) if "\x1b" in text or not text.isascii() else text


def shorten(text: str, *, lines: int = SHOWN_LINES, chars: int = SHOWN_CHARS) -> str:
    """Return the head and the tail of a long text, and between them how much is left out."""
    if len(text) <= chars and text.count("\n") < lines:
        return text
    total = text.count("\n") + (not text.endswith("\n"))
    head = "\n".join(text[: chars // 2].split("\n", lines // 2)[: lines // 2])
    rest = text[max(len(head), len(text) - chars // 2) :]
    tail = "\n".join(rest.rsplit("\n", lines // 2)[-(lines // 2) :])
    left_out = total - head.count("\n") - tail.rstrip("\n").count("\n") - 2
    if left_out > 0:
        gap = f"… {left_out:,} lines not shown …"
    else:
        gap = f"… {len(text) - len(head) - len(tail):,} characters not shown …"
    return f"{head}\n{gap}\n{tail}"


def size_words(count: int, unit: str = "character") -> str:
    """Return a length in words: `812 characters`, `41.3 kB`, `50.0 MB`."""
    if count < 1_000:
        return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{count / 1_000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def one_line(text: str, *, chars: int = LINE_CHARS) -> str:
    """Return the text as one short line."""
    short = text[: 4 * chars]
    line = " ".join(short.split())
    if len(line) > chars or len(short) < len(text):
        return line[: chars - 1].rstrip() + "…"
    return line


def as_text(value: Any) -> str:
    """Return a JSON value as text: a string as it is, "" for None, else JSON, cut if it is huge."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    pieces: list[str] = []
    room = MOST_JSON
    try:
        for piece in _json.iterencode(value):
            pieces.append(piece)
            room -= len(piece)
            if room < 0:
                pieces.append("…")
                break
    except RecursionError:
        pieces.append("…")
    return "".join(pieces)


_json = json.JSONEncoder(ensure_ascii=False, indent=2, default=str)
