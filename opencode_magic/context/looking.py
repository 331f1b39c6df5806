"""Values in a few words, bounded in length, depth and time, without running their classes' code.

The methods are those of the built-in types (`dict.items(value)`), as a subclass may have others.
"""

from __future__ import annotations

import enum
import math
import sys
import types
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from .classes import (
    attributes,
    class_name,
    in_class,
    isinstance_safe,
    module_of_class,
    name_of_class,
    names,
)
from .credentials import Censor
from .delimited import without_tables_secrets
from .naming import Blank, blanked_items, blanked_row, blanked_rows, is_code, is_kept
from .plain import inside_of, plain_words

STRING_CHARS = 200
LONGEST_SECRET = 4_000  # characters: a string is censored before it is cut
MOST_ITEMS = 20
MOST_DEPTH = 3
MOST_NAMES = 1_000
"""How many keys or fields are searched for the names of credentials."""
SHAPED = {"numpy", "pandas", "polars", "torch", "jaxlib", "jax", "xarray", "scipy"}
"""Libraries whose values have a `shape` that costs nothing."""
_SEQUENCES: tuple[tuple[Any, str], ...] = (
    (list, "[]"), (tuple, "()"), (set, "{}"), (frozenset, "{}"), (deque, "[]"),
)  # fmt: skip


@dataclass
class Look:
    """A look at values: what may be shown of them, and what was left out so far."""

    censor: Censor = field(default_factory=Censor)
    string_chars: int = STRING_CHARS
    most_items: int = MOST_ITEMS

    def brief(
        self, value: Any, name: str = "", depth: int = MOST_DEPTH, *, among_rows: bool = False
    ) -> str:
        """Return a value in a few words.

        Parameters
        ----------
        name:
            what the value is called where it stands; "" where it has no name.
        depth:
            how many levels of containers are shown.
        among_rows:
            whether the value is in a list, and may be a row of a table.
        """
        if type(value) is Blank:
            return self.censor.left_out(value.name)
        if value is None or type(value) is bool or value is Ellipsis:
            return str(value)
        if name and self.censor.hides(name) and not is_kept(value) and not is_code(value):
            return self.censor.left_out(name)
        if (words := self.scalar(value)) is not None:
            return words
        return self._container(value, depth, among_rows=among_rows)

    def scalar(self, value: Any) -> str | None:
        """Return a single number, text, moment or name in a few words; None for all else."""
        if isinstance_safe(value, str):
            return repr(self.text(value, self.string_chars))
        if isinstance_safe(value, enum.Enum):
            held = attributes(value)
            member = held.get("_name_")
            shown = member if type(member) is str else self.brief(held.get("_value_"))
            return f"{class_name(value)}.{shown}"
        if type(value) is bool:
            return str(value)
        if isinstance_safe(value, int):
            return _integer(value)
        if isinstance_safe(value, float):
            return float.__repr__(value)
        if isinstance_safe(value, bytes | bytearray | memoryview):
            return self._bytes(value)
        if (words := plain_words(value)) is not None:
            return self.text(words, self.string_chars)
        return self._of_library(value)

    def text(self, text: str, chars: int) -> str:
        """The beginning of a string without credentials."""
        size = str.__len__(text)
        start = str.__getitem__(text, slice(0, chars + LONGEST_SECRET))
        clean = self.censor(without_tables_secrets(start, self.censor))
        if len(clean) <= chars and size <= chars + LONGEST_SECRET:
            return clean
        return f"{clean[:chars]}… ({size:,} characters)"

    def line(self, text: str, chars: int) -> str:
        """Return a text that has to stay within its line, such as a column's name."""
        shown = self.text(text, chars)
        return shown if shown.isprintable() else repr(shown)

    def items(self, pairs: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
        """Return keys or fields with their values, those under a credential's name as blanks."""
        return blanked_items(islice(pairs, MOST_NAMES), self.censor)

    def values(self, values: Iterable[Any], *, among_rows: bool, ordered: bool = True) -> list[Any]:
        """Return what is in a list, with blanks under and beside the name of a credential.

        In a set, which is not `ordered`, nothing is beside anything else.
        """
        held = list(values)
        if not ordered:
            return held
        return blanked_rows(blanked_row(held, self.censor, among_rows=among_rows), self.censor)

    def _bytes(self, value: Any) -> str:
        try:
            size = memoryview(value).nbytes
            flat = memoryview(value).cast("B") if size and memoryview(value).c_contiguous else b""
        except (ValueError, TypeError):  # it was released, or has no plain form
            return f"<{class_name(value)}>"
        start = bytes(flat[: 40 + LONGEST_SECRET])
        mark = "memoryview " * (type(value) is memoryview)
        return f"{mark}b{self.text(start.decode('latin-1'), 40)!r} ({size:,} bytes)"

    def _of_library(self, value: Any) -> str | None:
        """Return a single number or moment of numpy or pandas in words; None for all else."""
        for module, name in names(value):
            if module == "numpy" and name == "generic":
                return self._of_numpy(value)
            if module == "pandas" and name in ("Timestamp", "Timedelta", "Period", "NaTType",
                                               "NAType", "Interval"):  # fmt: skip
                return self.text(str(value), self.string_chars)
        return None

    def _of_numpy(self, value: Any) -> str:
        kind = value.dtype.kind
        if kind == "V" and value.dtype.names:
            fields = ((name, value[name]) for name in value.dtype.names)
            return f"{class_name(value)}({self.pairs(self.items(fields), len(value), 1, '=')})"
        if kind in "mM" or type(plain := value.item()) is type(value):  # also a long double
            return str(value)
        return self.brief(plain)

    def _container(self, value: object, depth: int, *, among_rows: bool) -> str:
        what = class_name(value)
        if isinstance_safe(value, dict):
            held: Any = value
            size = dict.__len__(held)
            label = "" if type(value) is dict else what
            if depth <= 0 and size:
                return f"{label or 'dict'} of {size:,}"
            return f"{label}{{{self.pairs(self.items(dict.items(held)), size, depth - 1)}}}"
        for base, marks in _SEQUENCES:
            if isinstance_safe(value, base):
                return self._sequence(value, base, marks, depth, among_rows=among_rows)
        return self._other(value, depth)

    def _sequence(self, value: Any, base: Any, marks: str, depth: int, *, among_rows: bool) -> str:
        size = base.__len__(value)
        if depth <= 0 and size:
            return f"{class_name(value)} of {size:,}"
        if fields := fields_of(value):
            pairs = self.items(zip(fields, tuple.__iter__(value), strict=False))
            return f"{class_name(value)}({self.pairs(pairs, size, depth - 1, '=')})"
        label = "" if type(value) in (list, tuple, set) else class_name(value)
        inside = self.values(
            islice(base.__iter__(value), self.most_items),
            among_rows=among_rows, ordered=marks != "{}",
        )  # fmt: skip
        each = [self.brief(v, depth=depth - 1, among_rows=True) for v in inside]
        return f"{label}{marks[0]}{', '.join(_with_rest(each, size))}{marks[1]}"

    def pairs(
        self, pairs: Sequence[tuple[object, object]], size: int, depth: int, sign: str = ": "
    ) -> str:
        """Return keys or fields with their values, as far as there is room."""
        words = [
            f"{self._key(k, sign)}{sign}{self.brief(v, depth=depth)}"
            for k, v in pairs[: self.most_items]
        ]
        return ", ".join(_with_rest(words, size))

    def _key(self, key: object, sign: str) -> str:
        if sign == "=" and type(key) is str:
            return self.line(key, 80)
        return self.brief(key, depth=1)

    def _other(self, value: Any, depth: int) -> str:
        what = class_name(value)
        if isinstance_safe(value, type):
            return f"class {name_of_class(value)}"
        if (name := name_of_function(value)) is not None:
            return f"function {name}"
        if isinstance_safe(value, types.ModuleType):
            return f"module {names_in(value).get('__name__', '?')}"
        if {m for m, _ in names(value)} & SHAPED:
            return f"{what} {shape_of(value)}".strip()
        if depth > 0 and (inside := inside_of(value)) is not None:
            return f"{what} of {self.brief(inside, depth=depth)}"
        if in_class(value, "__next__") is not None:
            return f"<{what}: not consumed>"
        if depth <= 0 or not (held := attributes(value)):
            return f"<{what}>"
        return f"{what}({self.pairs(self.items(held.items()), len(held), depth - 1, '=')})"


def shape_of(value: Any) -> str:
    """Return the shape of an array or a table of a known library; "" where it has none.

    A subclass of a library's class may have a `shape` of its own, which is not asked.
    """
    library = module_of_class(type(value)).partition(".")[0]
    shape: Any = None
    if library in SHAPED and in_class(value, "shape") is not None:
        shape = getattr(value, "shape", None)
    elif "numpy" in sys.modules and isinstance_safe(value, sys.modules["numpy"].ndarray):
        shape = sys.modules["numpy"].ndarray.shape.__get__(value)
    plain = type(shape) is tuple and all(type(n) is int for n in shape)
    return " x ".join(map(str, shape)) if plain else ""


def name_of_function(value: Any) -> str | None:
    """Return the name of a function or a method; None for all else, which is not asked."""
    inner = value.__func__ if type(value) is types.MethodType else value
    if type(inner) not in (types.FunctionType, types.BuiltinFunctionType):
        return "?" if type(value) is types.MethodType else None
    name: str = inner.__qualname__
    return name


def names_in(module: Any) -> Mapping[str, Any]:
    """Return what a module holds; a lazy module is not loaded by that."""
    held: Mapping[str, Any] = _dict_of_module(module)
    return held


def fields_of(value: object) -> tuple[str, ...]:
    """Return the fields of a named tuple; none for all else."""
    fields = in_class(value, "_fields") if isinstance_safe(value, tuple) else None
    if type(fields) is tuple and all(type(f) is str for f in fields):
        return fields
    return ()


_dict_of_module: Any = types.ModuleType.__dict__["__dict__"].__get__  # type: ignore[index]


def _integer(value: int) -> str:
    bits = int.bit_length(value)
    return int.__repr__(value) if bits <= 256 else f"int of {bits:,} bits"


def _with_rest(words: list[str], size: int) -> list[str]:
    more = size - len(words)
    return [*words, f"… {more:,} more"] if more > 0 else words


def number(value: float) -> str:
    """Return a number in few digits."""
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:.6g}"
    return str(value)
