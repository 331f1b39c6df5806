"""Values in a few words, with no code of their own classes run, bounded in length, depth and time.

The methods are the built-in types' own (`dict.items(value)`): a subclass may have others.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import math
import pathlib
import types
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from .credentials import Censor

STRING_CHARS = 200
LONGEST_SECRET = 4_000  # characters: a string is censored before it is cut
MOST_ITEMS = 20
MOST_DEPTH = 3

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
    for kind in classes(value):
        own = held_by(kind).get("__dict__")
        if type(own) is types.GetSetDescriptorType:
            held = own.__get__(value, type(value))
            if type(held) is dict:
                found.update((k, v) for k, v in held.items() if type(k) is str)
            break
    return found


_PLAIN = (datetime.datetime, datetime.date, datetime.time, datetime.timedelta, decimal.Decimal,
          fractions.Fraction, uuid.UUID, pathlib.PosixPath, pathlib.WindowsPath,
          pathlib.PurePosixPath, pathlib.PureWindowsPath, range, complex)  # fmt: skip


@dataclass
class Look:
    """A look at values: what may be shown of them, and what was left out so far."""

    censor: Censor = field(default_factory=Censor)
    string_chars: int = STRING_CHARS
    most_items: int = MOST_ITEMS

    def brief(self, value: Any, name: str = "", depth: int = MOST_DEPTH) -> str:
        """A value in a few words; `name` is what it is called where it stands."""
        kind = type(value)
        if value is None or kind is bool or value is Ellipsis:
            return str(value)
        if name and self.censor.hides(name) and _may_be_secret(value):
            return self.censor.left_out(name)
        if isinstance_safe(value, str):
            return self._string(value)
        if isinstance_safe(value, enum.Enum):
            return f"{class_name(value)}.{attributes(value).get('_name_', '?')}"
        if isinstance_safe(value, int):
            return _integer(value)
        if isinstance_safe(value, float):
            return float.__repr__(value)
        if isinstance_safe(value, bytes | bytearray):
            return self._bytes(value)
        if kind in _PLAIN:
            return self.censor(str(value)[: self.string_chars])
        if (scalar := self._scalar(value)) is not None:
            return scalar
        return self._container(value, depth)

    def text(self, text: str, chars: int) -> str:
        """The beginning of a string without credentials."""
        size = str.__len__(text)
        clean = self.censor(str.__getitem__(text, slice(0, chars + LONGEST_SECRET)))
        if len(clean) <= chars and size <= chars + LONGEST_SECRET:
            return clean
        return f"{clean[:chars]}… ({size:,} characters)"

    def pairs(self, pairs: Iterable[tuple[object, object]], size: int, depth: int) -> str:
        """Names or keys with their values, as far as there is room."""
        words = [
            f"{self.brief(k, depth=0)}: {self.brief(v, _key_name(k), depth)}"
            for k, v in islice(pairs, self.most_items)
        ]
        return ", ".join(_with_rest(words, size))

    def _string(self, value: str) -> str:
        return repr(self.text(value, self.string_chars))

    def _bytes(self, value: bytes | bytearray) -> str:
        size = memoryview(value).nbytes
        start = bytes(memoryview(value)[: 40 + LONGEST_SECRET])
        return f"b{self.text(start.decode('latin-1'), 40)!r} ({size:,} bytes)"

    def _scalar(self, value: object) -> str | None:
        """A single number or moment of numpy or pandas."""
        for module, name in names(value):
            if module == "numpy" and name == "generic":
                held: Any = value
                plain = held.item()
                return class_name(value) if plain is value or _strange(plain) else self.brief(plain)
            if module == "pandas" and name in ("Timestamp", "Timedelta", "Period", "NaTType",
                                               "NAType", "Interval"):  # fmt: skip
                return self.censor(str(value)[: self.string_chars])
        return None

    def _container(self, value: object, depth: int) -> str:
        what = class_name(value)
        if isinstance_safe(value, dict):
            held: Any = value
            size = dict.__len__(held)
            label = "" if type(value) is dict else what
            if depth <= 0 and size:
                return f"{label or 'dict'} of {size:,}"
            return f"{label}{{{self.pairs(dict.items(held), size, depth - 1)}}}"
        for base, marks in ((list, "[]"), (tuple, "()"), (set, "{}"), (frozenset, "{}")):
            if isinstance_safe(value, base):
                return self._sequence(value, base, marks, depth)
        return self._other(value, depth)

    def _sequence(self, value: Any, base: Any, marks: str, depth: int) -> str:
        size = base.__len__(value)
        fields = in_class(value, "_fields")
        if depth <= 0 and size:
            return f"{class_name(value)} of {size:,}"
        inside = islice(base.__iter__(value), self.most_items)
        if base is tuple and type(fields) is tuple and all(type(f) is str for f in fields):
            each = [
                f"{n}={self.brief(v, n, depth - 1)}" for n, v in zip(fields, inside, strict=False)
            ]
            return f"{class_name(value)}({', '.join(_with_rest(each, size))})"
        label = "" if type(value) in (list, tuple, set) else class_name(value)
        words = _with_rest([self.brief(v, depth=depth - 1) for v in inside], size)
        return f"{label}{marks[0]}{', '.join(words)}{marks[1]}"

    def _other(self, value: Any, depth: int) -> str:
        what = class_name(value)
        if isinstance_safe(value, type):
            return f"class {name_of_class(value)}"
        if type(value) in (types.FunctionType, types.BuiltinFunctionType, types.MethodType):
            return f"function {getattr(value, '__qualname__', '?')}"
        if type(value) is types.ModuleType:
            return f"module {value.__name__}"
        shaped = {m for m, _ in names(value)} & SHAPED
        if shaped:
            shape: Any = getattr(value, "shape", None)
            if type(shape) is tuple and all(type(n) is int for n in shape):
                return f"{what} {' x '.join(map(str, shape))}"
            return what
        if depth <= 0:
            return f"<{what}>"
        held = attributes(value)
        if not held:
            return f"<{what}>"
        shown = [
            f"{n}={self.brief(v, n, depth - 1)}" for n, v in islice(held.items(), self.most_items)
        ]
        return f"{what}({', '.join(_with_rest(shown, len(held)))})"


SHAPED = {"numpy", "pandas", "polars", "torch", "jaxlib", "jax", "xarray"}
"""Libraries whose values have a `shape` that costs nothing."""


def isinstance_safe(value: object, kind: Any) -> bool:
    """`isinstance` by the true class: neither `__class__` nor a metaclass is asked."""
    wanted = kind.__args__ if isinstance(kind, types.UnionType) else (kind,)
    return any(k is w for k in classes(value) for w in wanted)


def _may_be_secret(value: object) -> bool:
    return isinstance_safe(value, str | bytes | bytearray | int | list | tuple | set | dict)


def _strange(value: object) -> bool:
    return type(value) not in (
        int, float, bool, str, bytes, complex, datetime.datetime, datetime.date,
        datetime.timedelta, tuple, type(None),
    )  # fmt: skip


def _integer(value: int) -> str:
    bits = int.bit_length(value)
    return int.__repr__(value) if bits <= 256 else f"int of {bits:,} bits"


def _key_name(key: object) -> str:
    return str.__str__(key) if isinstance_safe(key, str) else ""


def _with_rest(words: list[str], size: int) -> list[str]:
    more = size - len(words)
    return [*words, f"… {more:,} more"] if more > 0 else words


def number(value: float) -> str:
    """A number in few digits."""
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:.6g}"
    return str(value)
