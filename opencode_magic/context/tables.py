"""A table of any library in words: columns, missing values, ranges, the first rows."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from .classes import class_name, isinstance_safe, module_of_class
from .credentials import MARK
from .description import Description
from .looking import Look, number
from .naming import Blank, Blanks, secret_label, text_of
from .plain import plain_words

MOST_COLUMNS = 60
HEAD_ROWS = 5
HEAD_COLUMNS = 20
SAMPLE_ROWS = 100_000
COUNTED = 2_000  # values of a column of text or objects whose top ones are counted
TOP = 3
CELL_CHARS = 40
_CATEGORIES = re.compile(r"(?i)\benum\((?:[^()]|\([^()]*\))*\)")
"""A type that lists its values, which are data."""


@dataclass
class ColumnSummary:
    """A column: `about` is its range or its top values; `missing` is None where not counted."""

    name: object
    kind: str
    missing: int | None = None
    about: str = ""


@dataclass
class TableSummary:
    """What is known of a table.

    Parameters
    ----------
    what:
        the class, as a reader knows it: `polars DataFrame`.
    rows, width:
        how many rows and columns it has; None for rows that would have to be computed.
    columns:
        the first columns.
    head:
        the first rows, with blanks for cells that are left out.
    notes:
        lines about the whole of it.
    """

    what: str
    rows: int | None
    width: int
    columns: list[ColumnSummary] = field(default_factory=list)
    head: list[Sequence[object]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def described(table: TableSummary, look: Look, cells: Iterable[str] = ()) -> Description:
    """Return a table in words.

    Parameters
    ----------
    cells:
        the names under which single cells are left out.
    """
    rows = "?" if table.rows is None else str(table.rows)
    label = f"{table.what} {rows} x {table.width}"
    lines = [label, *table.notes, "columns:"]
    for column in table.columns:
        missing = f", {column.missing:,} missing" if column.missing else ""
        about = column.about
        name = secret_label(column.name, look.censor)
        if name and (about or table.head):
            about = look.censor.left_out(name)
        shown = f"  {label_words(column.name, look)}: {column.kind}{missing}"
        lines.append(f"{shown}, {about}" if about else shown)
    for name in dict.fromkeys(cells):
        lines.append(f"  cells under {label_words(name, look)!r}: {look.censor.left_out(name)}")
    if table.width > len(table.columns):
        lines.append(f"  … {table.width - len(table.columns):,} more columns")
    if table.head:
        lines.append(f"first {len(table.head)} rows:")
        shown_columns = [c.name for c in table.columns[:HEAD_COLUMNS]]
        lines.append("  " + " | ".join(label_words(n, look) for n in shown_columns))
        for row in table.head:
            cells_ = (_cell(v, look) for v, _ in zip(row, shown_columns, strict=False))
            lines.append("  " + " | ".join(cell[:CELL_CHARS] for cell in cells_))
    return Description("\n".join(lines), label)


def _cell(value: object, look: Look) -> str:
    """Return a value of the head; one that is left out was counted already."""
    return MARK if type(value) is Blank else look.brief(value, depth=1)


def with_blanks(columns: Sequence[Sequence[object]], left_out: Blanks) -> list[Sequence[object]]:
    """Return the rows of some columns, with blanks in the place of what is left out."""
    marked = [
        [Blank(name) if (name := left_out.of(n, row)) else v for row, v in enumerate(values)]
        for n, values in enumerate(columns)
    ]
    return list(zip(*marked, strict=False))


def names_of(*found: Blanks) -> list[str]:
    """Return the names under which single cells are left out."""
    return [name for each in found for cells in each.cells.values() for name in cells.values()]


def label_words(name: object, look: Look) -> str:
    """Return the name of a column, within its line."""
    if type(name) is Blank:
        return MARK
    if isinstance_safe(name, str):
        return look.line(text_of(name), 80)
    return look.brief(name, depth=1)


def step_of(rows: int, notes: list[str], what: str = "row") -> int:
    """Return the step by which the rows of a big table are sampled, and note one above 1."""
    step = max(1, -(-rows // SAMPLE_ROWS))
    if step > 1:
        notes.append(f"counts and ranges are of every {step:,}th {what}")
    return step


def kind_words(kind: object, look: Look) -> str:
    """Return a column's type in its library's words, without the values that it may list."""
    return look.line(_CATEGORIES.sub("Enum", str(kind)), 80)


def range_of(low: Any, high: Any, mean: float | None, unfinished: int = 0) -> str:
    """Return a range in words, `3 to 9, mean 5`; `unfinished` counts NaN and infinite values."""
    words = f"{number(low)} to {number(high)}"
    if mean is not None and math.isfinite(mean):
        words += f", mean {number(mean)}"
    return f"{words}, {unfinished:,} not finite" if unfinished else words


def top_values(values: Iterable[object], look: Look) -> str:
    """Return the most frequent simple values in words, counted without running their code."""
    simple: list[Any] = [v for v in islice(values, COUNTED) if _countable(v)]
    if not simple:
        return ""
    counted = Counter((type(v), v) for v in simple)  # True is not 1
    top = ", ".join(f"{look.brief(v)} ({count})" for (_, v), count in counted.most_common(TOP))
    more = "+" if len(simple) >= COUNTED else ""
    return f"{len(counted)}{more} different, top {top}"


def _countable(value: Any) -> bool:
    if type(value) in (str, int, float, bool, bytes, complex):
        return bool(value == value)  # not nan
    if class_name(value) == "Decimal" and plain_words(value) is not None:
        return not value.is_nan()
    library = module_of_class(type(value)).partition(".")[0]
    of_pandas = library == "pandas" and class_name(value) in ("Timestamp", "Interval", "Period")
    return of_pandas or plain_words(value) is not None
