"""What the interpreter itself knows of a value: its classes and its attributes.

No code of the value's own class runs: no property, no metaclass, no `__getattr__`.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

bases: Callable[[type], tuple[type, ...]] = type.__dict__["__mro__"].__get__
"""Return a class and all it derives from."""
held_by: Callable[[type], Mapping[str, Any]] = type.__dict__["__dict__"].__get__
"""Return what a class itself holds, without what it inherits."""
name_of_class: Callable[[type], str] = type.__dict__["__name__"].__get__
"""Return the name of a class."""


def classes(value: object) -> tuple[type, ...]:
    """Return the classes of a value, its own first."""
    return bases(type(value))


def class_name(value: object) -> str:
    """Return the name of a value's class."""
    return name_of_class(type(value))


def module_of_class(kind: type) -> str:
    """Return the module that a class says it is from; "" where that is no text."""
    try:
        module = type.__dict__["__module__"].__get__(kind)
    except AttributeError:
        return ""
    return module if type(module) is str else ""


def names(value: object) -> Iterator[tuple[str, str]]:
    """Yield the library (the first part of the module) and the name of each class of a value."""
    return names_of_class(type(value))


def names_of_class(kind: type) -> Iterator[tuple[str, str]]:
    """Yield the library and the name of a class and of all it derives from."""
    for base in bases(kind):
        yield module_of_class(base).partition(".")[0], name_of_class(base)


def in_class(value: object, name: str) -> Any:
    """Return what a value's classes hold under a name; None if nothing. No descriptor runs."""
    return next((held_by(kind)[name] for kind in classes(value) if name in held_by(kind)), None)


def attributes(value: object) -> dict[str, Any]:
    """Return the attributes that an instance itself holds; no property runs."""
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
    """Return `isinstance` by the true class: neither `__class__` nor a metaclass is asked."""
    wanted = kind.__args__ if isinstance(kind, types.UnionType) else (kind,)
    return any(k is w for k in classes(value) for w in wanted)
