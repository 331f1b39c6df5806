"""What several commands do: agree with the user, look for words, say how something is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

from ..errors import InputError
from ..render.blocks import Cell, Span
from ..render.listing import Listing

if TYPE_CHECKING:
    from ..app import App

T = TypeVar("T")


def badge(good: bool, yes: str, no: str) -> Cell:
    """A state in words, coloured."""
    return (Span(yes, "good"),) if good else (Span(no, "quiet"),)


def all_in(words: Iterable[str], text: str) -> bool:
    """True where the text holds all the words; small letters stand for large ones too."""
    folded = text.casefold()
    return all(word in folded for word in words)


def numbered(values: Sequence[T]) -> list[tuple[str, T]]:
    """The values with their numbers, from 0, as words."""
    return [(f"{n}", value) for n, value in enumerate(values)]


def agree(app: App, question: str, yes: bool, otherwise: str) -> None:
    """Go on only if the user said yes, beforehand or now."""
    if yes:
        return
    if app.confirm is None:
        raise InputError(
            f"nobody is there to ask, so nothing was done; `{otherwise} --yes` does it"
        )
    if not app.confirm(Listing(question), "Do it?"):
        raise InputError("nothing was done")
