"""An answer in the form the user asked for: a table where it is one, else JSON."""

from __future__ import annotations

from typing import Any

import msgspec

from ...answer.schema import VALUE
from ..blocks import Block, Grid
from .call import ToolCall, ToolLook, code

MOST_ROWS = 50
MOST_COLUMNS = 12


def look(call: ToolCall) -> ToolLook:
    """Describe the answer, opened."""
    said = call.part.state.input
    value = said[VALUE] if set(said) == {VALUE} else said
    body = _grid(value) or code(said, "json")
    return ToolLook("Answer", "in the form that was asked for", "", body, open=True)


def _grid(value: Any) -> tuple[Block, ...]:
    """Return a list of like objects, or a frame, as a grid; nothing for any other value."""
    if isinstance(value, dict) and set(value) == {"columns", "rows"}:
        columns, rows = value["columns"], value["rows"]
    elif isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        columns = list(value[0])
        rows = [list(row.values()) if list(row) == columns else None for row in value]
    else:
        return ()
    if not (isinstance(columns, list) and isinstance(rows, list) and rows):
        return ()
    fits = 0 < len(columns) <= MOST_COLUMNS and len(rows) <= MOST_ROWS
    if not fits or not all(_is_plain(row, len(columns)) for row in rows):
        return ()
    numbers = {n for n in range(len(columns)) if all(_is_number(row[n]) for row in rows)}
    cells = tuple(tuple(_cell(value) for value in row) for row in rows)
    return (Grid(tuple(map(str, columns)), cells, frozenset(numbers)),)


def _is_plain(row: Any, width: int) -> bool:
    return (
        isinstance(row, list)
        and len(row) == width
        and not any(isinstance(value, list | dict) for value in row)
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
