"""How a trial went, in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["runs", "fails", "stopped", "late", "broken off", "untried"]
WHERE = "tried in a copy of this kernel"
MOST_CHARS = 300


class ApartError(Exception):
    """The copy cannot be kept apart from the kernel it was made of; the message says why."""


@dataclass(frozen=True)
class Trial:
    """How a trial went; `why` is the error, the time limit, or what prevented it."""

    state: State
    why: str = ""

    @property
    def words(self) -> str:
        """How it went, in one line."""
        match self.state:
            case "runs":
                return f"runs now; {WHERE}"
            case "fails":
                return f"still fails: {self.why}; {WHERE}"
            case "stopped":
                return f"was stopped by you; {WHERE}"
            case "late":
                return f"was stopped after {self.why}; {WHERE}"
            case "broken off":
                return f"was not tried to its end: {self.why}"
            case "untried":
                return f"was not tried: {self.why}"


def line_of(text: str) -> str:
    """Return a text as part of a line, cut if it is long."""
    return " ".join(text.split())[:MOST_CHARS]
