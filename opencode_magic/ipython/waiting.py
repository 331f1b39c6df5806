"""Cells that wait to be put into the notebook: each that is run brings one. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

ALIKE = 0.6
"""How much of a cell must be left in one that was made of it, for the next one to follow."""
COMPARED_CHARS = 10_000
_WORD = re.compile(r"\w+|[^\w\s]")

By = Literal["command", "block", "agent"]
Match = Literal["", "it", "perhaps"]
"""Whether a cell is one that was put there; `perhaps` where the front end does not name cells."""


@dataclass(frozen=True)
class Waiting:
    """A cell to be put there; `by` whom, and by which of the cells that were run."""

    source: str
    by: By
    run: int


@dataclass(frozen=True)
class _Placed:
    """A cell that was put there. `known` are the ids of all others; None where none are given."""

    source: str
    known: Collection[str] | None


class CellQueue:
    """What is put by the cell that runs (`now`), what waits, and what was put and not yet run."""

    def __init__(self) -> None:
        self.now: Waiting | None = None
        self.waiting: list[Waiting] = []
        self._placed: list[_Placed] = []
        self._run = 0

    def add(self, source: str, by: By) -> int:
        """Let a cell wait, before those of earlier runs; how many come before it.

        0 where it comes now.
        """
        if by == "command":  # asked for again: what waits of the last time is the same
            self.waiting = [w for w in self.waiting if w.by != by or w.run == self._run]
        place = sum(w.run == self._run for w in self.waiting)
        self.waiting.insert(place, Waiting(source, by, self._run))
        ahead = place + (self.now is not None)
        self.take()
        return ahead

    def take(self) -> None:
        """Choose what comes now, where nothing does."""
        if self.now is None and self.waiting:
            self.now = self.waiting.pop(0)

    def ended(self, *, came: bool, known: Collection[str] | None) -> None:
        """The cell that ran has ended: what it was to put has come, or waits again."""
        if self.now is not None and came:
            self._placed.append(_Placed(self.now.source, known))
        elif self.now is not None:
            self.waiting.insert(0, self.now)
        self.now = None
        self._run += 1

    def told(self, *, came: bool) -> bool:
        """Whether whoever asked for cells in this run knows already what has become of them."""
        mine = [w for w in (self.now, *self.waiting) if w is not None and w.run == self._run]
        return came and all(w.by == "command" for w in mine)

    def ran(self, source: str, cell: str | None) -> Match:
        """Whether a cell that ran is one that was put there; then the next one is to come."""
        for placed in self._placed:
            match = _match(placed, source, cell)
            if match:
                self._placed.remove(placed)
                self.take()
                return match
        return ""


def _match(placed: _Placed, source: str, cell: str | None) -> Match:
    if not alike(source, placed.source):
        return ""
    if placed.known is None:
        return "" if cell else "perhaps"
    return "it" if cell and cell not in placed.known else ""


def alike(ran: str, put: str) -> bool:
    """Whether a cell may still be the one that was put there: it may have been changed a little."""
    if max(len(ran), len(put)) >= COMPARED_CHARS:
        return ran.strip() == put.strip()
    words = _WORD.findall(ran), _WORD.findall(put)  # by characters `a = 1` would be like `b = 2`
    return difflib.SequenceMatcher(None, *words, autojunk=False).ratio() >= ALIKE
