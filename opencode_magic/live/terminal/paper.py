"""Printing lines: on a terminal whose last lines are drawn again in place, or on any stream."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from typing import TextIO, TypeAlias

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.text import Text

from ...render.lines import folded
from ...signals import held

UNKNOWN_WIDTH = 1_000  # columns; the program that shows the text wraps it
_SIGNS = {"✓": "+", "✗": "x", "■": "#", "●": "*", "○": "o", "⊘": "-", "…": "...", "·": "-",
          "→": "->", "—": "--", "“": '"', "”": '"', "│": "|", "─": "-",
          "▌": "|", "•": "-", "├": "|", "└": "`", "━": "-"}  # fmt: skip
"""Replacements of our signs for terminals whose encoding does not have them."""


class Ink:
    """Turns lines into text for a stream: with our colours or without, in its encoding.

    `%colors NoColor` and NO_COLOR keep bold and the like; a dumb terminal gets only words.
    """

    def __init__(
        self, stream: TextIO, environ: Mapping[str, str], *, styled: bool, coloured: bool
    ) -> None:
        self._console = Console(
            file=stream, force_terminal=styled, legacy_windows=False, _environ=environ
        )
        self._styled = styled
        self._coloured = coloured and not environ.get("NO_COLOR")
        self._encoding = getattr(stream, "encoding", None) or "utf-8"

    def __call__(self, line: Text) -> str:
        pieces = []
        # Rich leaves the style of a whole text to the caller, but not that of a part.
        for segment in Text().append_text(line).render(self._console):
            style = segment.style
            if not style or not self._styled:
                pieces.append(segment.text)
                continue
            style = style if self._coloured else style.without_color
            pieces.append(style.render(segment.text, color_system=ColorSystem.STANDARD))
        text = "".join(pieces)
        if _fits(text, self._encoding):
            return text
        text = "".join(c if _fits(c, self._encoding) else _SIGNS.get(c, c) for c in text)
        return text.encode(self._encoding, "backslashreplace").decode(self._encoding)


def _fits(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


class Scroll:
    """A stream on which nothing can be drawn again: a dumb terminal, a pipe, another front end."""

    def __init__(self, stream: TextIO, ink: Ink, columns: int = UNKNOWN_WIDTH) -> None:
        self.columns = columns
        self._stream = stream
        self._ink = ink

    def draw(self, printed: Sequence[Text], tail: Sequence[Text]) -> None:
        """Print lines; the tail has to wait until it is finished."""
        if printed:
            text = "".join(self._ink(line) + "\n" for line in printed)
            with held():
                self._stream.write(text)
                self._stream.flush()


class Screen:
    """A terminal. Only the tail is drawn again, and of it only what changed.

    The cursor stays at the end of the tail, which never wraps and has fewer rows than the screen,
    so that its beginning can always be reached.

    Parameters
    ----------
    reflows:
        whether the terminal wraps again what it shows when it gets narrower, as most do.
    """

    def __init__(self, stream: TextIO, ink: Ink, *, reflows: bool) -> None:
        self._stream = stream
        self._ink = ink
        self._reflows = reflows
        self._tail: list[str] = []
        self._cells: list[int] = []
        self.columns, self.rows = self._size()
        self._drawn_on = self.columns

    def draw(self, printed: Sequence[Text], tail: Sequence[Text]) -> None:
        """Print lines that stay, and below them the tail, as much of it as the screen can hold."""
        self.columns, self.rows = self._size()
        lines = [row for line in tail for row in folded(line, self.columns)]
        most = max(1, self.rows - 2)
        if len(lines) > most:
            gone = len(lines) - most + 1
            above = Text(f"… {gone:,} lines above …", "dim")
            above.truncate(self.columns)
            lines = [above, *lines[gone:]]
        drawn = [self._ink(line) for line in lines]
        cells = [cell_len(line.plain) for line in lines]
        if printed or self.columns != self._drawn_on:
            out = [self._up() + "\x1b[J"] if self._tail else []
            out += [self._ink(line) + "\n" for line in printed]
            known: list[str] = []
        else:
            out, known = [], self._tail
        out += self._changed(known, drawn, cells)
        with held():
            self._stream.write("".join(out))
            self._stream.flush()
            self._tail, self._cells, self._drawn_on = drawn, cells, self.columns

    def leave(self) -> None:
        """Leave the tail as it is; the cursor goes to the line below it."""
        with held():
            if self._tail:
                self._stream.write("\n")
                self._stream.flush()
            self._tail, self._cells = [], []

    def forget(self) -> None:
        """Forget the tail: the cursor is below it already."""
        self._tail, self._cells = [], []

    def _changed(self, known: list[str], drawn: list[str], cells: list[int]) -> list[str]:
        """Return what turns the known tail, at whose end the cursor stands, into the new one."""
        if known == drawn:
            return []
        same = 0
        while same < min(len(known), len(drawn)) and known[same] == drawn[same]:
            same += 1
        if not drawn:
            return [_to(len(known) - 1), "\x1b[J"]
        if same == len(drawn):  # only shorter
            same -= 1
        out = ["\x1b[?7l"]  # if the terminal counts a width differently, it must not wrap
        out.append(_to(len(known) - 1 - same) if same < len(known) else "\n" if known else "")
        for n in range(same, len(drawn)):
            erase = "\x1b[K" if cells[n] < self.columns else ""
            out.append(("\n" if n > same else "") + drawn[n] + erase)
        if len(known) > len(drawn):
            # Erase the rows below from the next row on: at the last column the erasing would begin
            # with the character that stands there.
            out += ["\n\x1b[J", "\x1b[A"]
            out.append(f"\x1b[{cells[-1]}C" if cells[-1] > 0 else "")
        out.append("\x1b[?7h")
        return out

    def _up(self) -> str:
        rows = len(self._tail)
        if self._reflows and self.columns < self._drawn_on:
            rows = sum(max(1, -(-cells // self.columns)) for cells in self._cells)
        return _to(rows - 1)

    def _size(self) -> tuple[int, int]:
        try:
            size = os.get_terminal_size(self._stream.fileno())
        except (OSError, ValueError):
            size = shutil.get_terminal_size()
        return max(size.columns, 10) or 80, max(size.lines, 4)


Paper: TypeAlias = Scroll | Screen


def _to(rows: int) -> str:
    return f"\r\x1b[{rows}A" if rows > 0 else "\r"
