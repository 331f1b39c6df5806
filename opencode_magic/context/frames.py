"""Tables of every library: shape, columns, what is missing, ranges and top values, a head.

Nothing lazy is computed: of those there are the columns. Big tables are sampled by their rows.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from .credentials import MARK
from .describing import Description, describe
from .looking import Look, class_name, isinstance_safe, number

MOST_COLUMNS = 60
HEAD_ROWS = 5
HEAD_COLUMNS = 20
SAMPLE_ROWS = 100_000
COUNTED = 2_000  # values of a column of text or objects whose top ones are counted
TOP = 3
CELL_CHARS = 40


@dataclass
class Column:
    """A column: `about` is its range or its top values, `missing` None where not counted."""

    name: object
    kind: str
    missing: int | None = None
    about: str = ""


@dataclass
class Table:
    """What is known of a table; `rows` is None where that would have to be computed."""

    what: str
    rows: int | None
    width: int
    columns: list[Column] = field(default_factory=list)
    head: list[Sequence[object]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def described(table: Table, look: Look) -> Description:
    """A table in words."""
    rows = "?" if table.rows is None else str(table.rows)
    label = f"{table.what} {rows} x {table.width}"
    lines = [label, *table.notes, "columns:"]
    for column in table.columns:
        name = _name(column.name, look)
        missing = f", {column.missing:,} missing" if column.missing else ""
        about = column.about
        if (about or table.head) and look.censor.hides(str_name(column.name)):
            about = look.censor.left_out(str_name(column.name))
        lines.append(f"  {name}: {column.kind}{missing}{f', {about}' if about else ''}")
    if table.width > len(table.columns):
        lines.append(f"  … {table.width - len(table.columns):,} more columns")
    if table.head:
        lines.append(f"first {len(table.head)} rows:")
        shown = [c.name for c in table.columns[:HEAD_COLUMNS]]
        lines.append("  " + " | ".join(_name(n, look) for n in shown))
        for row in table.head:
            cells = (_cell(v, n, look) for v, n in zip(row, shown, strict=False))
            lines.append("  " + " | ".join(cell[:CELL_CHARS] for cell in cells))
    return Description("\n".join(lines), label)


def _cell(value: object, column: object, look: Look) -> str:
    """A value of the head; one of a column of secrets is counted with its column."""
    if look.censor.hides(str_name(column)):
        return MARK
    return look.brief(value, depth=1)


def str_name(name: Any) -> str:
    """A column's name where it is text."""
    return str.__str__(name) if isinstance_safe(name, str) else ""


def _name(name: object, look: Look) -> str:
    return (
        look.text(str_name(name), 80) if isinstance_safe(name, str) else look.brief(name, depth=1)
    )


def numbers_about(low: Any, high: Any, mean: Any) -> str:
    """`3 to 9, mean 5`."""
    return f"{number(low)} to {number(high)}, mean {number(mean)}"


def top_values(values: Iterable[object], look: Look) -> str:
    """The most frequent ones of simple values, counted without any code of theirs."""
    simple = [
        v for v in islice(values, COUNTED)
        if type(v) in (str, int, float, bool) and v == v  # not nan
    ]  # fmt: skip
    if not simple:
        return ""
    counted = Counter(simple)
    top = ", ".join(f"{look.brief(v)} ({count})" for v, count in counted.most_common(TOP))
    more = "+" if len(simple) >= COUNTED else ""
    return f"{len(counted)}{more} different, top {top}"


# -- pandas ------------------------------------------------------------------------------------


@describe.register("pandas", "DataFrame")
def _pandas(value: Any, look: Look) -> Description:
    frame = _base(value, "pandas", "DataFrame")
    rows, width = (int(n) for n in frame.shape)
    table = Table(class_name(value), rows, width)
    sample = frame.iloc[:: _step(rows, table.notes)]
    for n in range(min(width, MOST_COLUMNS)):
        column = sample.iloc[:, n]
        table.columns.append(_pandas_column(frame.columns[n], column, look))
    shown = min(width, HEAD_COLUMNS)
    parts = [_pandas_values(frame.iloc[:HEAD_ROWS, n]) for n in range(shown)]
    table.head = list(zip(*parts, strict=False))
    index = frame.index
    table.notes.append(f"index: {class_name(index)} {index.dtype}")
    return described(table, look)


def _step(rows: int, notes: list[str], what: str = "row") -> int:
    """Every which row is looked at; where that is not each, a note says so."""
    step = max(1, -(-rows // SAMPLE_ROWS))
    if step > 1:
        notes.append(f"counts and ranges are of every {step:,}th {what}")
    return step


def _base(value: Any, library: str, name: str) -> Any:
    """The value as the library's own class: a subclass may have other methods."""
    known = getattr(sys.modules.get(library), name, None)
    if known is None or type(value) is known:
        return value
    return known(value)


def _pandas_values(column: Any) -> list[object]:
    return list(column.array[:HEAD_ROWS])


def _pandas_column(name: object, column: Any, look: Look) -> Column:
    kind = str(column.dtype)
    found = Column(name, kind)
    found.missing = int(column.isna().sum())  # of any objects: it asks none of them
    if column.dtype.kind == "O":
        found.about = top_values(list(column.array[:COUNTED]), look)
        return found
    known = column.dropna()
    if len(known) == 0:
        return found
    if column.dtype.kind in "iuf":
        found.about = numbers_about(known.min(), known.max(), known.mean())
    elif column.dtype.kind in "mM":
        found.about = f"{look.brief(known.min())} to {look.brief(known.max())}"
    else:
        found.about = top_values(list(known.array[:COUNTED]), look)
    return found


@describe.register("pandas", "Series")
@describe.register("pandas", "Index")
def _pandas_series(value: Any, look: Look) -> Description | None:
    what = class_name(value)
    if "MultiIndex" in what:
        return Description(f"{what} of {len(value):,}, {value.nlevels} levels", what)
    series = value if what != "Series" else _base(value, "pandas", "Series")
    rows = int(series.shape[0])
    notes: list[str] = []
    column = _pandas_column(series.name, _as_series(series)[:: _step(rows, notes, "value")], look)
    label = f"{what} of {rows:,} {column.kind}"
    lines = [label, f"name: {look.brief(series.name)}", *notes]
    hidden = look.censor.hides(str_name(series.name))
    if column.missing:
        lines.append(f"{column.missing:,} missing")
    if column.about and not hidden:
        lines.append(column.about)
    first = [look.brief(v, str_name(series.name), 1) for v in series.array[:10]]
    lines.append(f"first: {', '.join(first)}")
    return Description("\n".join(lines), label)


def _as_series(value: Any) -> Any:
    return value if hasattr(value, "iloc") else value.to_series()


# -- polars ------------------------------------------------------------------------------------


@describe.register("polars", "DataFrame")
def _polars(value: Any, look: Look) -> Description:
    rows, width = (int(n) for n in value.shape)
    table = Table("polars DataFrame", rows, width)
    step = _step(rows, table.notes)
    for series in islice(value.iter_columns(), MOST_COLUMNS):
        table.columns.append(_polars_column(series.gather_every(step), look))
    table.head = list(value.head(HEAD_ROWS).rows())
    return described(table, look)


def _polars_column(series: Any, look: Look) -> Column:
    found = Column(series.name, str(series.dtype))
    if class_name(series.dtype) == "Object" or found.kind.startswith("Object"):
        return found
    found.missing = int(series.null_count())
    if series.dtype.is_numeric() and series.dtype.is_nested() is False:
        if (low := series.min()) is not None:
            found.about = numbers_about(low, series.max(), series.mean())
    elif series.dtype.is_temporal():
        found.about = f"{look.brief(series.min())} to {look.brief(series.max())}"
    elif not series.dtype.is_nested():
        found.about = top_values(series.head(COUNTED).to_list(), look)
    return found


@describe.register("polars", "Series")
def _polars_series(value: Any, look: Look) -> Description:
    rows = int(value.len())
    step = max(1, -(-rows // SAMPLE_ROWS))
    table = Table("polars Series", rows, 1, [_polars_column(value.gather_every(step), look)])
    table.head = [(v,) for v in value.head(HEAD_ROWS).to_list()]
    return described(table, look)


@describe.register("polars", "LazyFrame")
def _polars_lazy(value: Any, look: Look) -> Description:
    schema = value.collect_schema()  # plans, and reads nothing but a file's own description
    return _lazy("polars LazyFrame", list(schema.items()), look)


# -- arrow, dask, duckdb, spark ----------------------------------------------------------------


def _lazy(
    what: str, columns: Sequence[tuple[object, object]], look: Look, *notes: str
) -> Description:
    table = Table(what, None, len(columns))
    table.columns = [
        Column(name, look.text(str(kind), 80)) for name, kind in columns[:MOST_COLUMNS]
    ]
    table.notes = ["lazy: not computed, so rows are not counted", *notes]
    return described(table, look)


@describe.register("pyarrow", "Table")
@describe.register("pyarrow", "RecordBatch")
def _arrow(value: Any, look: Look) -> Description:
    names = list(value.schema.names)
    table = Table(f"pyarrow {class_name(value)}", int(value.num_rows), len(names))
    head = value.slice(0, HEAD_ROWS)
    sample = value.slice(0, COUNTED)
    parts = []
    for n, name in enumerate(names[:MOST_COLUMNS]):
        kind = value.schema.field(n).type
        column = Column(name, look.text(str(kind), 80), int(value.column(n).null_count))
        held = sample.column(n).to_pylist()
        column.about = _arrow_about(held, look, all_=table.rows or 0)
        table.columns.append(column)
        if n < HEAD_COLUMNS:
            parts.append(head.column(n).to_pylist())
    table.head = list(zip(*parts, strict=False))
    return described(table, look)


def _arrow_about(held: list[Any], look: Look, *, all_: int) -> str:
    some = [v for v in held if type(v) in (int, float) and v == v]
    of = f" (first {COUNTED:,} rows)" if all_ > COUNTED else ""
    if some:
        return numbers_about(min(some), max(some), sum(some) / len(some)) + of
    return top_values(held, look) + of if held else ""


@describe.register("pyarrow", "Dataset")
def _arrow_dataset(value: Any, look: Look) -> Description:
    fields = [(f.name, f.type) for f in value.schema]
    return _lazy("pyarrow Dataset", fields, look)


@describe.register("dask", "DataFrame")
@describe.register("dask", "_Frame")
@describe.register("dask_expr", "FrameBase")
def _dask(value: Any, look: Look) -> Description:
    meta = value._meta
    if not hasattr(meta, "columns"):
        return Description(f"dask {class_name(value)} {meta.dtype}, lazy: not computed",
                           f"dask {class_name(value)}")  # fmt: skip
    columns = list(zip(meta.columns, meta.dtypes, strict=False))
    return _lazy("dask DataFrame", columns, look, f"{int(value.npartitions):,} partitions")


@describe.register("dask", "Array")
def _dask_array(value: Any, _: Look) -> Description:
    shape = " x ".join("?" if n != n else str(int(n)) for n in value.shape)
    label = f"dask Array {shape} {value.dtype}"
    return Description(f"{label}\nlazy: not computed, chunks {value.chunksize}", label)


@describe.register("duckdb", "DuckDBPyRelation")
@describe.register("_duckdb", "DuckDBPyRelation")
def _duckdb(value: Any, look: Look) -> Description:
    columns = list(zip(value.columns, value.types, strict=False))
    return _lazy("duckdb relation", columns, look)


@describe.register("pyspark", "DataFrame")
def _spark(value: Any, look: Look) -> Description:
    fields = [(f.name, f.dataType.simpleString()) for f in value.schema.fields]
    return _lazy("spark DataFrame", fields, look)
