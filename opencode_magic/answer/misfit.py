"""Check a value against a JSON schema: what does not fit, and where, in one line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..errors import InputError
from ..signals import LateError, limited
from ..text.visible import one_line

Path = tuple[str | int, ...]

MOST_S = 5.0
"""Seconds for one value: a pattern can take for ever. In other threads nothing ends the check."""
MOST_CHARS = 80  # of a value that is named
MOST_WORDS = 400  # characters of what is said of it


class MisfitError(ValueError):
    """A value has not the form that was asked for; the message says where."""


def checker(schema: Mapping[str, Any], name: str) -> Callable[[Any], None]:
    """Return the check that raises `MisfitError` for a value which does not fit a schema.

    Raises `InputError` where the schema itself is wrong, or refers to what is not in it: nothing
    is ever fetched.
    """
    import jsonschema  # late: takes 0.1 s, and few turns have a JSON schema
    from jsonschema_specifications import REGISTRY  # late: comes with it

    newest = jsonschema.Draft202012Validator
    known = isinstance(schema.get("$schema"), str)
    kind = jsonschema.validators.validator_for(schema, newest) if known else newest
    try:
        kind.check_schema(schema)
        lost = _leads_nowhere(schema, kind, REGISTRY)
    except jsonschema.SchemaError as error:
        raise InputError(f"the JSON schema itself is wrong: {_said(error)}") from error
    except RecursionError:
        raise InputError(f"the JSON schema of {name} is nested too deeply") from None
    if lost:
        raise InputError(f"{name} refers to {lost!r}, which is not in it; nothing is fetched")
    validator = kind(schema, registry=REGISTRY)

    def check(value: Any) -> None:
        error = jsonschema.exceptions.best_match(validator.iter_errors(value))
        if error is not None:
            raise MisfitError(f"{_said(error)}{at(error.absolute_path)}")

    return check


@contextmanager
def bounded() -> Iterator[None]:
    """Raise `MisfitError` where a value is too deep for the work inside, or takes it too long."""
    try:
        with limited(MOST_S):
            yield
    except RecursionError:
        raise MisfitError("a value that is nested too deeply") from None
    except LateError:
        raise MisfitError(f"a value that cannot be checked within {MOST_S:.0f} s") from None


def at(path: Iterable[str | int]) -> str:
    """Return a path as words that follow a message, ` - at a.0`; "" for the whole value."""
    where = ".".join(map(str, path))
    return f" - at {where}" if where else ""


def _leads_nowhere(schema: Mapping[str, Any], kind: Any, known: Any) -> str:
    """Return the first reference that cannot be resolved; "" for none.

    Raises `jsonschema.SchemaError` where what is referred to is no schema.
    """
    from referencing.exceptions import Unresolvable  # late: comes with jsonschema
    from referencing.jsonschema import specification_with

    spoken = specification_with(kind.META_SCHEMA["$schema"])
    left: list[Any] = [(schema, known.resolver_with_root(spoken.create_resource(schema)))]
    seen: set[int] = set()
    while left:
        held, above = left.pop()
        if not isinstance(held, Mapping) or id(held) in seen:
            continue
        seen.add(id(held))
        resolver = above.in_subresource(spoken.create_resource(held))
        for word in ("$ref", "$dynamicRef"):
            if word not in held:
                continue
            try:
                found = resolver.lookup(held[word])
            except (Unresolvable, ValueError):
                return str(held[word])
            kind.check_schema(found.contents)
            left.append((found.contents, found.resolver))
        left += [(inner, resolver) for inner in spoken.subresources_of(held)]
    return ""


def _said(error: Any) -> str:
    """Return the message of an error, with the value in it shortened."""
    words = error.message.replace(repr(error.instance), _shown(error.instance))
    return one_line(words, chars=MOST_WORDS)


def _shown(value: Any) -> str:
    return one_line(repr(value), chars=MOST_CHARS)
