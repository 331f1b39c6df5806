"""Arrays and tensors: shape, type, and statistics of those in memory."""

from __future__ import annotations

import math
import sys
from typing import Any

from .classes import class_name, names
from .credentials import MARK
from .description import Description, register
from .looking import Look, number
from .naming import Blanks, blanks
from .tables import (
    HEAD_COLUMNS,
    HEAD_ROWS,
    MOST_COLUMNS,
    SAMPLE_ROWS,
    ColumnSummary,
    TableSummary,
    described,
    kind_words,
    names_of,
    top_values,
    with_blanks,
)

MOST_CELLS = 1_000_000  # looked at: a bigger array is sampled by steps
SHOWN = 8
SAMPLED_LINES = 1_000  # rows of an array of texts that are searched for names


def shape_words(shape: Any) -> str:
    """Return a shape in words: `3 x 4`, or `scalar` for no dimensions."""
    return " x ".join(str(int(n)) for n in shape) or "scalar"


@register("numpy", "ndarray")
def _numpy(value: Any, look: Look) -> Description:
    np: Any = sys.modules["numpy"]
    array = np.asarray(value)  # the library's own: a subclass may have other methods
    what = class_name(value)
    mask = _mask(value)
    if array.dtype.names and mask is None:
        return _records(f"{what} of records", array, look)
    kind = "records" if array.dtype.names else look.line(str(array.dtype), 80)
    label = f"{what} {shape_words(array.shape)} {kind}"
    head = f"{label}, {array.nbytes:,} bytes"
    if mask is not None:
        return _masked(head, label, array, mask, look)
    return Description("\n".join([head, *statistics(array, look)]), label)


def _mask(value: Any) -> Any:
    """Return where a masked array has no data; None for any other array."""
    if ("numpy", "MaskedArray") not in names(value):
        return None
    np: Any = sys.modules["numpy"]
    held = np.ma.MaskedArray.mask.__get__(value)
    if held.dtype.names:  # of records: any field
        held = np.logical_or.reduce([np.asarray(held[name]) for name in held.dtype.names])
    held = np.asarray(held)
    return np.broadcast_to(held, np.asarray(value).shape[: held.ndim or None])


def _masked(head: str, label: str, array: Any, mask: Any, look: Look) -> Description:
    hidden = int(mask.sum())
    if array.dtype.names:
        return Description(f"{head}\n{hidden:,} masked", label)
    known = array[~mask]
    lines = [head, f"{hidden:,} masked"]
    lines += _numbers(known) if known.size else ["nothing but masked values"]
    first = [
        "masked" if out else look.brief(v, depth=1)
        for v, out in zip(array.flat[:SHOWN], mask.flat[:SHOWN], strict=True)
    ]
    return Description("\n".join([*lines, _first(first, array.size)]), label)


def _records(what: str, array: Any, look: Look) -> Description:
    """Describe a structured array as a table whose columns are its fields."""
    flat = array.reshape(-1)
    fields = list(array.dtype.names)[:MOST_COLUMNS]
    table = TableSummary(what, int(flat.size), len(array.dtype.names))
    step = max(1, -(-flat.size // SAMPLE_ROWS))
    sample, head = flat[::step], flat[:HEAD_ROWS]
    left_out, of_head = _in_fields(sample, fields, look), _in_fields(head, fields, look)
    of_head.columns.update(left_out.columns)
    for n, name in enumerate(fields):
        column = ColumnSummary(name, kind_words(array.dtype[name], look))
        held = sample[name]
        if n not in left_out.columns and held.ndim == 1:
            kept = [row for row in range(held.size) if row not in left_out.rows(n)]
            column.about = _about(held[kept] if len(kept) < held.size else held, look)
        table.columns.append(column)
    cells = [_cells(head[name], look) for name in fields[:HEAD_COLUMNS]]
    table.head = with_blanks(cells, of_head)
    return described(table, look, names_of(left_out, of_head))


def _in_fields(records: Any, fields: list[str], look: Look) -> Blanks:
    texts = {n: records[f].tolist() for n, f in enumerate(fields) if records[f].dtype.kind in "SUO"}
    return blanks(fields, texts, look.censor)


def _cells(values: Any, look: Look) -> list[object]:
    """Return the values of a field; records and moments stay numpy's, with names and units."""
    return list(values) if values.dtype.names or values.dtype.kind in "mM" else values.tolist()


def _about(values: Any, look: Look) -> str:
    if values.dtype.kind in "iuf":
        return "; ".join(_numbers(values))
    return top_values(values.tolist(), look) if values.dtype.kind in "SUOb" else ""


def statistics(array: Any, look: Look) -> list[str]:
    """Return lines about what an array in memory holds."""
    if array.size == 0:
        return ["empty"]
    left_out = Blanks()
    if array.dtype.kind in "SUO" and array.ndim == 2:
        rows = array[:SAMPLED_LINES].tolist()
        left_out = blanks(
            [*range(array.shape[1])], dict(enumerate(zip(*rows, strict=True))), look.censor
        )
    flat = array.reshape(-1) if array.flags.c_contiguous else None
    sampled = ""
    if array.size > MOST_CELLS:
        step = -(-array.size // MOST_CELLS)
        flat = flat[::step] if flat is not None else array.flat[:MOST_CELLS]
        sampled = f" (of a sample of {flat.size:,})"
    elif flat is None:
        flat = array.reshape(-1)
    lines = [line + sampled for line in _numbers(flat)]
    width = array.shape[-1] if array.ndim == 2 else 1
    first = [
        MARK if array.ndim == 2 and left_out.of(n % width, n // width) else look.brief(v, depth=1)
        for n, v in enumerate(_cells(array.flat[:SHOWN], look))
    ]
    for name in dict.fromkeys([*left_out.columns.values(), *names_of(left_out)]):
        lines.append(f"left out: {look.censor.left_out(name)}")
    return [*lines, _first(first, array.size)]


def _first(words: list[str], size: int) -> str:
    return f"first: {', '.join(words)}{', …' if size > SHOWN else ''}"


def _numbers(flat: Any) -> list[str]:
    """Return lines about the range of numbers, without NaN and infinite ones."""
    np: Any = sys.modules["numpy"]
    kind = flat.dtype.kind
    if kind == "b":
        return [f"{int(flat.sum()):,} True, {int(flat.size - flat.sum()):,} False"]
    if kind not in "iuf":
        missing = int(np.isnat(flat).sum()) if kind in "mM" else 0
        return [f"{missing:,} missing (NaT)"] if missing else []
    known = flat[np.isfinite(flat)] if kind == "f" else flat
    lines = []
    if known.size:
        exact = int if kind in "iu" else float
        wide = known.astype("float64")
        spread = [("mean", float((wide / wide.size).sum())), ("std", float(wide.std()))]
        told = [f"{word} {number(value)}" for word, value in spread if math.isfinite(value)]
        ends = f"min {number(exact(known.min()))}, max {number(exact(known.max()))}"
        lines.append(", ".join([ends, *told]))
    if missing := flat.size - known.size:
        lines.append(f"{missing:,} not finite")
    return lines


@register("torch", "Tensor")
def _torch(value: Any, look: Look) -> Description:
    kind = str(value.dtype).removeprefix("torch.")
    label = f"{class_name(value)} {shape_words(value.shape)} {kind}"
    on = str(value.device)
    lines = [f"{label}, on {on}, requires_grad {bool(value.requires_grad)}"]
    size = math.prod(map(int, value.shape))
    # A tensor on another device would have to be fetched, a big one summed: too much for a look.
    if "numpy" in sys.modules and on == "cpu" and 0 < size <= MOST_CELLS:
        lines += statistics(value.detach().numpy(), look)
    return Description("\n".join(lines), label)


@register("jaxlib", "ArrayImpl")
@register("jax", "Array")
def _jax(value: Any, look: Look) -> Description:
    label = f"jax array {shape_words(value.shape)} {value.dtype}"
    size = math.prod(map(int, value.shape))
    lines = [label]
    if "numpy" in sys.modules and 0 < size <= MOST_CELLS:
        lines += statistics(sys.modules["numpy"].asarray(value), look)
    return Description("\n".join(lines), label)


@register("jax", "Tracer")
def _tracer(value: Any, _: Look) -> Description:
    return Description(f"traced {shape_words(value.shape)} {value.dtype}", "jax tracer")
