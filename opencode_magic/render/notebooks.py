"""Diffs of notebook files by their cells and not by their JSON.

A cell becomes a line that names its kind, its source, and a line that counts its outputs, and the
texts made of them are compared. This needs a patch with the whole file: a part of the JSON does not
tell its cell.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

import msgspec

from ..changes.hunks import compare, cut
from ..changes.patch import FilePatch, Hunk, written
from ..text.amounts import count_words
from .blocks import Diff

COMPARED_CHARS = 20_000_000  # outputs are most of it
PART = "as JSON: not the whole notebook is known here"
SAME = "outputs or metadata alone"


def is_notebook(file: str) -> bool:
    """Return True for the name of a notebook."""
    return file.lower().endswith(".ipynb")


def of_texts(before: str, after: str, file: str, *, status: str = "") -> Diff | None:
    """Return the block for two texts of a notebook; None where one of them is not a notebook.

    `status` is what happened to the file, e.g. `added`; "" if the texts must tell.
    """
    if max(len(before), len(after)) > COMPARED_CHARS:
        return None
    old, new = _cells(before), _cells(after)
    if old is None or new is None:
        return None
    hunks = cut(compare(_text(old), _text(new)))
    starts = [_starts(old), _starts(new)]
    named = tuple(_headed(hunk, starts) for hunk in hunks)
    if not status:
        status = "added" if not before else "deleted" if not after else "modified"
    note = _counted(old, new) if hunks else SAME
    additions, deletions = sum(h.added for h in hunks), sum(h.removed for h in hunks)
    return Diff(written(named), file, additions, deletions, status, note=note)


def of_patch(read: FilePatch, file: str, *, status: str = "") -> Diff | None:
    """Return the block for a patch of a notebook; None where it does not hold the whole file."""
    if len(read.hunks) != 1 or read.broken:
        return None
    hunk = read.hunks[0]
    if max(hunk.old_start, hunk.new_start) > 1:
        return None
    old, new = (
        "".join(line.whole for line in hunk.lines if line.kind in ("same", kind))
        for kind in ("del", "add")
    )
    return of_texts(old, new, file, status=status)


_Cells = Sequence[Sequence[str]]
"""The lines of each cell."""


def _cells(text: str) -> _Cells | None:
    if not text.strip():
        return []
    try:
        notebook = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        return None
    return [[*_lines(cell)] for cell in cells]


def _lines(cell: Mapping[str, Any]) -> Iterator[str]:
    yield f"# %% {_word(cell.get('cell_type'))}"
    source = cell.get("source")
    text = "".join(map(str, source)) if isinstance(source, list) else str(source or "")
    yield from text.split("\n")
    outputs = cell.get("outputs")
    if isinstance(outputs, list) and outputs:
        kinds = dict.fromkeys(_kind(output) for output in outputs)
        yield f"# ({count_words(len(outputs), 'output')}: {', '.join(kinds)})"


def _kind(output: Any) -> str:
    """Return what an output is to a reader: a mime type, or the name of an error or stream."""
    if not isinstance(output, Mapping):
        return "unknown"
    data = output.get("data")
    if isinstance(data, Mapping) and data:
        return _word(next((mime for mime in data if mime != "text/plain"), "text/plain"))
    return _word(output.get("ename") or output.get("name") or output.get("output_type"))


def _word(value: Any) -> str:
    return str(value or "unknown").partition("\n")[0][:60]


def _text(cells: _Cells) -> str:
    return "".join(f"{line}\n" for cell in cells for line in cell)


def _starts(cells: _Cells) -> list[int]:
    """Return the line each cell begins at, from 1 on."""
    return list(accumulate(map(len, cells[:-1]), initial=1))


def _headed(hunk: Hunk, starts: Sequence[Sequence[int]]) -> Hunk:
    """Return the hunk under the number of the first cell it changes."""
    old, new = hunk.old_start, hunk.new_start
    for line in hunk.lines:
        if line.kind != "same":
            side, at = (0, old) if line.kind == "del" else (1, new)
            number = bisect.bisect_right(starts[side], at)
            return replace(hunk, heading=f"cell {number}")
        old, new = old + 1, new + 1
    return hunk


def _counted(old: _Cells, new: _Cells) -> str:
    came = len(new) - len(old)
    count = count_words(len(new), "cell")
    return f"{count}, {came:+}" if came and old else count
