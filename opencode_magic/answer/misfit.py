"""A value against a JSON schema, as far as the small part of the standard goes that is known here.

For where the `jsonschema` package is not installed. A schema that says more than is known here is
found out beforehand (`beyond`): it is never checked by half.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

Path = tuple[str | int, ...]

_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda v: isinstance(v, Mapping),
    "array": lambda v: isinstance(v, list | tuple),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    "integer": lambda v: (
        not isinstance(v, bool)
        and (isinstance(v, int) or (isinstance(v, float) and v.is_integer()))
    ),
}
_SAYS_NOTHING = {"title", "description", "default", "examples", "$schema", "$id", "$comment",
                 "deprecated", "readOnly", "writeOnly"}  # fmt: skip
_KNOWN = {"type", "properties", "required", "enum", "const", "items", "additionalProperties"}

_HOLDS: Mapping[str, Any] = {
    "type": str | list,
    "properties": Mapping,
    "required": list | tuple,
    "enum": list | tuple,
}


class MisfitError(ValueError):
    """A value is not of the form that was asked for; the message says where."""


def beyond(schema: Any) -> str:
    """What a schema says that cannot be checked here; "" where all of it can."""
    if isinstance(schema, bool):
        return ""
    if not isinstance(schema, Mapping):
        return f"{schema!r} in place of a schema"
    for word in schema:
        if word not in _KNOWN | _SAYS_NOTHING:
            return f"`{word}`"
    kinds = _kinds(schema)
    if unknown := next((kind for kind in kinds if kind not in _TYPES), None):
        return f"the type {unknown!r}"
    for name, kind in _HOLDS.items():
        if name in schema and not isinstance(schema[name], kind):
            return f"`{name}` of another form"
    inner = [*schema.get("properties", {}).values()]
    inner += [schema[name] for name in ("items", "additionalProperties") if name in schema]
    return next(filter(None, map(beyond, inner)), "")


def misfits(value: Any, schema: Any, path: Path = ()) -> Iterator[str]:
    """What is wrong with a value, and where, first to last."""
    if isinstance(schema, bool):
        if not schema:
            yield f"there must be no value{at(path)}"
        return
    kinds = _kinds(schema)
    if kinds and not any(_TYPES[kind](value) for kind in kinds):
        yield f"{_shown(value)} is not of type {' or '.join(map(repr, kinds))}{at(path)}"
        return
    if "enum" in schema and not any(_same(value, each) for each in schema["enum"]):
        allowed = ", ".join(map(_shown, schema["enum"]))
        yield f"{_shown(value)} is not one of {allowed}{at(path)}"
    if "const" in schema and not _same(value, schema["const"]):
        yield f"{_shown(value)} is not {_shown(schema['const'])}{at(path)}"
    if isinstance(value, Mapping):
        yield from _of_object(value, schema, path)
    if isinstance(value, list | tuple) and "items" in schema:
        for number, item in enumerate(value):
            yield from misfits(item, schema["items"], (*path, number))


def _of_object(value: Mapping[str, Any], schema: Mapping[str, Any], path: Path) -> Iterator[str]:
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{name!r} is a required property{at(path)}"
    known = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    for name, held in value.items():
        if name in known:
            yield from misfits(held, known[name], (*path, name))
        elif others is False:
            yield f"{name!r} was unexpected: no additional properties are allowed{at(path)}"
        else:
            yield from misfits(held, others, (*path, name))


def _kinds(schema: Mapping[str, Any]) -> Sequence[Any]:
    said = schema.get("type", ())
    return (said,) if isinstance(said, str) else tuple(said) if isinstance(said, list) else ()


def _same(one: Any, other: Any) -> bool:
    """Equal as JSON: 1 and 1.0 are, 1 and true are not."""
    if isinstance(one, bool) is not isinstance(other, bool):
        return False
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[k], other[k]) for k in one)
    return bool(one == other)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"


def at(path: Iterable[str | int]) -> str:
    """Where something is, behind what is said of it; nothing for the whole."""
    where = ".".join(map(str, path))
    return f" - at {where}" if where else ""
