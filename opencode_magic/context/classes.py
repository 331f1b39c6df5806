"""What the interpreter itself knows of a value: its classes, and what lies in it.

No code of the value's own class runs: no property, no metaclass, no `__getattr__`.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from typing import Any

_mro_of = type.__dict__["__mro__"].__get__
_dict_of = type.__dict__["__dict__"].__get__


def bases(kind: type) -> tuple[type, ...]:
    """A class and all it derives from; no metaclass is asked."""
    found: tuple[type, ...] = _mro_of(kind)
    return found


def held_by(kind: type) -> Mapping[str, Any]:
    """What a class itself holds, from the interpreter; not what it derives from."""
    held: Mapping[str, Any] = _dict_of(kind)
    return held


def classes(value: object) -> tuple[type, ...]:
    """The classes of a value, its own first."""
    return bases(type(value))


def class_name(value: object) -> str:
    """The name of a value's class."""
    return name_of_class(type(value))


def name_of_class(kind: type) -> str:
    """The name of a class, from the interpreter itself."""
    name: str = type.__dict__["__name__"].__get__(kind)
    return name


def module_of_class(kind: type) -> str:
    """The module a class says it is of; "" where that is no text."""
    try:
        module = type.__dict__["__module__"].__get__(kind)
    except AttributeError:
        return ""
    return module if type(module) is str else ""


def names(value: object) -> Iterator[tuple[str, str]]:
    """The library (first part of the module) and name of each class of a value."""
    return names_of_class(type(value))


def names_of_class(kind: type) -> Iterator[tuple[str, str]]:
    """The same of a class and all it derives from."""
    for base in bases(kind):
        yield module_of_class(base).partition(".")[0], name_of_class(base)


def in_class(value: object, name: str) -> Any:
    """What the classes of a value hold under a name, no descriptor run; None if nothing."""
    for kind in classes(value):
        held = held_by(kind)
        if name in held:
            return held[name]
    return None


def attributes(value: object) -> dict[str, Any]:
    """The attributes of an instance, as they lie in it: no property runs."""
    found: dict[str, Any] = {}
    for kind in classes(value):
        for name, slot in held_by(kind).items():
            if type(slot) is types.MemberDescriptorType and name not in found:
                try:
                    found[name] = slot.__get__(value, type(value))
                except AttributeError:
                    continue
    if type(named := found.pop("__dict__", None)) is dict:  # as a `SimpleNamespace` keeps it
        found.update((k, v) for k, v in named.items() if type(k) is str)
    for kind in classes(value):
        own = held_by(kind).get("__dict__")
        if type(own) is types.GetSetDescriptorType:
            held = own.__get__(value, type(value))
            if type(held) is dict:
                found.update((k, v) for k, v in held.items() if type(k) is str)
            break
    return found


def isinstance_safe(value: object, kind: Any) -> bool:
    """`isinstance` by the true class: neither `__class__` nor a metaclass is asked."""
    wanted = kind.__args__ if isinstance(kind, types.UnionType) else (kind,)
    return any(k is w for k in classes(value) for w in wanted)
