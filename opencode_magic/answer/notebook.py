"""What the values of an answer may do in the notebook they are in: bound by whoever has a shell.

A value stays what it is wherever it goes; outside of a notebook it says so in one line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, Protocol

from ..errors import InputError
from .inserted import Inserted

if TYPE_CHECKING:
    from .trial import Trial


class Hands(Protocol):
    """A notebook that can be worked in."""

    def run(self, source: str) -> None:
        """Run code in the notebook's namespace, here and now, its output below the cell."""

    def insert(self, sources: Sequence[str], by: Literal["command", "block"] = ...) -> Inserted:
        """Put code into the cells that follow, in this order; where the first of it is."""

    def more(self) -> Inserted:
        """Put the next of the cells that wait; InputError without one."""

    def try_out(self, source: str) -> Trial:
        """Run code in a copy of the kernel."""

    def cannot_try(self) -> str:
        """Why nothing can be tried here; "" where it can."""


_bound: list[Hands] = []


def bind(hands: Hands) -> None:
    """Let values work in this notebook."""
    release()
    _bound.append(hands)


def release() -> None:
    """Take that back."""
    _bound.clear()


def hands(wish: str) -> Hands:
    """The notebook we are in; `wish` says what cannot be done where there is none."""
    if not _bound:
        raise InputError(f"there is no notebook here to {wish}: `%load_ext opencode_magic` in one")
    return _bound[0]
