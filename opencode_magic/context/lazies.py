"""Tables that are not computed yet: their columns, as far as they are known without running."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Sequence
from types import FrameType
from typing import Any

from .classes import class_name
from .description import Description, register
from .looking import Look
from .tables import MOST_COLUMNS, ColumnSummary, TableSummary, described, kind_words

_LIBRARY = sysconfig.get_paths()["stdlib"]
_RUNS_FUNCTIONS = {"map_elements", "map_batches", "wrap_f", "wrapper"}
"""The names of polars' functions that call a function of the user's."""


class _AskedError(Exception):
    """To find a schema, code that is not the library's own would have to run."""


def _lazy(
    what: str, columns: Sequence[tuple[object, object]], look: Look, *notes: str
) -> Description:
    table = TableSummary(what, None, len(columns))
    table.columns = [
        ColumnSummary(name, kind_words(kind, look)) for name, kind in columns[:MOST_COLUMNS]
    ]
    table.notes = ["lazy: not computed, so rows are not counted", *notes]
    return described(table, look)


@register("polars", "LazyFrame")
def _polars(value: Any, look: Look) -> Description:
    if (schema := _schema(value)) is None:
        label = "polars LazyFrame"
        return Description(
            f"{label}\nlazy: not computed; its columns are not known without running a function "
            "of the user's (one given a return type or a schema need not be run)",
            label,
        )
    return _lazy("polars LazyFrame", list(schema.items()), look)


def _schema(value: Any) -> Any:
    """Return the schema of a plan; None where polars would run a function of the user's for it.

    Polars only plans, and reads no more than the header of a file. To infer a type, it calls the
    functions of `map_elements`, `rename` and others: such a call ends it, before its first line.
    """
    asked = False

    def watch(frame: FrameType, event: str, _: Any) -> None:
        nonlocal asked
        if event == "call" and not _is_own(frame):
            asked = True
            raise _AskedError

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        return value.collect_schema()
    except BaseException:
        if asked:
            return None
        raise
    finally:
        sys.setprofile(before)


def _is_own(frame: FrameType) -> bool:
    """Return whether code belongs to the libraries that make a schema, and calls no user's."""
    file = frame.f_code.co_filename
    if "site-packages" in file or "dist-packages" in file:
        own = any(f"/{name}/" in file.replace("\\", "/") for name in ("polars", "numpy", "pyarrow"))
        return own and frame.f_code.co_name not in _RUNS_FUNCTIONS
    return file.startswith((_LIBRARY, "<frozen"))


@register("pyarrow", "Dataset")
def _arrow_dataset(value: Any, look: Look) -> Description:
    fields = [(f.name, f.type) for f in value.schema]
    return _lazy("pyarrow Dataset", fields, look)


@register("dask", "DataFrame")
@register("dask", "_Frame")
@register("dask_expr", "FrameBase")
def _dask(value: Any, look: Look) -> Description:
    meta = value._meta
    if not hasattr(meta, "columns"):
        return Description(f"dask {class_name(value)} {meta.dtype}, lazy: not computed",
                           f"dask {class_name(value)}")  # fmt: skip
    columns = list(zip(meta.columns, meta.dtypes, strict=False))
    return _lazy("dask DataFrame", columns, look, f"{int(value.npartitions):,} partitions")


@register("dask", "Array")
def _dask_array(value: Any, _: Look) -> Description:
    shape = " x ".join("?" if n != n else str(int(n)) for n in value.shape)
    label = f"dask Array {shape} {value.dtype}"
    return Description(f"{label}\nlazy: not computed, chunks {value.chunksize}", label)


@register("duckdb", "DuckDBPyRelation")
@register("_duckdb", "DuckDBPyRelation")
def _duckdb(value: Any, look: Look) -> Description:
    columns = list(zip(value.columns, value.types, strict=False))
    return _lazy("duckdb relation", columns, look)


@register("pyspark", "DataFrame")
def _spark(value: Any, look: Look) -> Description:
    fields = [(f.name, f.dataType.simpleString()) for f in value.schema.fields]
    return _lazy("spark DataFrame", fields, look)
