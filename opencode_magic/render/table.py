"""Values in rows and columns that display themselves everywhere, and become a data frame."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, overload

from ..errors import InputError
from .blocks import Block, Cell, Grid, Item, Notice
from .gridforms import TEXT_WIDTH, grid_text, plain
from .html import document_html
from .text import document_markdown, document_text

T = TypeVar("T")

NARROWEST = 40  # columns of a terminal


@dataclass(frozen=True)
class Column(Generic[T]):
    """A column: its title, the cell of an item, and the value behind the cell for a frame."""

    title: str
    cell: Callable[[T], Cell]
    value: Callable[[T], Any] | None = None
    number: bool = False
    """True for cells that are aligned right."""


@dataclass(frozen=True)
class Table(Sequence[T]):
    """Values under a title, shown in columns; indexing and iterating give the values.

    `note` says what else to know. `df()` is the table as a pandas DataFrame.
    """

    title: str
    items: tuple[T, ...] = ()
    columns: tuple[Column[T], ...] = ()
    note: str = ""
    after: tuple[Block, ...] = ()
    """Blocks that stand below."""

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Table[T]: ...
    def __getitem__(self, index: int | slice) -> T | Table[T]:
        if isinstance(index, slice):
            part = copy(self)
            object.__setattr__(part, "items", self.items[index])
            return part
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)

    def __bool__(self) -> bool:
        return True

    def df(self) -> Any:
        """Return the table as a pandas DataFrame; raise InputError where pandas is missing."""
        try:
            import pandas as pd  # late: not ours to require
        except ImportError:
            raise InputError("pandas is not installed here: `pip install pandas`") from None
        named = [c for c in self.columns if c.title]
        return pd.DataFrame({c.title: [_value(c, item) for item in self.items] for c in named})

    def __repr__(self) -> str:
        return self._text(width=TEXT_WIDTH, colours=False)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        items = self._items()
        terminal = bool(getattr(sys.stdout, "isatty", lambda: False)())
        width = shutil.get_terminal_size().columns if terminal else TEXT_WIDTH
        return {
            "text/html": document_html(items),
            "text/markdown": document_markdown(items),
            "text/plain": self._text(width=max(width, NARROWEST), colours=terminal),
        }

    def _text(self, *, width: int, colours: bool) -> str:
        parts = (
            grid_text(item.block, width=width, colours=colours)
            if isinstance(item.block, Grid)
            else document_text([item]).strip("\n")
            for item in self._items()
        )
        return "\n".join(filter(None, parts))

    def _items(self) -> list[Item]:
        grid = Grid(
            tuple(column.title for column in self.columns),
            tuple(tuple(column.cell(item) for column in self.columns) for item in self.items),
            frozenset(n for n, column in enumerate(self.columns) if column.number),
            self.title,
        )
        return [
            Item("grid", grid),
            *(Item(f"after:{n}", block) for n, block in enumerate(self.after)),
            *([Item("note", Notice(self.note))] if self.note else []),
        ]


def _value(column: Column[T], item: T) -> Any:
    return column.value(item) if column.value else plain(column.cell(item))
