"""Texts of rows, as CSV and printed tables, without cells under the name of a credential."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from .credentials import MARK, Censor
from .naming import Blank, blanked_row, blanked_rows, secret_name

ENDINGS = (".csv", ".tsv", ".tab", ".psv")
_DELIMITERS = ",;\t|"
_CELL = re.compile(r"(?<!\S)\S+(?: \S+)*")
"""A cell of a printed table, which two spaces end."""
_FRAMES = re.compile("[|\u2502\u2506\u2551]")
_RULE = re.compile(r"\W+")
MOST_CHARS = 100_000
MOST_WIDE = 1_000


def without_secrets(text: str, censor: Censor) -> str:
    """Return the rows with marks in the place of cells that are left out; unchanged without any."""
    head = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    try:
        rows: list[Any] = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        return text
    # The first row may hold the columns' names: these are not each other's values.
    shown = [blanked_row(row, censor, among_rows=n > 0) if n or len(row) == 2 else row
             for n, row in enumerate(rows)]  # fmt: skip
    shown = blanked_rows(shown, censor)
    names = {cell.name for row in shown for cell in row if type(cell) is Blank}
    if not names:
        return text
    for name in sorted(names):
        censor.left_out(name)
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, lineterminator="\n")
    writer.writerows([MARK if type(cell) is Blank else cell for cell in row] for row in shown)
    return written.getvalue()


def without_tables_secrets(text: str, censor: Censor) -> str:
    """Return a text without the cells of tables in it whose heads are names of credentials."""
    if "\n" not in text or len(text) > MOST_CHARS:
        return text
    return _printed(without_secrets(text, censor) if _is_table(text) else text, censor)


def _is_table(text: str) -> bool:
    lines = text.strip().split("\n")
    return any(
        (count := lines[0].count(mark)) and all(line.count(mark) >= count for line in lines)
        for mark in _DELIMITERS
    )


def _printed(text: str, censor: Censor) -> str:
    """Leave out of printed tables what is under a name, aligned with it, or after it in its row."""
    places: list[tuple[int, int, str]] = []
    alone = False
    lines = text.split("\n")
    counted: set[str] = set()
    for n, line in enumerate(lines):
        cells = list(_CELL.finditer(_FRAMES.sub(" ", line)))
        if len(line) > MOST_WIDE or not cells:
            places = []
            continue
        names = [(c.start(), c.end(), name) for c in cells if (name := secret_name(c[0], censor))]
        is_row = bool(names) and n > 0 and names[0][0] == cells[0].start() == 0
        if names and not is_row and (len(cells) > 1 or line != line.lstrip()):
            places, alone = names, len(cells) == 1
            continue
        if alone and len(cells) == 1:  # a word above another is no table
            places = []
        for cell in reversed(cells[1:] if is_row else cells):
            flush = [p for p in places if cell.start() == p[0] or cell.end() == p[1]]
            named = names if is_row else flush
            if named and not _RULE.fullmatch(cell[0]):
                line = line[: cell.start()] + MARK + line[cell.end() :]
                counted.add(named[0][2])
        lines[n] = line
    for name in sorted(counted):
        censor.left_out(name)
    return "\n".join(lines)
