"""What a terminal would finally show of a program's output: the last words on each line.

Colours and bold are kept, by name; everything else that a terminal obeys is dropped.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Iterator

from .visible import ANSI

Styles = tuple[tuple[int, int, str], ...]
"""(start, end, style) of each piece that is coloured or bold, in order."""

COLOURS = ("", "red", "green", "yellow", "blue", "magenta", "cyan", "")
"""Colours by their numbers; black and white belong to the theme, and are left to it."""

_SPECIAL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_CONTROL = re.compile(
    r"(?P<move>[\r\b])"
    r"|(?:\x1b\[|\x9b)(?:(?P<erase>[0-2]?)K|(?P<pen>[0-9;:]*)m)"
    r"|\x1b\[?[0-9;:?]*\Z"  # not all of it has come yet
    rf"|{ANSI.pattern}"
    r"|[\x07\x0e\x0f]"
)
SETTLED_CHARS = 100_000
MOST_ERASED = 2_000  # columns; no line that is drawn again and again is longer
MOST_CODES = 32  # in one sequence


class _Pen:
    """The style in which the following text is written."""

    def __init__(self) -> None:
        self.colour = self.style = ""
        self.bold = False

    def take(self, codes: str) -> None:
        """Obey one sequence: `1;31`, `38;5;196`, `38:2::255:0:0`."""
        numbers = [int(n or 0) for n in codes[:200].replace(":", ";").split(";")[:MOST_CODES]]
        at = 0
        while at < len(numbers):
            code = numbers[at]
            at += 1
            if code in (38, 48):
                colour, at = _extended(numbers, at, empty_space="::" in codes)
                if code == 38:
                    self.colour = colour
            else:
                self._one(code)
        self.style = f"bold {self.colour}".rstrip() if self.bold else self.colour

    def _one(self, code: int) -> None:
        if code == 0:
            self.colour, self.bold = "", False
        elif code in (1, 22):
            self.bold = code == 1
        elif 30 <= code <= 37 or 90 <= code <= 97:
            self.colour = COLOURS[code % 10]
        elif code == 39:
            self.colour = ""


def seen(text: str) -> tuple[str, Styles]:
    """Return the text that a reader would see, and how it is styled."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if not _SPECIAL.search(text):
        return text, ()
    pen = _Pen()
    lines: list[str] = []
    styles: list[tuple[int, int, str]] = []
    at = 0
    for line in text.split("\n"):
        if pen.style or _SPECIAL.search(line):
            shown, looks = _line(line, pen)
            styles += ((at + start, at + end, style) for start, end, style in _runs(looks))
        else:
            shown = line
        lines.append(shown)
        at += len(shown) + 1
    return "\n".join(lines), tuple(styles)


def settled(text: str) -> str:
    """Return the text as it finally looks, with no sequences but those of colours and bold.

    A very long text stays as it is: it is cut before it is looked at.
    """
    if len(text) > SETTLED_CHARS or not _SPECIAL.search(text):
        return text
    shown, styles = seen(text)
    pieces: list[str] = []
    done = 0
    for start, end, style in styles:
        pieces += (shown[done:start], _sequence(style), shown[start:end], "\x1b[m")
        done = end
    return "".join((*pieces, shown[done:]))


def _sequence(style: str) -> str:
    names = style.split()
    codes = [str(30 + COLOURS.index(name)) for name in names if name != "bold"]
    return f"\x1b[{';'.join((['1'] if 'bold' in names else []) + codes)}m"


def _line(line: str, pen: _Pen) -> tuple[str, list[str]]:
    """Return a line as it finally looks, and the style of each of its characters."""
    chars: list[str] = []
    looks: list[str] = []
    column = done = 0

    def write(piece: str) -> None:
        nonlocal column
        if not piece:
            return
        end = column + len(piece)
        chars[column:end] = piece
        looks[column:end] = [pen.style] * len(piece)
        column = end

    for found in _CONTROL.finditer(line):
        write(line[done : found.start()])
        done = found.end()
        if found["move"]:
            column = 0 if found["move"] == "\r" else max(0, column - 1)
        elif found["pen"] is not None:
            pen.take(found["pen"])
        elif found["erase"] is not None and column <= MOST_ERASED:
            _erase(found["erase"], chars, looks, column)
    write(line[done:])
    shown = "".join(chars)
    if "\r" in line:  # blanks with which a shorter word wiped out a longer one
        shown = shown.rstrip(" ")
    return shown, looks[: len(shown)]


def _erase(how: str, chars: list[str], looks: list[str], column: int) -> None:
    if how in ("", "0", "2"):
        del chars[column:], looks[column:]
    if how in ("1", "2"):
        chars[:column] = " " * column
        looks[:column] = [""] * column


def _runs(looks: list[str]) -> Iterator[tuple[int, int, str]]:
    start = 0
    for at in range(1, len(looks) + 1):
        if at == len(looks) or looks[at] != looks[start]:
            if looks[start]:
                yield start, at, looks[start]
            start = at


def _extended(numbers: list[int], at: int, *, empty_space: bool) -> tuple[str, int]:
    """Return the colour of `5;n` or `2;r;g;b`, and where it ends."""
    kind = numbers[at] if at < len(numbers) else 0
    if kind == 5 and at + 1 < len(numbers):
        return _indexed(numbers[at + 1]), at + 2
    start = at + 1 + empty_space  # the standard's own form names a colour space first
    if kind == 2 and start + 2 < len(numbers):
        red, green, blue = numbers[start : start + 3]
        return _nearest(red, green, blue), start + 3
    return "", len(numbers)


def _indexed(number: int) -> str:
    if number < 16:
        return COLOURS[number % 8]
    if number >= 232:
        return ""
    return _nearest(*(51 * ((number - 16) // n % 6) for n in (36, 6, 1)))


def _nearest(red: int, green: int, blue: int) -> str:
    """Return the name of the hue; "" for what is nearly grey."""
    hue, _, saturation = colorsys.rgb_to_hls(*(min(n, 255) / 255 for n in (red, green, blue)))
    if saturation < 0.25:
        return ""
    return ("red", "yellow", "green", "cyan", "blue", "magenta")[round(hue * 6) % 6]
