"""Small helpers of several commands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from ..render.blocks import Cell, Grid, Item, Span
from ..render.table import Column

T = TypeVar("T")


def badge(good: bool, yes: str, no: str) -> Cell:
    """Return a state in words, coloured."""
    return (Span(yes, "good"),) if good else (Span(no, "quiet"),)


def code_column(title: str, text: Callable[[T], str]) -> Column[T]:
    """Return a column of names, which are set as code."""
    return Column(title, lambda value: (Span(text(value), "code"),), text)


def title_item(words: str) -> Item:
    """Return the title of something that is shown."""
    return Item("title", Grid((), (), title=words))


def all_in(words: Iterable[str], text: str) -> bool:
    """Return whether the text holds all the words, whatever their case."""
    folded = text.casefold()
    return all(word in folded for word in words)


def numbered(values: Sequence[T]) -> list[tuple[str, T]]:
    """Return the values with their numbers, from 0, as text."""
    return [(f"{n}", value) for n, value in enumerate(values)]
