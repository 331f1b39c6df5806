"""polars and pyarrow: tables by their columns."""

from __future__ import annotations

import sys
from itertools import islice
from typing import Any

from .classes import class_name
from .description import Description, register
from .looking import Look
from .naming import Blanks, blanks
from .tables import (
    COUNTED,
    HEAD_COLUMNS,
    HEAD_ROWS,
    MOST_COLUMNS,
    ColumnSummary,
    TableSummary,
    described,
    kind_words,
    names_of,
    range_of,
    step_of,
    top_values,
    with_blanks,
)

_TEXTS = ("String", "Categorical", "Enum", "Object", "Binary", "Utf8")


@register("polars", "DataFrame")
def _polars(value: Any, look: Look) -> Description:
    rows, width = (int(n) for n in value.shape)
    columns = list(islice(value.iter_columns(), MOST_COLUMNS))
    return _of_series("polars DataFrame", rows, width, columns, look)


@register("polars", "Series")
def _polars_series(value: Any, look: Look) -> Description:
    return _of_series("polars Series", int(value.len()), 1, [value], look)


def _of_series(what: str, rows: int, width: int, held: list[Any], look: Look) -> Description:
    table = TableSummary(what, rows, width)
    step = step_of(rows, table.notes)
    sample = [series.gather_every(step) for series in held]
    head = [series.head(HEAD_ROWS) for series in held]
    left_out, of_head = _left_out(sample, look), _left_out(head, look)
    of_head.columns.update(left_out.columns)
    for n, series in enumerate(sample):
        table.columns.append(_column(series, left_out, n, look))
    table.head = with_blanks([s.to_list() for s in head[:HEAD_COLUMNS]], of_head)
    return described(table, look, names_of(left_out, of_head))


def _left_out(columns: list[Any], look: Look) -> Blanks:
    texts = {n: s.to_list() for n, s in enumerate(columns) if str(s.dtype).startswith(_TEXTS)}
    return blanks([series.name for series in columns], texts, look.censor)


def _column(series: Any, left_out: Blanks, place: int, look: Look) -> ColumnSummary:
    found = ColumnSummary(series.name, kind_words(series.dtype, look))
    if found.kind.startswith("Object"):
        return found
    found.missing = int(series.null_count())
    if place in left_out.columns:
        return found
    if rows := left_out.rows(place):
        polars: Any = sys.modules["polars"]
        series = series.filter(polars.Series([n not in rows for n in range(series.len())]))
    if series.dtype.is_numeric() and not series.dtype.is_nested():
        found.about = _range(series)
    elif series.dtype.is_temporal():
        low, high = series.min(), series.max()
        found.about = "" if low is None else f"{look.brief(low)} to {look.brief(high)}"
    elif not series.dtype.is_nested():
        found.about = top_values(series.head(COUNTED).to_list(), look)
    return found


def _range(series: Any) -> str:
    known = series.drop_nulls()
    finite = known.filter(known.is_finite()) if known.dtype.is_float() else known
    if (low := finite.min()) is None:
        return f"{known.len():,} not finite" if known.len() else ""
    return range_of(low, finite.max(), float(finite.mean()), known.len() - finite.len())


@register("pyarrow", "Table")
@register("pyarrow", "RecordBatch")
def _arrow(value: Any, look: Look) -> Description:
    names = list(value.schema.names)
    rows = int(value.num_rows)
    table = TableSummary(f"pyarrow {class_name(value)}", rows, len(names))
    sample = [
        value.column(n).slice(0, COUNTED).to_pylist() for n in range(min(len(names), MOST_COLUMNS))
    ]
    labels = names[:MOST_COLUMNS]
    texts = {n: held for n, held in enumerate(sample) if any(type(v) in (str, bytes) for v in held)}
    left_out = blanks(labels, texts, look.censor)
    for n, name in enumerate(labels):
        column = ColumnSummary(name, kind_words(value.schema.field(n).type, look))
        column.missing = int(value.column(n).null_count)
        if n not in left_out.columns:
            kept = [v for row, v in enumerate(sample[n]) if row not in left_out.rows(n)]
            column.about = _about_values(kept, look, rows)
        table.columns.append(column)
    heads = [held[:HEAD_ROWS] for held in sample[:HEAD_COLUMNS]]
    table.head = with_blanks(heads, left_out)
    return described(table, look, names_of(left_out))


@register("pyarrow", "Array")
@register("pyarrow", "ChunkedArray")
def _arrow_array(value: Any, look: Look) -> Description:
    label = f"pyarrow {class_name(value)} of {len(value):,} {kind_words(value.type, look)}"
    held = value.slice(0, COUNTED).to_pylist()
    missing = int(value.null_count)
    lines = [label, *([f"{missing:,} missing"] if missing else [])]
    lines += filter(None, [_about_values(held, look, len(value))])
    first = [look.brief(v, depth=2) for v in held[:10]]
    return Description("\n".join([*lines, f"first: {', '.join(first)}"]), label)


@register("pyarrow", "Scalar")
def _arrow_scalar(value: Any, look: Look) -> Description:
    label = f"pyarrow {class_name(value)}"
    return Description(f"{label}: {look.brief(value.as_py())}", label)


def _about_values(held: list[Any], look: Look, size: int) -> str:
    of = f" (first {COUNTED:,} rows)" if size > COUNTED else ""
    numbers = [v for v in held if type(v) in (int, float)]
    if numbers:
        finite = [v for v in numbers if type(v) is int or abs(v) < float("inf")]
        if not finite:
            return f"{len(numbers):,} not finite{of}"
        mean = sum(v / len(finite) for v in finite)
        return range_of(min(finite), max(finite), mean, len(numbers) - len(finite)) + of
    return top + of if (top := top_values(held, look)) else ""
