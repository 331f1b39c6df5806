"""Cut growing Markdown into top-level chunks that no later text can change.

A chunk ends after a top-level fence, or at a blank line if the next line begins at the margin and
continues no list. Only new text is looked at, and how it was cut into pieces never matters.
"""

from __future__ import annotations

import re

_FENCE = re.compile(r"(?P<indent>[ \t]*)(?P<items>(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)"
                    r"(?P<mark>`{3,}(?=[^`\n]*$)|~{3,})")  # fmt: skip
_ITEM = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)")
_ITEM_BEGUN = re.compile(r"[-*+]|\d{1,9}[.)]?")
_START = 12  # characters that tell a list marker: at most ten and a space


class Splitter:
    """Takes text as it comes, returns the chunks that are finished, and holds the open tail."""

    def __init__(self) -> None:
        self._pieces: list[str] = []  # of the open chunk, whole lines
        self._line: list[str] = []  # of the line that is not finished
        self._start = ""  # the first characters of that line
        self._size = 0
        self._full = False  # the chunk holds more than blank lines
        self._blank = False  # the chunk could end here
        self._list = False  # the chunk holds a list
        self._fence: _Fence | None = None

    @property
    def tail(self) -> str:
        """The text that may still change."""
        return "".join((*self._pieces, *self._line))

    def feed(self, text: str) -> tuple[str, ...]:
        """Add text, and return the chunks that it closed."""
        closed: list[str] = []
        *lines, rest = text.split("\n")
        for line in lines:
            self._add(line + "\n", closed)
        self._add(rest, closed)
        return tuple(closed)

    def _add(self, piece: str, closed: list[str]) -> None:
        if not piece:
            return
        self._line.append(piece)
        ended = piece.endswith("\n")
        if self._blank:
            self._start = (self._start + piece)[:_START]
            if self._begins_chunk(ended=ended):
                self._close(closed)
        if ended:
            self._end_line(closed)

    def _begins_chunk(self, *, ended: bool) -> bool:
        """Return True once the line cannot belong to the chunk before the blank line."""
        start = self._start.rstrip("\n")
        if not start or start[0] in " \t\r":
            return False
        if not self._list:
            return True
        return not _ITEM.match(start) and (ended or not _ITEM_BEGUN.fullmatch(start))

    def _end_line(self, closed: list[str]) -> None:
        whole = "".join(self._line)
        self._line, self._start = [], ""
        self._pieces.append(whole)
        line = whole.rstrip("\r\n")
        if self._fence and not self._fence.left_by(line):
            if self._fence.closed_by(line):
                top_level = not self._fence.nested
                self._fence = None
                if top_level and not self._list:
                    self._close(closed)
            return
        self._fence = None
        if not line.strip():
            self._blank = self._full
            return
        self._blank, self._full = False, True
        self._list = self._list or bool(_ITEM.match(line))
        self._fence = _opened(line, in_list=self._list)

    def _close(self, closed: list[str]) -> None:
        if self._pieces:
            closed.append("".join(self._pieces))
        self._pieces, self._full, self._blank, self._list = [], False, False, False


class _Fence:
    """An open fence: its mark, and whether it stands inside a list."""

    def __init__(self, mark: str, *, nested: bool) -> None:
        self.mark = mark
        self.nested = nested

    def left_by(self, line: str) -> bool:
        """Return whether a line at the margin ends the list that the fence stands in."""
        return self.nested and bool(line) and line[0] not in " \t"

    def closed_by(self, line: str) -> bool:
        """Return whether a line closes the fence."""
        bare = line.strip()
        indent = len(line) - len(line.lstrip())
        is_mark = set(bare) == {self.mark[0]} and len(bare) >= len(self.mark)
        return is_mark and (self.nested or indent < 4)


def _opened(line: str, *, in_list: bool) -> _Fence | None:
    match = _FENCE.match(line)
    if match is None:
        return None
    nested = bool(match["items"]) or (in_list and bool(match["indent"]))
    if not nested and len(match["indent"].expandtabs(4)) >= 4:
        return None  # indented code
    return _Fence(match["mark"], nested=nested)
