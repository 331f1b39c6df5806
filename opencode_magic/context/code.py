"""Functions, classes and modules: their source, or their names."""

from __future__ import annotations

import functools
import inspect
import sys
import types
from typing import Any

from .classes import class_name, isinstance_safe, module_of_class, name_of_class
from .description import Description, register
from .looking import Look, name_of_function, names_in

MOST_NAMES = 40
SOURCE_CHARS = 12_000


@register(types.FunctionType)
def _function(value: Any, look: Look) -> Description:
    name = f"function {value.__qualname__}"
    return Description(f"{name} of {value.__module__}\n{_source(value, look)}", name)


@register(types.MethodType)
def _method(value: Any, look: Look) -> Description | None:
    inner = value.__func__
    return _function(inner, look) if type(inner) is types.FunctionType else None


@register(functools.partial)
def _partial(value: Any, look: Look) -> Description:
    inner = value.func
    name = f"partial of {name_of_function(inner) or class_name(inner)}"
    given = look.brief(value.args), look.brief(value.keywords)
    return Description(f"{name}\narguments: {given[0]} {given[1]}", name)


@register(type)
def _class(value: Any, look: Look) -> Description:
    name = f"class {name_of_class(value)}"
    return Description(f"{name} of {module_of_class(value)}\n{_source(value, look)}", name)


@register(types.BuiltinFunctionType)
def _builtin(value: Any, look: Look) -> Description:
    name = f"function {value.__qualname__}"
    doc = value.__doc__ if type(value.__doc__) is str else ""
    return Description(f"{name} of {value.__module__}\n{look.text(doc, 1_000)}", name)


@register(types.ModuleType)
def _module(value: Any, look: Look) -> Description:
    held = names_in(value)
    own = held.get("__name__")
    name = own if type(own) is str else "?"
    version = held.get("__version__")
    version = version if type(version) is str else _installed(name)
    label = f"module {name} {version}".strip()
    public = [n for n in held if not n.startswith("_")]
    doc = held.get("__doc__")
    lines = [label]
    if type(doc) is str and doc.strip():
        lines.append(look.text(doc.strip().partition("\n")[0], 300))
    more = len(public) - MOST_NAMES
    listed = ", ".join(public[:MOST_NAMES]) + (f", … {more:,} more" if more > 0 else "")
    return Description("\n".join([*lines, f"names: {listed}"]), label)


def _source(value: Any, look: Look) -> str:
    if isinstance_safe(value, type) and module_of_class(value) == "builtins":
        return "(no source)"
    try:
        source = inspect.getsource(_written(value))
    except (OSError, TypeError):
        signature = ""
        if type(value) is types.FunctionType:
            code = value.__code__
            signature = f"({', '.join(code.co_varnames[: code.co_argcount])})"
        return f"(no source){signature}"
    return look.text(source, SOURCE_CHARS)


def _written(value: Any) -> Any:
    """Return what has the source: of a function its code, or the code of the function it wraps.

    By itself, `inspect` would follow `__wrapped__` through objects of any class.
    """
    if type(value) is not types.FunctionType:
        return value
    for _ in range(20):
        inner = value.__dict__.get("__wrapped__")
        if type(inner) is not types.FunctionType:
            break
        value = inner
    return value.__code__


def _installed(name: str) -> str:
    from importlib import metadata  # late: slow to load, seldom needed

    top = name.partition(".")[0]
    if top in sys.builtin_module_names or top in sys.stdlib_module_names:
        return f"of Python {sys.version_info.major}.{sys.version_info.minor}"
    try:
        return metadata.version(top)
    except (metadata.PackageNotFoundError, ValueError):
        return ""
