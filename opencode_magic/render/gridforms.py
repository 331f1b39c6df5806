"""Grids as HTML, as Markdown, and as text that fits a terminal."""

from __future__ import annotations

import io
from collections.abc import Iterable

from ..text.visible import visible
from .blocks import Cell, Grid, Look, Span
from .markdown import escape, escape_code
from .remarkdown import OPEN_BAR, code_span, glued, words

TEXT_WIDTH = 100  # columns, where no terminal says another
GRID_CLASSES = {f"ocm-is-{look}" for look in ("quiet", "hit", "good", "warn", "bad")}

_STYLES: dict[Look, str] = {
    "quiet": "dim",
    "strong": "bold",
    "hit": "bold underline",
    "good": "green",
    "warn": "yellow",
    "bad": "red",
}


def spans(cell: Cell) -> tuple[Span, ...]:
    """Return the spans of a cell."""
    return (Span(cell),) if isinstance(cell, str) else cell


def plain(cell: Cell) -> str:
    """Return a cell as plain text."""
    return "".join(span.text for span in spans(cell))


def grid_html(grid: Grid) -> str:
    """Return the grid as a table; what a colour says is said in words, too."""
    title = f"<p><strong>{escape(grid.title)}</strong></p>" if grid.title else ""
    if not grid.rows:
        return title
    thead = f"<thead>{_row(grid, grid.columns, 'th')}</thead>" if any(grid.columns) else ""
    body = "".join(_row(grid, row, "td") for row in grid.rows)
    return f'{title}<table class="ocm-grid">{thead}<tbody>{body}</tbody></table>'


def _row(grid: Grid, row: Iterable[Cell], tag: str) -> str:
    cells = (
        # JupyterLab aligns all cells right, whatever attributes they have.
        f'<{tag}><div align="{"right" if n in grid.right else "left"}">'
        f"{''.join(map(_span_html, spans(cell)))}</div></{tag}>"
        for n, cell in enumerate(row)
    )
    return f"<tr>{''.join(cells)}</tr>"


def _span_html(span: Span) -> str:
    match span.look:
        case "":
            return escape(span.text)
        case "code":
            return f"<code>{escape_code(span.text)}</code>"
        case "strong":
            return f"<strong>{escape(span.text)}</strong>"
        case "hit":  # stands out without a style sheet, too
            return f'<strong><span class="ocm-is-hit">{escape_code(span.text)}</span></strong>'
        case look:
            return f'<span class="ocm-is-{look}">{escape(span.text)}</span>'


def grid_markdown(grid: Grid) -> str:
    """Return the grid as a table of pipes."""
    title = f"**{words(grid.title)}**" if grid.title else ""
    if not grid.rows:
        return title
    marks = ["---:" if n in grid.right else ":---" for n in range(len(grid.columns))]
    lines = [grid.columns, marks, *(map(_cell_markdown, row) for row in grid.rows)]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"{title}\n\n{table}" if title else table


def _cell_markdown(cell: Cell) -> str:
    pieces = (
        code_span(s.text) if s.look in ("code", "hit") else words(s.text)
        for s in spans(cell)
        if s.text
    )
    return OPEN_BAR.sub(r"\|", glued(pieces)).replace("\n", " ")


def grid_text(grid: Grid, *, width: int = TEXT_WIDTH, colours: bool = False) -> str:
    """Return the grid as lines of at most `width` columns; with `colours` for a terminal."""
    # Late: rich is heavy, and only what is shown as text needs it.
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    title = visible(grid.title)
    if not grid.rows:
        return title
    table = Table(box=None, show_header=any(grid.columns), pad_edge=False, header_style="bold")
    for n, column in enumerate(grid.columns):
        table.add_column(column, justify="right" if n in grid.right else "left", overflow="fold")
    for row in grid.rows:
        table.add_row(
            *(
                Text.assemble(*((visible(s.text), _STYLES.get(s.look, "")) for s in spans(cell)))
                for cell in row
            )
        )
    lines = io.StringIO()
    console = Console(
        file=lines,
        width=width,
        force_terminal=colours,
        force_jupyter=False,  # in a kernel it would display the table instead of writing it
        color_system="standard" if colours else None,
        highlight=False,
        emoji=False,
        markup=False,
    )
    console.print(table)
    shown = [line.rstrip() for line in lines.getvalue().splitlines()]
    return "\n".join([title, *shown] if title else shown)
