"""Figures and images as PNG, JPEG, GIF or WebP, of libraries that are imported already."""

from __future__ import annotations

import base64
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from .classes import class_name, names
from .credentials import Censor
from .looking import LONGEST_SECRET
from .naming import Blank, blanked_row, blanked_rows

MOST_PIXELS = 1568  # a side; models make it smaller anyway
MOST_BYTES = 5_000_000
MOST_TOLD = 20  # traces and axes
_DATA = ("x", "y", "z", "labels", "values", "lat", "lon", "open", "close", "r", "theta")
_DRAWN = {
    "matplotlib": ("Figure", "FigureBase", "_AxesBase"),
    "plotly": ("BaseFigure",),
    "PIL": ("Image",),
    "IPython": ("Image",),
    "seaborn": ("Grid", "_BaseGrid"),
}
"""The classes that may be drawn, by their library."""
_KINDS = {
    b"\x89PNG\r\n\x1a\n": ("image/png", "png"),
    b"\xff\xd8\xff": ("image/jpeg", "jpg"),
    b"GIF8": ("image/gif", "gif"),
    b"RIFF": ("image/webp", "webp"),
}


@dataclass(frozen=True)
class DrawnPicture:
    """An image as bytes."""

    data: bytes
    mime: str
    ending: str

    @property
    def url(self) -> str:
        """The image as a data URL."""
        return f"data:{self.mime};base64,{base64.b64encode(self.data).decode()}"


def is_picture(value: Any) -> bool:
    """Return whether a value is of a kind that may be drawn."""
    return _kind(value) is not None


def _kind(value: Any) -> str | None:
    found = (module for module, name in names(value) if name in _DRAWN.get(module, ()))
    return next(found, None)


def draw(value: Any) -> DrawnPicture | None:
    """Return a picture of a value; None where it cannot be drawn here."""
    try:
        match _kind(value):
            case "matplotlib":
                data = _matplotlib(value)
            case "seaborn":
                data = _matplotlib(value.figure)
            case "plotly":
                data = _plotly(value)
            case "PIL":
                data = _pil(value)
            case "IPython":
                data = value.data if type(value.data) is bytes else b""
            case _:
                return None
    except Exception:  # it cannot be drawn, and is described in words
        return None
    for start, (mime, ending) in _KINDS.items():
        if data.startswith(start) and len(data) <= MOST_BYTES:
            return DrawnPicture(data, mime, ending)
    return None


def _matplotlib(value: Any) -> bytes:
    figure = value.get_figure() if not hasattr(value, "savefig") else value
    width, height = figure.get_size_inches()
    dpi = min(float(figure.get_dpi()), 100.0, MOST_PIXELS / max(width, height))
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=dpi)
    return file.getvalue()


def _plotly(value: Any) -> bytes:
    """Draw only where a renderer is installed: none is downloaded."""
    if find_spec("kaleido") is None:
        return b""
    data: bytes = value.to_image(format="png", width=900, height=600)
    return data


def _pil(value: Any) -> bytes:
    image = value.copy()
    image.thumbnail((MOST_PIXELS, MOST_PIXELS))
    file = io.BytesIO()
    if image.mode not in ("1", "L", "LA", "P", "RGB", "RGBA"):
        image = image.convert("RGB")
    image.save(file, format="PNG")
    return file.getvalue()


def words(value: Any, censor: Censor) -> tuple[str, str]:
    """Return a label for a picture, and what can be said of it without drawing it."""
    what = class_name(value)
    try:
        match _kind(value):
            case "matplotlib":
                return _axes_words(value.get_figure() if not hasattr(value, "axes") else value)
            case "plotly":
                return _plotly_words(value, censor)
            case "PIL":
                label = f"image {value.size[0]} x {value.size[1]} {value.mode}"
                return label, label
    except Exception:  # what cannot be read is left out
        return what, what
    return what, what


def _axes_words(figure: Any) -> tuple[str, str]:
    width, height = (float(n) for n in figure.get_size_inches())
    axes = list(figure.axes)
    label = f"Figure {width:g} x {height:g} in, {len(axes)} axes"
    lines = [label]
    for ax in axes[:8]:
        series = [str(line.get_label()) for line in ax.get_lines()[:8]]
        lines.append(
            f"axes {ax.get_title()!r}: x {ax.get_xlabel()!r} {_span(ax.get_xlim())}, "
            f"y {ax.get_ylabel()!r} {_span(ax.get_ylim())}, {len(ax.get_lines())} lines "
            f"({', '.join(series)}), {len(ax.patches)} patches, {len(ax.collections)} collections"
        )
    return label, "\n".join(lines)


def _plotly_words(figure: Any, censor: Censor) -> tuple[str, str]:
    """Return title, axes and traces with their points; from the figure's dict, without drawing."""
    held = figure.to_plotly_json()
    traces, layout = held.get("data", ()), held.get("layout", {})
    label = f"plotly {class_name(figure)} of {len(traces)} trace{'s' * (len(traces) != 1)}"
    lines = [label, f"title: {_title(layout)!r}"]
    axes = [name for name in layout if name[1:].startswith("axis") or name in ("coloraxis",)]
    lines += [f"{name}: {_title(layout[name])!r}" for name in axes[:MOST_TOLD]]
    for number, trace in enumerate(traces[:MOST_TOLD], 1):
        name = str(trace.get("name") or "")
        told = [f"{key} {_values(trace[key])}" for key in _DATA if key in trace]
        if left_out := names_in(_trace_rows(trace), censor):
            told = [censor.left_out(each) for each in left_out]
        kind = trace.get("type", "scatter")
        lines.append(f"trace {number}: {kind} {name!r}{': ' * bool(told)}{', '.join(told)}")
    if len(traces) > MOST_TOLD:
        lines.append(f"and {len(traces) - MOST_TOLD} more traces")
    return label, "\n".join(lines)


def _title(holder: Any) -> str:
    title = holder.get("title") or ""
    return str(title.get("text") or "" if isinstance(title, dict) else title)


def _values(values: Any) -> str:
    """Return how many values there are, and their range."""
    if isinstance(values, dict):  # typed: {"dtype": "f8", "bdata": "..."}
        import numpy  # late: where it is missing there are no such values

        data = base64.b64decode(values["bdata"])
        values = numpy.frombuffer(data, numpy.dtype(values["dtype"])).tolist()
    values = values.tolist() if hasattr(values, "tolist") else [*values]
    size = f"{len(values):,} value{'s' * (len(values) != 1)}"
    for kind in (int | float, str):
        if values and all(isinstance(v, kind) for v in values):
            first, last = min(values), max(values)
            ends = (first[:80], last[:80]) if kind is str else (f"{first:.4g}", f"{last:.4g}")
            return f"{size} from {ends[0]} to {ends[1]}"
    return size


def texts(value: Any) -> Iterator[str]:
    """Yield the texts in a picture, as far as they are known: titles, labels, ticks, annotations.

    The picture must have been drawn, which makes the text of the ticks.
    """
    match _kind(value):
        case "matplotlib" | "seaborn":
            from matplotlib.text import Text  # late: it is loaded where there is a figure

            figure = value.figure if hasattr(value, "figure") and value.figure else value
            for text in figure.findobj(Text):
                yield text.get_text()
        case "plotly":
            yield from _strings(value.to_plotly_json())


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in ("template", "bdata"):  # how it looks, and numbers
                yield from _strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)
    elif hasattr(value, "dtype") and value.dtype == object:
        yield from _strings(value.tolist())


def tables(value: Any) -> Iterator[list[Any]]:
    """Yield the rows of names and values that are drawn in a picture, as far as they are known."""
    match _kind(value):
        case "matplotlib" | "seaborn":
            from matplotlib.table import Table  # late: it is loaded where there is a figure

            figure = value.figure if hasattr(value, "figure") and value.figure else value
            for table in figure.findobj(Table):
                rows: dict[int, list[str]] = {}
                for (row, _), cell in sorted(table.get_celld().items()):
                    rows.setdefault(row, []).append(cell.get_text().get_text())
                yield list(rows.values())
        case "plotly":
            for trace in value.to_plotly_json().get("data", ()):
                yield _trace_rows(trace)


def _trace_rows(trace: Any) -> list[Any]:
    """Return a trace as rows: a table's own, else each name on an axis with its values."""
    if trace.get("type") == "table":
        columns = [_plain(c) for c in _plain((trace.get("cells") or {}).get("values", ()))]
        head = [(_plain(c) or [""])[0] if not isinstance(c, str) else c
                for c in _plain((trace.get("header") or {}).get("values", ()))]  # fmt: skip
        return [head, *(list(row) for row in zip(*columns, strict=False))]
    held = {key: _plain(trace[key]) for key in (*_DATA, "text", "customdata") if key in trace}
    head = [str(trace.get("name") or "")] * len(held)
    return [head, *(list(row) for row in zip(*held.values(), strict=False))]


def _plain(values: Any) -> list[Any]:
    if isinstance(values, dict | str):
        return []
    return list(values.tolist() if hasattr(values, "tolist") else values)


def names_in(rows: list[Any], censor: Censor) -> list[str]:
    """Return the names under which something in rows is a credential."""
    shown = blanked_rows([blanked_row(r, censor, among_rows=True) if n else r
                          for n, r in enumerate(rows)], censor)  # fmt: skip
    found = (cell.name for row in shown for cell in row if type(cell) is Blank)
    return list(dict.fromkeys(found))


def needs(value: Any) -> str:
    """Return what is missing to draw a picture of a value; "" where that is not known."""
    if _kind(value) == "plotly" and find_spec("kaleido") is None:
        return "plotly draws it with kaleido, which is not installed: `pip install kaleido`"
    return ""


def _span(limits: Any) -> str:
    return f"{float(limits[0]):.4g} to {float(limits[1]):.4g}"


def current_figure() -> Any:
    """Return matplotlib's open figure that was used last; None without one. None is made."""
    helpers: Any = sys.modules.get("matplotlib._pylab_helpers")
    manager = helpers.Gcf.get_active() if helpers is not None else None
    return manager.canvas.figure if manager is not None else None


def shows_secrets(value: Any, censor: Censor) -> bool:
    """Return whether a credential is in a picture, or nobody can tell; `censor` notes it."""
    try:
        for text in texts(value):
            censor(text[:LONGEST_SECRET])
        for rows in tables(value):
            for name in names_in(rows, censor):
                censor.left_out(name)
    except Exception:  # a stranger's figure
        return True
    return bool(censor.found)
