"""Which values lie under the name of a credential, in whatever shape the name stands beside them.

A name is a key or a field, a label of a row or a column (any level of it), the text beside a value
in a pair or a row (`{"name": "password", "value": ...}`, `("password", ...)`), or the head of a
column of rows. Such a value is replaced by a `Blank` before anything is made of it.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .classes import attributes, isinstance_safe
from .credentials import Censor, words_of

_LONGEST_NAME = 60
_NAME_LIKE = re.compile(r"-{0,2}[\w.:/@\[\]-]+(?: [\w.:/@\[\]-]+){0,2}:?")
_LIKELY = re.compile(r"(?i)pass|pwd|secret|token|key|cred|auth|cookie|dsn|pat|jwt|kennwort")
"""A cheap sieve: most texts of a table are no names of credentials."""
_PLAIN_WORD = re.compile(r"[a-z_ ]+")
_FIELD_WORDS = {"user", "username", "email", "mail", "login", "host", "port", "name", "id", "url",
                "role", "phone", "address", "database", "db"}  # fmt: skip

# What a key, field or column is called that holds ...
_NAMES = {"name", "key", "k", "variable", "var", "setting", "option", "param", "parameter", "field",
          "header", "attribute", "attr", "property", "prop", "label", "env", "identifier", "index",
          "column", "level", "title", "id", "config", "item", "what",
          "type", "kind"}  # fmt: skip
_SPARED = {"type", "types", "dtype", "kind", "format", "description", "desc", "required",
           "optional", "help", "doc", "placeholder", "unit", "units", "id", "position", "order",
           "section", "group", "source", "scope", "in", "category", "created", "updated", "date",
           "time", "host", "port", "user", "username", "email", "login", "role", "name", "label",
           "title", "variable", "index", "header", "field", "column", "level", "enabled",
           "secure", "domain", "path", "expires", "nullable"}  # fmt: skip
_HEADS = {"columns", "column", "fields", "header", "headers", "names", "index", "keys"}
_POSITION = re.compile(r"(?:column|col|field|f|_|unnamed)?[\s_:]*\d*")


@dataclass(frozen=True)
class Blank:
    """Stands where a value was that is left out; `name` is what it was called."""

    name: str


Row = Sequence[object]
Items = list[tuple[object, object]]


def text_of(label: object) -> str:
    """A label as text: a string, bytes, or the member of an enum; "" for anything else."""
    if isinstance_safe(label, str):
        return str.__str__(label)
    if isinstance_safe(label, bytes | bytearray):
        return bytes(memoryview(label)[:200]).decode("latin-1")  # type: ignore[arg-type]
    if isinstance_safe(label, enum.Enum):
        held = attributes(label).get("_name_")
        return held if type(held) is str else ""
    return ""


def secret_label(label: object, censor: Censor) -> str:
    """The credential's name that a label is, or has in one of its levels; "" for none."""
    if isinstance_safe(label, tuple | list):
        base: Any = tuple if isinstance_safe(label, tuple) else list
        levels = (secret_label(level, censor) for level in base.__iter__(label))
        return next(filter(None, levels), "")
    text = text_of(label)
    return text if text and censor.hides(text) else ""


def secret_name(value: object, censor: Censor) -> str:
    """The name a piece of data is, where it is one of a credential and no sentence; else ""."""
    if isinstance_safe(value, tuple):
        return secret_label(value, censor)
    text = text_of(value).strip()
    if not 3 <= len(text) <= _LONGEST_NAME or not _LIKELY.search(text) or "://" in text:
        return ""
    if not _NAME_LIKE.fullmatch(text):
        return ""
    return text if censor.hides(text) else ""


def is_kept(value: object) -> bool:
    """Whether a value tells nothing, whatever it is called: None, a truth value, a place left."""
    return value is None or value is Ellipsis or type(value) in (bool, Blank)


# -- keys and fields ---------------------------------------------------------------------------


def blanked_items(items: Iterable[tuple[object, object]], censor: Censor) -> Items:
    """Keys or fields with their values, those under a credential's name replaced."""
    held = [(k, _under(v, secret_label(k, censor))) for k, v in items]
    for place, (label, value) in enumerate(held):
        if (name := secret_name(value, censor)) and _last_word(label) in _NAMES:
            return [
                (k, v if n == place or _is_spared(k) else _under(v, name))
                for n, (k, v) in enumerate(held)
            ]
    return _in_parallel(held, censor)


def _in_parallel(held: Items, censor: Censor) -> Items:
    """`{"name": ["user", "password"], "value": [...]}` and `{"columns": [...], "data": [...]}`."""
    for place, (label, value) in enumerate(held):
        if _last_word(label) not in _NAMES | _HEADS or not _is_row(value):
            continue
        names = {
            n: name for n, each in enumerate(_row(value)) if (name := secret_name(each, censor))
        }
        size = len(_row(value))
        if names:
            return [
                (k, v if n == place or _is_spared(k) else _in_line(v, names, size))
                for n, (k, v) in enumerate(held)
            ]
    return held


def _in_line(value: object, names: Mapping[int, str], size: int) -> object:
    """A list with blanks at the places that are named, in itself or in each of its rows."""
    if not _is_row(value):
        return value
    row = _row(value)
    if row and all(_is_row(inner) and len(_row(inner)) == size for inner in row):
        return _same(value, [_with_blanks(inner, names) for inner in row])
    return _with_blanks(value, names) if len(row) == size else value


def _under(value: object, name: str) -> object:
    return Blank(name) if name and not is_kept(value) and not _is_code(value) else value


def _is_code(value: object) -> bool:
    return isinstance_safe(value, type) or type(value).__name__ in _CODE


_CODE = {"function", "builtin_function_or_method", "method", "module", "method-wrapper",
         "wrapper_descriptor", "method_descriptor", "ufunc", "property"}  # fmt: skip


def _last_word(label: object) -> str:
    words = words_of(text_of(label))
    return words[-1] if words else ""


def _is_spared(label: object) -> bool:
    """Whether what is called so says more of a setting than its value; `column_0` may be any."""
    return _last_word(label) in _SPARED and not text_of(label)[-1:].isdigit()


# -- rows --------------------------------------------------------------------------------------


def blanked_row(values: Sequence[Any], censor: Censor, *, among_rows: bool) -> list[Any]:
    """A list or tuple: what stands behind a credential's name, as its value does in a pair.

    `among_rows` is where it lies in another list: then it is a row; else it may be a list of words.
    """
    found = list(values)
    for n, each in enumerate(found[:-1]):
        if (name := secret_name(each, censor)) and _is_value(found, n, among_rows=among_rows):
            found[n + 1] = _under(found[n + 1], name)
            if among_rows and n == 0:
                found[2:] = [_under(v, name) for v in found[2:]]
    return found


def _is_value(row: Sequence[object], n: int, *, among_rows: bool) -> bool:
    """Whether what stands behind a name is its value, and not the next word of a list of them."""
    if among_rows or text_of(row[n]).startswith("-"):
        return True
    behind = text_of(row[n + 1]).strip()
    if not behind:
        return len(row) == 2
    if len(row) == 2:
        return behind.lower() not in _FIELD_WORDS
    return _PLAIN_WORD.fullmatch(behind) is None


def blanked_rows(rows: Sequence[Any], censor: Censor) -> list[Any]:
    """Lists in a list: the columns whose head, in the first row, is the name of a credential."""
    if len(rows) < 2 or not all(map(_is_row, rows)):
        return list(rows)
    head = _row(rows[0])
    if not head or not all(isinstance_safe(word, str) for word in head):
        return list(rows)
    names = _names_in(head, censor)
    return [rows[0], *(_with_blanks(row, names) for row in rows[1:])] if names else list(rows)


def _names_in(row: Sequence[object], censor: Censor) -> dict[int, str]:
    return {n: name for n, each in enumerate(row) if (name := secret_name(each, censor))}


def _is_row(value: object) -> bool:
    return type(value) in (list, tuple)


def _row(value: Any) -> Sequence[Any]:
    row: Sequence[Any] = value
    return row


def _with_blanks(row: Any, names: Mapping[int, str]) -> object:
    return _same(row, [_under(v, names.get(n, "")) for n, v in enumerate(row)])


def _same(value: object, held: list[object]) -> object:
    return tuple(held) if type(value) is tuple else held


# -- tables ------------------------------------------------------------------------------------


@dataclass
class Blanks:
    """What is left out of a table: whole columns by their place, and cells, by column and row."""

    columns: dict[int, str] = field(default_factory=dict)
    cells: dict[int, dict[int, str]] = field(default_factory=dict)

    def of(self, column: int, row: int) -> str:
        """The name under which a cell is left out; "" where it is not."""
        return self.columns.get(column) or self.cells.get(column, {}).get(row, "")

    def rows(self, column: int) -> Collection[int]:
        """The rows in which a column has a blank."""
        return self.cells.get(column, {}).keys()

    def _add(self, column: int, row: int, name: str) -> None:
        self.cells.setdefault(column, {}).setdefault(row, name)


def blanks(
    labels: Sequence[object],
    texts: Mapping[int, Sequence[object]],
    censor: Censor,
    *,
    rows: Iterable[object] = (),
) -> Blanks:
    """What is left out of a table.

    Parameters
    ----------
    labels:
        those of the columns; a tuple where there are levels.
    texts:
        the columns that may hold names, by their place.
    rows:
        the labels of the rows.
    """
    found = Blanks(
        {n: name for n, label in enumerate(labels) if (name := secret_label(label, censor))}
    )
    named = _remembered(censor)
    for row, label in enumerate(rows):
        if name := named(label):
            for column in range(len(labels)):
                found._add(column, row, name)
    first = min(texts, default=0)
    by_place = [_is_position(label) for label in labels]
    for place, values in texts.items():
        if place in found.columns:
            continue
        beside = _beside(labels, place, is_first=place == first)
        for row, value in enumerate(values):
            if not (name := named(value)):
                continue
            for column in beside:
                found._add(column, row, name)
            if row == 0 and all(by_place):
                found.columns[place] = name
    return found


def _beside(labels: Sequence[object], place: int, *, is_first: bool) -> list[int]:
    """The columns a name in one of them speaks of: all others, or only those behind it."""
    speaks = is_first or _last_word(labels[place]) in _NAMES
    return [
        n for n, label in enumerate(labels)
        if n != place and (speaks or n > place) and not _is_spared(label)
    ]  # fmt: skip


def _is_position(label: object) -> bool:
    """Whether a column has no name but its number: then the first row may hold the names."""
    return not text_of(label) or _POSITION.fullmatch(text_of(label).lower()) is not None


def _remembered(censor: Censor) -> Callable[[object], str]:
    known: dict[str, str] = {}

    def named(value: object) -> str:
        if type(value) is not str:
            return secret_name(value, censor)
        if (name := known.get(value)) is None:
            name = known[value] = secret_name(value, censor)
        return name

    return named
