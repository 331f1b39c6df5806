"""Which values have the name of a credential, wherever the name is written.

A name is a key or a field, a label of a row or a column (any level of it), the text beside a value
in a pair or a row (`{"name": "password", "value": ...}`, `("password", ...)`), or the head of a
column of rows. Such a value is replaced by a `Blank` before anything is made of it.
"""

from __future__ import annotations

import enum
import re
import types
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeGuard

from .classes import attributes, isinstance_safe, names
from .credentials import Censor, words_of

_LONGEST_NAME = 60
_NAME_LIKE = re.compile(r"-{0,2}[\w.:/@\[\]-]+(?: [\w.:/@\[\]-]+){0,2}:?")
_LIKELY = re.compile(r"(?i)pass|pwd|secret|token|key|cred|auth|cookie|dsn|pat|jwt|kennwort")
"""A cheap first test: most texts of a table are no names of credentials."""
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
_CODE = {types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType,
         types.MethodWrapperType, types.WrapperDescriptorType, types.MethodDescriptorType,
         property}  # fmt: skip
_POSITION = re.compile(r"(?:column|col|field|f|_|unnamed)?[\s_:]*\d*")


@dataclass(frozen=True)
class Blank:
    """Stands in the place of a value that is left out; `name` is what it was called."""

    name: str


Row = Sequence[object]
Items = list[tuple[object, object]]


def text_of(label: object) -> str:
    """Return a label as text: a string, bytes, or the member of an enum; "" for all else."""
    if isinstance_safe(label, str):
        return str.__str__(label)
    if isinstance_safe(label, bytes | bytearray):
        return bytes(memoryview(label)[:200]).decode("latin-1")  # type: ignore[arg-type]
    if isinstance_safe(label, enum.Enum):
        held = attributes(label).get("_name_")
        return held if type(held) is str else ""
    return ""


def secret_label(label: object, censor: Censor) -> str:
    """Return the credential's name that a label is or has in one of its levels; "" for none."""
    if isinstance_safe(label, tuple | list):
        base: Any = tuple if isinstance_safe(label, tuple) else list
        levels = (secret_label(level, censor) for level in base.__iter__(label))
        return next(filter(None, levels), "")
    text = text_of(label)
    return text if text and censor.hides(text) else ""


def secret_name(value: object, censor: Censor) -> str:
    """Return a piece of data that is the name of a credential, and no sentence; else ""."""
    if isinstance_safe(value, tuple):
        return secret_label(value, censor)
    text = text_of(value).strip()
    if not 3 <= len(text) <= _LONGEST_NAME or not _LIKELY.search(text) or "://" in text:
        return ""
    return text if _NAME_LIKE.fullmatch(text) and censor.hides(text) else ""


def is_kept(value: object) -> bool:
    """Return whether a value is no secret, whatever its name: None, a truth value, a blank."""
    return value is None or value is Ellipsis or type(value) in (bool, Blank)


# -- keys and fields ---------------------------------------------------------------------------


def blanked_items(items: Iterable[tuple[object, object]], censor: Censor) -> Items:
    """Return keys or fields with their values, those under a credential's name replaced."""
    held = [(k, _under(v, secret_label(k, censor))) for k, v in items]
    for place, (label, value) in enumerate(held):
        if (name := secret_name(value, censor)) and _last_word(label) in _NAMES:
            return [
                (k, v if n == place or _is_spared(k) else _under(v, name))
                for n, (k, v) in enumerate(held)
            ]
    return _in_parallel(held, censor)


def _in_parallel(held: Items, censor: Censor) -> Items:
    """Replace in `{"name": ["user", "password"], "value": [...]}` or `{"columns": [...], ...}`."""
    for place, (label, value) in enumerate(held):
        if _last_word(label) not in _NAMES | _HEADS or not _is_row(value):
            continue
        if names := _names_in(value, censor):
            return [
                (k, v if n == place or _is_spared(k) else _in_line(v, names, len(value)))
                for n, (k, v) in enumerate(held)
            ]
    return held


def _in_line(value: object, names: Mapping[int, str], size: int) -> object:
    """Return a list with blanks at the named places, in itself or in each of its rows."""
    if not _is_row(value):
        return value
    if value and all(_is_row(inner) and len(inner) == size for inner in value):
        return type(value)(_with_blanks(inner, names) for inner in value)
    return _with_blanks(value, names) if len(value) == size else value


def _under(value: object, name: str) -> object:
    return Blank(name) if name and not is_kept(value) and not is_code(value) else value


def is_code(value: object) -> bool:
    """Return whether a value is a class, a function or a module, which is no secret."""
    return (
        isinstance_safe(value, type) or type(value) in _CODE or ("numpy", "ufunc") in names(value)
    )


def _last_word(label: object) -> str:
    words = words_of(text_of(label))
    return words[-1] if words else ""


def _is_spared(label: object) -> bool:
    """Return whether a label says what a setting is, and holds no value; `column_0` may be any."""
    return _last_word(label) in _SPARED and not text_of(label)[-1:].isdigit()


# -- rows --------------------------------------------------------------------------------------


def blanked_row(values: Sequence[Any], censor: Censor, *, among_rows: bool) -> list[Any]:
    """Return a list or tuple with what follows a credential's name replaced, as in a pair.

    Parameters
    ----------
    among_rows:
        whether it is in another list, and so a row; else it may be a list of words.
    """
    found = list(values)
    for n, each in enumerate(found[:-1]):
        if (name := secret_name(each, censor)) and _is_value(found, n, among_rows=among_rows):
            found[n + 1] = _under(found[n + 1], name)
            if among_rows and n == 0:
                found[2:] = [_under(v, name) for v in found[2:]]
    return found


def _is_value(row: Sequence[object], n: int, *, among_rows: bool) -> bool:
    """Return whether what follows a name is its value, and not the next of a list of words."""
    if among_rows or text_of(row[n]).startswith("-"):
        return True
    behind = text_of(row[n + 1]).strip()
    if not behind:
        return len(row) == 2
    if len(row) == 2:
        return behind.lower() not in _FIELD_WORDS
    return _PLAIN_WORD.fullmatch(behind) is None


def blanked_rows(rows: Sequence[Any], censor: Censor) -> list[Any]:
    """Return rows with the columns replaced whose head, in the first row, names a credential."""
    if len(rows) < 2 or not all(map(_is_row, rows)):
        return list(rows)
    head = rows[0]
    if not head or not all(isinstance_safe(word, str) for word in head):
        return list(rows)
    names = _names_in(head, censor)
    return [rows[0], *(_with_blanks(row, names) for row in rows[1:])] if names else list(rows)


def _names_in(row: Sequence[object], censor: Censor) -> dict[int, str]:
    return {n: name for n, each in enumerate(row) if (name := secret_name(each, censor))}


def _is_row(value: object) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    return type(value) in (list, tuple)


def _with_blanks(row: list[Any] | tuple[Any, ...], names: Mapping[int, str]) -> object:
    return type(row)(_under(v, names.get(n, "")) for n, v in enumerate(row))


# -- tables ------------------------------------------------------------------------------------


@dataclass
class Blanks:
    """What is left out of a table: whole columns by place, and cells by column and row."""

    columns: dict[int, str] = field(default_factory=dict)
    cells: dict[int, dict[int, str]] = field(default_factory=dict)

    def of(self, column: int, row: int) -> str:
        """Return the name under which a cell is left out; "" where it is not."""
        return self.columns.get(column) or self.cells.get(column, {}).get(row, "")

    def rows(self, column: int) -> Collection[int]:
        """Return the rows in which a column has a blank."""
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
    """Return what is left out of a table.

    Parameters
    ----------
    labels:
        the labels of the columns; a tuple where they have levels.
    texts:
        the columns that may hold names, by their place.
    rows:
        the labels of the rows.
    """
    secret = ((n, secret_label(label, censor)) for n, label in enumerate(labels))
    found = Blanks({n: name for n, name in secret if name})
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
    """Return the columns that a name in one of them is for: all others, or only later ones."""
    speaks = is_first or _last_word(labels[place]) in _NAMES
    return [
        n for n, label in enumerate(labels)
        if n != place and (speaks or n > place) and not _is_spared(label)
    ]  # fmt: skip


def _is_position(label: object) -> bool:
    """Return whether a column has only a number for a name: the first row may hold the names."""
    return not text_of(label) or _POSITION.fullmatch(text_of(label).lower()) is not None


def _remembered(censor: Censor) -> Callable[[object], str]:
    of_text = cache(lambda text: secret_name(text, censor))  # texts repeat in columns
    return lambda value: of_text(value) if type(value) is str else secret_name(value, censor)
