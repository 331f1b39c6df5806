"""Helpers of several commands: look for words, say how something is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from ..render.blocks import Cell, Span

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
