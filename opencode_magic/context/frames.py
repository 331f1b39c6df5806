"""pandas: frames, series and indexes. Of big ones a sample of the rows is described."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from .classes import class_name, module_of_class, names
from .credentials import MARK
from .description import Description, register
from .looking import Look
from .naming import Blank, Blanks, blanks, secret_label
from .tables import (
    COUNTED,
    HEAD_COLUMNS,
    HEAD_ROWS,
    MOST_COLUMNS,
    ColumnSummary,
    TableSummary,
    described,
    kind_words,
    label_words,
    names_of,
    range_of,
    step_of,
    top_values,
    with_blanks,
)

UNKNOWN = "(a type of its own, not looked into)"


@register("pandas", "DataFrame")
def _frame(value: Any, look: Look) -> Description:
    frame = _base(value, "DataFrame")
    rows, width = (int(n) for n in frame.shape)
    table = TableSummary(class_name(value), rows, width)
    sample = frame.iloc[:: step_of(rows, table.notes)]
    places = range(min(width, MOST_COLUMNS))
    labels = _labels(frame.columns, places, look)
    left_out = _left_out(sample, labels, look)
    for n in places:
        kept = _without(sample.iloc[:, n], left_out, n)
        table.columns.append(_column(labels[n], kept, look, hidden=n in left_out.columns))
    head = frame.iloc[:HEAD_ROWS]
    of_head = _left_out(head, labels, look)
    of_head.columns.update(left_out.columns)
    table.head = with_blanks([_values(head.iloc[:, n]) for n in places[:HEAD_COLUMNS]], of_head)
    table.notes.append(f"index: {class_name(frame.index)} {_kind(frame.index, look)}")
    return described(table, look, names_of(left_out, of_head))


def _labels(index: Any, places: Sequence[int], look: Look) -> list[object]:
    """Return the columns' labels, without those of a level with the name of a credential."""
    hidden = [secret_label(name, look.censor) for name in index.names]
    if not any(hidden):
        return [index[n] for n in places]
    several = [index[n] if type(index[n]) is tuple else (index[n],) for n in places]
    found = [
        tuple(Blank(name) if name else level for level, name in zip(label, hidden, strict=False))
        for label in several
    ]
    return [label[0] if len(label) == 1 else label for label in found]


def _left_out(frame: Any, labels: Sequence[object], look: Look) -> Blanks:
    texts = {
        n: held for n in range(len(labels)) if (held := _texts(frame.iloc[:, n].array)) is not None
    }
    return blanks(labels, texts, look.censor, rows=_row_labels(frame.index))


def _texts(array: Any) -> list[object] | None:
    """Return the values of a column that may hold names; None where it holds no text."""
    kind = array.dtype
    if not _is_known(kind):
        return None
    if class_name(kind) == "CategoricalDtype":
        categories = _texts(array.categories.array)
        if categories is None:
            return None
        return [categories[code] if code >= 0 else None for code in array.codes.tolist()]
    if kind.kind not in "OSU" or class_name(kind) in ("PeriodDtype", "IntervalDtype"):
        return None
    return list(array.tolist())


def _row_labels(index: Any) -> list[object]:
    if "MultiIndex" not in class_name(index):
        return _texts(index.array) or []
    levels = [_texts(index.levels[n].array) for n in range(index.nlevels)]
    if not any(levels):
        return []
    parts = [
        [level[code] if code >= 0 else None for code in index.codes[n].tolist()]
        for n, level in enumerate(levels) if level is not None
    ]  # fmt: skip
    return list(zip(*parts, strict=True))


def _without(column: Any, left_out: Blanks, place: int) -> Any:
    """Return a column without the cells that are left out."""
    if not (rows := left_out.rows(place)):
        return column
    return column[[row not in rows for row in range(len(column))]]


def _base(value: Any, name: str) -> Any:
    """Return the value as the library's own class: a subclass may have other methods."""
    known = getattr(sys.modules.get("pandas"), name, None)
    return value if known is None or type(value) is known else known(value)


def _is_known(kind: Any) -> bool:
    """Return whether a column's type is the library's own: code of any other would have to run."""
    return module_of_class(type(kind)).partition(".")[0] in ("pandas", "numpy")


def _kind(column: Any, look: Look) -> str:
    kind = column.dtype
    return kind_words(kind, look) if _is_known(kind) else f"{class_name(kind)} {UNKNOWN}"


def _values(column: Any) -> list[object]:
    if not _is_known(column.dtype):
        return ["…"] * len(column)
    return list(column.array[:HEAD_ROWS])


def _column(name: object, column: Any, look: Look, *, hidden: bool = False) -> ColumnSummary:
    found = ColumnSummary(name, _kind(column, look))
    if not _is_known(column.dtype):
        return found
    found.missing = int(column.isna().sum())  # it runs no code of objects
    if not hidden:
        found.about = _about(column, look)
    return found


def _about(column: Any, look: Look) -> str:
    kind = column.dtype.kind
    if kind == "O" and class_name(column.dtype) != "PeriodDtype":
        return top_values(list(column.array[:COUNTED]), look)
    known = column.dropna()
    if len(known) == 0:
        return ""
    if kind in "iuf":
        return _range(known)
    if kind in "mM":
        return f"{look.brief(known.min())} to {look.brief(known.max())}"
    return top_values(known.iloc[:COUNTED].tolist(), look)


def _range(known: Any) -> str:
    np: Any = sys.modules["numpy"]
    if known.dtype.kind != "f":
        mean = float(known.mean())
        return range_of(int(known.min()), int(known.max()), mean)
    values = known.to_numpy(dtype="float64")
    finite = values[np.isfinite(values)]
    if not finite.size:
        return f"{values.size:,} not finite"
    huge = abs(finite).max() > 1e300  # the sum of such numbers may be infinite
    mean = float((finite / finite.size).sum() if huge else finite.mean())
    return range_of(float(finite.min()), float(finite.max()), mean, values.size - finite.size)


@register("pandas", "Series")
@register("pandas", "Index")
def _series(value: Any, look: Look) -> Description | None:
    what = class_name(value)
    if "MultiIndex" in what:
        return Description(f"{what} of {len(value):,}, {value.nlevels} levels", what)
    is_series = ("pandas", "Series") in names(value)
    series = _base(value, "Series") if is_series else value.to_series()
    rows = int(series.shape[0])
    notes: list[str] = []
    sample = series.iloc[:: step_of(rows, notes, "value")]
    named = secret_label(series.name, look.censor)
    labels = [series.name]
    left_out = blanks(labels, {}, look.censor, rows=_row_labels(sample.index) if is_series else ())
    column = _column(series.name, _without(sample, left_out, 0), look, hidden=bool(named))
    label = f"{what} of {rows:,} {column.kind}"
    lines = [label, f"name: {label_words(series.name, look)}", *notes]
    if column.missing:
        lines.append(f"{column.missing:,} missing")
    if column.about:
        lines.append(column.about)
    head = series.iloc[:10]
    of_head = blanks(labels, {}, look.censor, rows=_row_labels(head.index) if is_series else ())
    if len(head) <= HEAD_ROWS:
        first = _values(head)
    else:
        first = list(head.array) if _is_known(head.dtype) else []
    for name in dict.fromkeys(names_of(left_out, of_head) or [named] * bool(named and rows)):
        lines.append(f"left out: {look.censor.left_out(name)}")
    shown = [MARK if of_head.of(0, n) else look.brief(v, depth=1) for n, v in enumerate(first)]
    lines.append(f"first: {', '.join(shown)}" if rows else "empty")
    return Description("\n".join(lines), label)


@register("pandas", "ExtensionArray")
def _array(value: Any, look: Look) -> Description | None:
    if not _is_known(value.dtype):
        return None
    pandas: Any = sys.modules["pandas"]
    if (found := _series(pandas.Series(value), look)) is None:
        return None
    what = class_name(value)
    label = found.label.replace("Series", what, 1)
    return Description(found.text.replace("Series", what, 1).replace("\nname: None", "", 1), label)
