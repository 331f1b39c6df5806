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
    """A fenced block of the answer: text, with the `language` it is written in ("" unsaid)."""

    language: str

    def __new__(cls, text: str, language: str = "") -> CodeBlock:
        block = super().__new__(cls, text)
        block.language = language
        return block

    @property
    def text(self) -> str:
        """The text alone."""
        return str(self)

    @property
    def is_python(self) -> bool:
        """Whether it can be run here. By its language alone: `ls -l` can be read as Python, too."""
        return self.language.lower() in PYTHON

    def run(self) -> None:
        """Run it in the notebook's namespace, here and now; what it prints is below this cell."""
        if not self.is_python:
            said = self.language or "in no named language"
            raise InputError(f"this block is {said}: only what is named Python is run")
        hands("run code in").run(str(self))

    def insert(self) -> None:
        """Put it into the next cell."""
        hands("put a cell into").insert([str(self)])


@dataclass(frozen=True)
class AnswerTable:
    """A table of the answer: the words of its cells, and `values` where a column is of numbers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def values(self) -> list[list[Any]]:
        """The columns. One is numeric if each cell of it is a number, or says that there is none.

        `1,234` is 1234 and `12.5%` is 0.125. What begins with 0, has a unit or is too long for a
        float stays text: it is a name. No number is None, in such columns.
        """
        return [_numbers(column) for column in zip(*self.rows, strict=True)] or [
            [] for _ in self.columns
        ]

    def df(self) -> Any:
        """A pandas frame; InputError where pandas is missing."""
        frame = frames()
        names = _distinct(self.columns)
        return frame(dict(zip(names, self.values, strict=True)), columns=names)


def frames() -> Any:
    """The class of pandas' frames; InputError where pandas is missing."""
    try:
        import pandas as pd  # late: not ours to require
    except ImportError:
        raise InputError("pandas is not installed here: `pip install pandas`") from None
    return pd.DataFrame


def code_blocks(text: str) -> list[CodeBlock]:
    """The fenced blocks of a Markdown text."""
    found = (token for token in _tokens(text) if token.type == "fence")
    return [CodeBlock(token.content, _language(token.info)) for token in found]


def tables(text: str) -> list[AnswerTable]:
    """The tables of a Markdown text."""
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
    """One table, counted from 1 (-1 is the last); the only one without a number."""
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
    """The number that stands in a cell; None where it is none."""
    match = _NUMBER.fullmatch(cell)
    if match is None:
        return None
    digits = match["whole"].replace(",", "")
    if sum(c.isdigit() for c in digits + match["rest"].lower().partition("e")[0]) > MOST_DIGITS:
        return None
    sign = "-" if match["sign"] in ("-", "−") else ""  # noqa: RUF001
    if not match["rest"] and not match["percent"]:
        return int(sign + digits)
    # Moved by text: 12.3 / 100 is 0.12300000000000001.
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
    """The names, those that are there already with a number."""
    found: list[str] = []
    for name in names:
        number, free = 2, name
        while free in found:
            number, free = number + 1, f"{name}_{number}"
        found.append(free)
    return found


def _language(info: str) -> str:
    """The language a fence names: `python title=x` and `{python}` are Python."""
    word = [*info.split(), ""][0]
    return word.strip("{}.").partition(":")[0]


def _words(inline: Token) -> str:
    """What a reader sees of a cell."""
    children = inline.children or ()
    return "".join("\n" if _is_break(token) else token.content for token in children).strip()


def _is_break(token: Token) -> bool:
    return token.type == "html_inline" and token.content.lower().startswith("<br")


@lru_cache(maxsize=8)
def _tokens(text: str) -> tuple[Token, ...]:
    from markdown_it import MarkdownIt  # late: for who asks for code or tables

    return tuple(MarkdownIt("commonmark").enable("table").parse(text))
