"""Files of rows (CSV and its kin): what stands in them under the name of a credential."""

from __future__ import annotations

import csv
import io
from typing import Any

from .credentials import MARK, Censor
from .naming import Blank, blanked_row, blanked_rows

ENDINGS = (".csv", ".tsv", ".tab", ".psv")
_DELIMITERS = ",;\t|"


def without_secrets(text: str, censor: Censor) -> str:
    """The same rows, marks in the place of cells that are left out; untouched where none is."""
    head = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    try:
        rows: list[Any] = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        return text
    # The first row may hold the columns' names, which are no values of each other.
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
