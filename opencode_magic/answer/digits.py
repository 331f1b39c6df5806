"""The numbers of an answer, exact or refused in words, and the schema that lets them be exact.

The server is JavaScript: each number that passes through it is a double, whatever the model wrote.
A whole number from 2**53 on may have been another one, a decimal fraction may have had more digits,
and one that no double holds arrives as null. A string of digits comes through unchanged, so such
strings are read where the form wants a number. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isfinite
from typing import Any

from ..text.jsontext import is_beyond, is_kept, numbers, shown
from .misfit import MisfitError, Path, at

Schema = Mapping[str, Any]
Change = Callable[[dict[str, Any]], dict[str, Any]]

DECIMAL = "decimal"
"""The format of a string that is read as a decimal fraction with all its digits."""
AS_STRING = "a number of more than 15 digits: as a string of its digits"
_MOST_DIGITS = 4_000  # of a number that is read; Python itself refuses some more
_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_SCHEMAS = ("items", "additionalProperties", "not", "if", "then", "else", "contains",
            "propertyNames", "unevaluatedProperties", "unevaluatedItems")  # fmt: skip
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems", "items")
_MAPS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_VALUES = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "default",
           "enum", "const", "examples")  # fmt: skip


class RoundedError(MisfitError):
    """A number may have lost digits on its way; as a string it would come whole."""


def exact(value: Any, schema: Schema, *, floats: bool) -> Any:
    """Return a value with strings of digits read where its schema wants a number.

    Parameters
    ----------
    value, schema:
        the answer's JSON value, and the schema of the form that was asked for.
    floats:
        whether a `number` is read as a float, which holds no more digits than the server does.

    Raises `RoundedError` for a number that may have been another one, and `MisfitError` for one
    that cannot be read, or a value that is nested too deeply.
    """
    try:
        return _exact(value, _Choices(schema, [schema]), floats, ())
    except RecursionError:
        raise MisfitError("a value that is nested too deeply") from None


def told(schema: Schema) -> Schema:
    """Return the schema with its numbers that the server would round in words or strings."""
    return _changed(dict(schema), _told)


def widened(schema: Schema) -> Schema:
    """Return the schema with strings of digits allowed wherever numbers are."""
    return _changed(dict(schema), _widened)


def is_long_whole(text: str) -> bool:
    """Return whether a string holds a whole number that would lose digits as a number."""
    short = len(text) <= _MOST_DIGITS
    return short and bool(_WHOLE.fullmatch(text)) and is_beyond(int(text))


# -- a value ---------------------------------------------------------------------------------------


class _Choices:
    """The schemas one of which holds at a place, with references and unions resolved."""

    def __init__(self, root: Schema, schemas: Sequence[Any]) -> None:
        self._root = root
        self.schemas = [s for each in schemas for s in self._flat(each, frozenset())]
        self.kinds = {kind for each in self.schemas for kind in _kinds(each)}

    @property
    def decimal(self) -> bool:
        """True where a decimal fraction with all its digits may stand here."""
        return any(each.get("format") == DECIMAL for each in self.schemas)

    def inside(self, key: str) -> _Choices:
        """Return the schemas for what an object holds under a key."""
        found: list[Any] = []
        for each in self.schemas:
            named = each.get("properties", {})
            patterns = each.get("patternProperties", {})
            fitting = [s for pattern, s in patterns.items() if re.search(pattern, key)]
            if key in named:
                fitting.append(named[key])
            found += fitting or [each.get("additionalProperties", True)]
        return _Choices(self._root, found)

    def item(self, number: int) -> _Choices:
        """Return the schemas for what an array holds at a place."""
        found: list[Any] = []
        for each in self.schemas:
            first, rest = each.get("prefixItems", ()), each.get("items", True)
            if isinstance(rest, list):  # as drafts before 2020 spell it
                first, rest = rest, each.get("additionalItems", True)
            found.append(first[number] if number < len(first) else rest)
        return _Choices(self._root, found)

    def _flat(self, schema: Any, seen: frozenset[str]) -> Iterator[Schema]:
        if not isinstance(schema, Mapping):
            return
        yield schema
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            yield from self._flat(resolved(reference, self._root), seen | {reference})
        for name in ("anyOf", "oneOf", "allOf"):
            for each in schema.get(name, ()):
                yield from self._flat(each, seen)


def _exact(value: Any, choices: _Choices, floats: bool, path: Path) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _exact(held, choices.inside(key), floats, (*path, key))
            for key, held in value.items()
        }
    if isinstance(value, list):
        return [
            _exact(held, choices.item(number), floats, (*path, number))
            for number, held in enumerate(value)
        ]
    if isinstance(value, str):
        return _read(value, choices, floats, path)
    numeric = choices.kinds & {"integer", "number"}
    if value is None and numeric and "null" not in choices.kinds:
        raise RoundedError(
            f"expected a number, got null, as which one beyond the range of a float arrives"
            f"{at(path)}; {_WAY_OUT}"
        )
    if isinstance(value, int | float) and not isinstance(value, bool):
        _check(value, choices, floats, path)
    return value


_WAY_OUT = "give it as a string of its digits"


def _check(value: float, choices: _Choices, floats: bool, path: Path) -> None:
    whole = "integer" in choices.kinds
    if choices.decimal and not (whole and isinstance(value, int)):
        lost = True
    elif floats and "number" in choices.kinds and not whole:
        lost = False  # a float holds what a double holds
    else:
        lost = is_beyond(value)
    if lost:
        raise RoundedError(
            f"{shown(value)} may have had other digits, as numbers pass through JavaScript"
            f"{at(path)}; {_WAY_OUT}"
        )


def _read(text: str, choices: _Choices, floats: bool, path: Path) -> Any:
    """Return the number a string stands for where only a number may stand; else the string."""
    kinds = choices.kinds
    if "string" in kinds or not kinds & {"integer", "number"} or not _NUMBER.fullmatch(text):
        return text
    if len(text) > _MOST_DIGITS:
        raise MisfitError(f"a number of {len(text):,} digits{at(path)}, more than can be read")
    if _WHOLE.fullmatch(text) and not (floats and "integer" not in kinds):
        return int(text)
    if "number" not in kinds:
        return text
    number = float(text)
    if not isfinite(number):
        raise MisfitError(f"{text[:40]} is more than a float holds{at(path)}")
    return number


def _kinds(schema: Schema) -> Iterator[str]:
    said = schema.get("type")
    if isinstance(said, str):
        yield said
    elif isinstance(said, list | tuple):
        yield from said
    else:
        given = [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())]
        yield from map(_kind_of, given)


def _kind_of(value: Any) -> str:
    for kind, name in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"),
                       (Mapping, "object"), (list, "array")):  # fmt: skip
        if isinstance(value, kind):
            return name
    return "null"


def resolved(reference: str, root: Schema) -> Any:
    """Return what a reference within a schema leads to, as `#/$defs/Row`; None where to nothing."""
    found: Any = root
    for step in reference.removeprefix("#").strip("/").split("/"):
        if step:
            key = step.replace("~1", "/").replace("~0", "~")
            found = found.get(key) if isinstance(found, Mapping) else None
    return found


# -- a schema --------------------------------------------------------------------------------------


def _changed(schema: dict[str, Any], change: Change) -> dict[str, Any]:
    """Return the schema with each one inside it changed, innermost first."""

    def inner(each: Any) -> Any:
        return _changed(dict(each), change) if isinstance(each, Mapping) else each

    found = dict(schema)
    for name in _SCHEMAS:
        if name in found:
            found[name] = inner(found[name])
    for name in _LISTS:
        if isinstance(found.get(name), list | tuple):
            found[name] = [inner(each) for each in found[name]]
    for name in _MAPS:
        if isinstance(found.get(name), Mapping):
            found[name] = {key: inner(each) for key, each in found[name].items()}
    return change(found)


def _told(schema: dict[str, Any]) -> dict[str, Any]:
    lost = [name for name in _VALUES if name in schema and _is_lost(schema[name])]
    if not lost:
        return schema
    found = {name: held for name, held in schema.items() if name not in lost}
    words = [str(schema.get("description", ""))]
    words += [f"{name}: {json.dumps(schema[name], default=str)}" for name in lost]
    found["description"] = "; ".join(filter(None, (*words, AS_STRING)))
    if "enum" in lost:
        found["enum"] = [_spelled(each) for each in schema["enum"]]
    if "const" in lost:
        found["const"] = _spelled(schema["const"])
    kinds = list(dict.fromkeys(_kinds(schema)))
    if kinds and "string" not in kinds:
        found["type"] = [*kinds, "string"]
    return found


def _is_lost(value: Any) -> bool:
    return any(not is_kept(number) for _, number in numbers(value))


def _spelled(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not is_kept(value) else value


def _widened(schema: dict[str, Any]) -> dict[str, Any]:
    kinds = set(_kinds(schema))
    if "string" in kinds or not kinds & {"integer", "number"}:
        return schema
    return {"anyOf": [schema, {"type": "string", "description": AS_STRING}]}
