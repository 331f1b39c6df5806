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
"""Whether a cell is one that was put there; `perhaps` where the front end tells no ids of cells."""


@dataclass(frozen=True)
class Waiting:
    """A cell that is to be put there; `by` whom, and in which run of a cell."""

    source: str
    by: By
    run: int


@dataclass(frozen=True)
class _Placed:
    """A cell that was put there. `known` are the ids of all other cells; None without ids."""

    source: str
    known: Collection[str] | None


class CellQueue:
    """The cell that comes next (`now`), those that wait, and those that were put but not run."""

    def __init__(self) -> None:
        self.now: Waiting | None = None
        self.waiting: list[Waiting] = []
        self._placed: list[_Placed] = []
        self._run = 0

    def add(self, source: str, by: By) -> int:
        """Let a cell wait, before those of earlier runs; return how many come before it."""
        if by == "command":  # asked for again: what waits of the last time is the same
            self.waiting = [w for w in self.waiting if w.by != by or w.run == self._run]
        place = sum(w.run == self._run for w in self.waiting)
        self.waiting.insert(place, Waiting(source, by, self._run))
        ahead = place + (self.now is not None)
        self.take()
        return ahead

    def take(self) -> None:
        """Choose what comes now, unless that is chosen."""
        if self.now is None and self.waiting:
            self.now = self.waiting.pop(0)

    def ended(self, *, came: bool, known: Collection[str] | None) -> None:
        """Note that the running cell has ended: what it was to put has come, or waits again."""
        if self.now is not None and came:
            self._placed.append(_Placed(self.now.source, known))
        elif self.now is not None:
            self.waiting.insert(0, self.now)
        self.now = None
        self._run += 1

    def told(self, *, came: bool) -> bool:
        """Return whether those who asked for cells in this run know what has become of them."""
        mine = [w for w in (self.now, *self.waiting) if w is not None and w.run == self._run]
        return came and all(w.by == "command" for w in mine)

    def ran(self, source: str, cell: str | None) -> Match:
        """Return whether a cell that ran is one that was put there; then the next one comes."""
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
    """Return whether a cell may still be the one that was put there, changed a little."""
    if max(len(ran), len(put)) >= COMPARED_CHARS:
        return ran.strip() == put.strip()
    words = _WORD.findall(ran), _WORD.findall(put)  # by characters `a = 1` would be like `b = 2`
    return difflib.SequenceMatcher(None, *words, autojunk=False).ratio() >= ALIKE
