"""The code blocks and the tables of an answer, read from its Markdown. Pure.

Read with a Markdown parser and not by patterns: fences stand in lists and quotes, too, and cells
hold code, links and escaped bars.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..text.jsontext import holds
from .notebook import hands

if TYPE_CHECKING:
    from markdown_it.token import Token

PYTHON = frozenset({"python", "python3", "py", "py3", "ipython", "ipython3"})
MOST_DIGITS = 15  # then a number is a name, and a float would not hold it
MISSING = frozenset({"", "-", "–", "—", "n/a", "na", "nan", "null", "none"})  # noqa: RUF001


class CodeBlock(str):
    """A fenced block of the answer: its text, with the `language` it names, or ""."""

    language: str

    def __new__(cls, text: str, language: str = "") -> CodeBlock:
        block = super().__new__(cls, text)
        block.language = language
        return block

    @property
    def text(self) -> str:
        """The text as a plain string."""
        return str(self)

    @property
    def is_python(self) -> bool:
        """True where the block names Python as its language.

        Nothing else is guessed from: `ls -l` is valid Python, too.
        """
        return self.language.lower() in PYTHON

    def run(self) -> None:
        """Run the block in the notebook's namespace now, with its output below this cell.

        Raises `InputError` for a block that is not named Python, and outside of a notebook.
        """
        if not self.is_python:
            said = self.language or "in no named language"
            raise InputError(f"this block is {said}: only what is named Python is run")
        hands("run code in").run(str(self))

    def insert(self) -> None:
        """Put the block into the next cell."""
        hands("put a cell into").insert([str(self)])


@dataclass(frozen=True)
class AnswerTable:
    """A table of the answer: the text of its cells, and `values` with numbers as numbers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def values(self) -> list[list[Any]]:
        """The columns; one is numeric if each of its cells is a number, or says that it has none.

        `1,234` is 1234 and `12.5%` is 0.125; a cell without a number is None. What begins with 0,
        has a unit or is too long for a float is a name, and stays text.
        """
        return [_numbers(column) for column in zip(*self.rows, strict=True)] or [
            [] for _ in self.columns
        ]

    def df(self) -> Any:
        """Return the table as a pandas frame; raise InputError where pandas is missing."""
        names = _distinct(self.columns)
        return frames()(dict(zip(names, self.values, strict=True)), columns=names)


def frames() -> Any:
    """Return pandas' class of frames; raise InputError where pandas is missing."""
    try:
        import pandas as pd  # late: it need not be installed
    except ImportError:
        raise InputError("pandas is not installed here: `pip install pandas`") from None
    return pd.DataFrame


def code_blocks(text: str) -> list[CodeBlock]:
    """Return the fenced blocks of a Markdown text."""
    found = (token for token in _tokens(text) if token.type == "fence")
    return [CodeBlock(token.content, _language(token.info)) for token in found]


def tables(text: str) -> list[AnswerTable]:
    """Return the tables of a Markdown text."""
    found: list[AnswerTable] = []
    lines: list[list[str]] | None = None
    for token in _tokens(text):
        if token.type == "table_open":
            lines = []
        elif token.type == "table_close" and lines:
            found.append(AnswerTable(tuple(lines[0]), tuple(map(tuple, lines[1:]))))
            lines = None
        elif lines is None:
            continue
        elif token.type == "tr_open":
            lines.append([])
        elif token.type == "inline":
            lines[-1].append(_words(token))
    return found


def table(text: str, number: int | None = None) -> AnswerTable:
    """Return one table of a Markdown text.

    Parameters
    ----------
    number:
        which one, from 1 (-1 is the last); None where the text has only one.

    Raises `InputError` where there is no such table, or it is not said which one is meant.
    """
    found = tables(text)
    if not found:
        raise InputError("this answer has no table; `.code` has its code, `.text` its words")
    if number is None and len(found) > 1:
        heads = "; ".join(f"{n} ({', '.join(t.columns)})" for n, t in enumerate(found, 1))
        raise InputError(f"there are {len(found)} tables in this answer, say which: {heads}")
    index = 0 if number is None else number - (number > 0)
    if number == 0 or not -len(found) <= index < len(found):
        raise InputError(f"there is no table {number}: this answer has {len(found)}")
    return found[index]


_NUMBER = re.compile(
    r"(?P<sign>[+\-−]?)(?P<whole>0|[1-9]\d*|[1-9]\d{0,2}(?:,\d{3})+)"  # noqa: RUF001
    r"(?P<rest>(?:\.\d+)?(?:[eE][+-]?\d{1,3})?)(?P<percent>\s?%)?",
    re.ASCII,
)


def number_of(cell: str) -> int | float | None:
    """Return the number in a cell; None where its text is no number."""
    match = _NUMBER.fullmatch(cell)
    if match is None:
        return None
    digits = match["whole"].replace(",", "")
    if sum(c.isdigit() for c in digits + match["rest"].lower().partition("e")[0]) > MOST_DIGITS:
        return None
    sign = "-" if match["sign"] in ("-", "−") else ""  # noqa: RUF001
    if not match["rest"] and not match["percent"]:
        return int(sign + digits)
    # The point is moved in the text: 12.3 / 100 is 0.12300000000000001.
    mantissa, _, exponent = match["rest"].lower().partition("e")
    moved = int(exponent or 0) - (2 if match["percent"] else 0)
    text = f"{sign}{digits}{mantissa}e{moved}"
    return float(text) if holds(text) else None


def _numbers(column: Sequence[str]) -> list[Any]:
    numbers = [number_of(cell) for cell in column]
    left = [cell for cell, n in zip(column, numbers, strict=True) if n is None]
    are_shares = {cell.endswith("%") for cell in column if cell not in left}
    if len(are_shares) != 1 or any(cell.lower() not in MISSING for cell in left):
        return list(column)
    return numbers


def _distinct(names: Sequence[str]) -> list[str]:
    """Return the names, with a number at those that occurred before."""
    found: list[str] = []
    for name in names:
        number, free = 2, name
        while free in found:
            number, free = number + 1, f"{name}_{number}"
        found.append(free)
    return found


def _language(info: str) -> str:
    """Return the language a fence names: `python title=x` and `{python}` are Python."""
    word = [*info.split(), ""][0]
    return word.strip("{}.").partition(":")[0]


def _words(inline: Token) -> str:
    """Return what a reader sees of a cell."""
    return "".join(
        "\n"
        if token.type == "html_inline" and token.content.lower().startswith("<br")
        else token.content
        for token in inline.children or ()
    ).strip()


@lru_cache(maxsize=8)
def _tokens(text: str) -> tuple[Token, ...]:
    from markdown_it import (
        MarkdownIt,
    )  # late: only an answer that is asked for code or tables needs it

    return tuple(MarkdownIt("commonmark").enable("table").parse(text))
