"""Which values of a notebook can be the form of an answer (`--schema`): none of their code runs."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import islice
from typing import Any

from .looking import isinstance_safe, module_of_class, name_of_class
from .notebook import Notebook

FRAME = "DataFrame"
_TYPES = {"object", "array", "string", "number", "integer", "boolean", "null"}
_SAYING = {"properties": dict, "items": dict, "anyOf": list, "oneOf": list, "allOf": list,
           "enum": list, "$ref": str}  # fmt: skip
MOST_KEYS = 50  # of a dict that are looked at


def forms(notebook: Notebook) -> Iterator[tuple[str, str]]:
    """Name and kind of each, and the frame that needs no name of the user's."""
    for name in notebook.variables():
        if kind := kind_of(notebook.names[name]):
            yield name, kind
    if not notebook.has(FRAME) and ("pandas" in sys.modules or find_spec("pandas") is not None):
        yield FRAME, "frame"


def kind_of(value: Any) -> str:
    """What kind of form a value is; "" where it is none."""
    if type(value) is types.GenericAlias:
        return "list" if any(kind_of(inner) for inner in value.__args__) else ""
    if type(value) is dict:
        return "JSON schema" if _is_schema(value) else ""
    return _kind_of_class(value) if isinstance_safe(value, type) else ""


def _kind_of_class(kind: type) -> str:
    bases = [(module_of_class(k).partition(".")[0], name_of_class(k)) for k in _bases(kind)]
    if bases[0] == ("pandas", FRAME):
        return "frame"
    if ("pydantic", "BaseModel") in bases[1:]:
        return "pydantic model"
    if bases[0][0] == "pydantic":
        return ""
    if ("msgspec", "Struct") in bases[1:]:
        return "Struct"
    held = _held(kind)
    if "__dataclass_fields__" in held:
        return "dataclass"
    return "TypedDict" if {"__total__", "__required_keys__"} <= held.keys() else ""


def _is_schema(value: dict[Any, Any]) -> bool:
    given = {k: v for k, v in islice(dict.items(value), MOST_KEYS) if type(k) is str}
    said = given.get("type")
    if type(said) is str:
        return said in _TYPES
    return any(type(given.get(key)) is kind for key, kind in _SAYING.items())


_mro_of = type.__dict__["__mro__"].__get__
_dict_of = type.__dict__["__dict__"].__get__


def _bases(kind: type) -> tuple[type, ...]:
    found: tuple[type, ...] = _mro_of(kind)
    return found


def _held(kind: type) -> dict[str, Any]:
    """What a class itself and those it derives from hold."""
    return {
        name: value for base in reversed(_bases(kind)) for name, value in _dict_of(base).items()
    }
