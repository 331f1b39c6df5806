"""A small table or list of facts, all of it text."""

from __future__ import annotations

from .blocks import Block
from .table import Column, Table

Row = tuple[str, ...]


class Listing(Table[Row]):
    """Rows of text under a title; `columns` may be empty, `note` says what else to know.

    Indexing and iterating give the rows.
    """

    def __init__(
        self,
        title: str,
        rows: tuple[Row, ...] = (),
        columns: Row = (),
        note: str = "",
        after: tuple[Block, ...] = (),
    ) -> None:
        names = columns or ("",) * max(map(len, rows), default=0)
        super().__init__(title, rows, tuple(map(_column, range(len(names)), names)), note, after)


def _column(number: int, title: str) -> Column[Row]:
    return Column(title, lambda row: row[number] if number < len(row) else "")
