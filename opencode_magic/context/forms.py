"""Which values of a notebook can be the form of an answer (`--schema`); no code of theirs runs."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import islice
from typing import Any

from .classes import bases, held_by, isinstance_safe, names_of_class
from .notebook import Notebook

FRAME = "DataFrame"
_TYPES = {"object", "array", "string", "number", "integer", "boolean", "null"}
_SAYING = {"properties": dict, "items": dict, "anyOf": list, "oneOf": list, "allOf": list,
           "enum": list, "$ref": str}  # fmt: skip
MOST_KEYS = 50  # of a dict that are looked at


def forms(notebook: Notebook) -> Iterator[tuple[str, str]]:
    """Yield name and kind of each form, and pandas' DataFrame, which needs no variable."""
    for name in notebook.variables():
        if kind := kind_of(notebook.names[name]):
            yield name, kind
    if not notebook.has(FRAME) and ("pandas" in sys.modules or find_spec("pandas") is not None):
        yield FRAME, "frame"


def kind_of(value: Any) -> str:
    """Return what kind of form a value is; "" where it is none."""
    if type(value) is types.GenericAlias:
        return "list" if any(kind_of(inner) for inner in value.__args__) else ""
    if type(value) is dict:
        return "JSON schema" if _is_schema(value) else ""
    return _kind_of_class(value) if isinstance_safe(value, type) else ""


def _kind_of_class(kind: type) -> str:
    own, *derived = names_of_class(kind)
    if own == ("pandas", FRAME):
        return "frame"
    if ("pydantic", "BaseModel") in derived:
        return "pydantic model"
    if own[0] == "pydantic":
        return ""
    if ("msgspec", "Struct") in derived:
        return "Struct"
    held = {name for base in bases(kind) for name in held_by(base)}
    if "__dataclass_fields__" in held:
        return "dataclass"
    return "TypedDict" if {"__total__", "__required_keys__"} <= held else ""


def _is_schema(value: dict[Any, Any]) -> bool:
    given = {k: v for k, v in islice(dict.items(value), MOST_KEYS) if type(k) is str}
    said = given.get("type")
    if type(said) is str:
        return said in _TYPES
    return any(type(given.get(key)) is kind for key, kind in _SAYING.items())
