"""A small table or list of facts, as a value that displays itself everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .markdown import escape

Row = tuple[str, ...]


@dataclass(frozen=True)
class Listing(Sequence[Row]):
    """Rows of text under a title. `columns` may be empty; a note says what else to know.

    Indexing and iterating give the rows.
    """

    title: str
    rows: tuple[Row, ...] = ()
    columns: Row = ()
    note: str = ""

    def __getitem__(self, index: Any) -> Any:
        return self.rows[index]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        table = [self.columns, *self.rows] if self.columns else list(self.rows)
        widths = [max(map(len, column)) for column in zip(*table, strict=True)] if table else []
        lines = [
            "  " + "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
            for row in table
        ]
        return "\n".join(_plain(part) for part in (self.title, *lines, self.note) if part)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(c)}</th>" for c in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
            for row in self.rows
        )
        table = (
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if body else ""
        )
        note = f"<p>{escape(self.note)}</p>" if self.note else ""
        title = f"<p><strong>{escape(self.title)}</strong></p>"
        return f'<div class="ocm-listing">{title}{table}{note}</div>'


def _plain(text: str) -> str:
    """Text a terminal cannot obey."""
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)
