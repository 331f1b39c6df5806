"""The notebook that values of an answer act in, bound by whoever has a shell.

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
    """A notebook in which code can be run and cells inserted."""

    def run(self, source: str) -> None:
        """Run code in the notebook's namespace now, with its output below the cell."""

    def insert(self, sources: Sequence[str], by: Literal["command", "block"] = ...) -> Inserted:
        """Put code into the next cells, in this order; return where the first of them is."""

    def more(self) -> Inserted:
        """Put the next waiting cell into the notebook; raise InputError where none waits."""

    def try_out(self, source: str) -> Trial:
        """Run code in a copy of the kernel."""

    def cannot_try(self) -> str:
        """Return why nothing can be tried here; "" where it can."""


_bound: list[Hands] = []


def bind(hands: Hands) -> None:
    """Let values act in this notebook."""
    release()
    _bound.append(hands)


def release() -> None:
    """Let values act in no notebook any more."""
    _bound.clear()


def hands(wish: str) -> Hands:
    """Return the notebook we are in.

    Parameters
    ----------
    wish:
        what is wanted of it, for the InputError where there is none: "run code in".
    """
    if not _bound:
        raise InputError(f"there is no notebook here to {wish}: `%load_ext opencode_magic` in one")
    return _bound[0]
