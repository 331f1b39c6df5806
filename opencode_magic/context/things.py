"""Builtin containers, dataclasses and models, and objects in general."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from itertools import islice
from typing import Any

from .describing import Description, describe
from .looking import Look, attributes, class_name, in_class, isinstance_safe

MOST_LINES = 60
TEXT_CHARS = 8_000


@describe.register(str)
def _string(value: Any, look: Look) -> Description:
    size = str.__len__(value)
    return Description(look.text(value, TEXT_CHARS), f"{class_name(value)} of {size:,} characters")


@describe.register(dict)
def _mapping(value: Any, look: Look) -> Description:
    size = dict.__len__(value)
    label = f"{class_name(value)} of {size:,}"
    lines = (
        f"{look.brief(k, depth=1)}: {look.brief(v, k if type(k) is str else '')}"
        for k, v in islice(dict.items(value), MOST_LINES)
    )
    return Description(_listed(label, lines, size), label)


def _sequence(value: Any, look: Look) -> Description | None:
    if type(in_class(value, "_fields")) is tuple:
        return None
    base: Any = next(b for b in (list, tuple, set, frozenset) if isinstance_safe(value, b))
    size = base.__len__(value)
    label = f"{class_name(value)} of {size:,}"
    first = list(islice(base.__iter__(value), 1_000))
    kinds: dict[str, int] = {}
    for each in first:
        kinds[class_name(each)] = kinds.get(class_name(each), 0) + 1
    of = ", ".join(f"{count} {kind}" for kind, count in list(kinds.items())[:8])
    lines = (look.brief(v) for v in first[:MOST_LINES])
    head = f"{label} ({of}{' in the first 1,000' * (size > 1_000)})" if of else label
    return Description(_listed(head, lines, size), label)


for _base in (list, tuple, set, frozenset):
    describe.register(_base)(_sequence)


@describe.register("pydantic", "BaseModel")
def _model(value: Any, look: Look) -> Description | None:
    if isinstance_safe(value, type):
        return None
    return _of_fields(value, look)


def general(value: Any, look: Look) -> Description:
    """An object by what lies in it."""
    if isinstance_safe(value, BaseException):
        from .failure import failure

        return failure(value, censor=look.censor)
    if value is None or isinstance_safe(value, int | float | complex | bytes | enum.Enum):
        return Description(f"{class_name(value)}: {look.brief(value)}", class_name(value))
    if in_class(value, "__dataclass_fields__") is not None or attributes(value):
        return _of_fields(value, look)
    return Description(look.brief(value), class_name(value))


def _of_fields(value: Any, look: Look) -> Description:
    held = {k: v for k, v in attributes(value).items() if not k.startswith("__")}
    label = f"{class_name(value)} with {len(held)} field{'s' * (len(held) != 1)}"
    lines = (
        f"{name}: {class_name(v)} = {look.brief(v, name)}"
        for name, v in islice(held.items(), MOST_LINES)
    )
    return Description(_listed(label, lines, len(held)), label)


def _listed(head: str, lines: Iterable[str], size: int) -> str:
    shown = list(lines)
    more = size - len(shown)
    rest = [f"… {more:,} more"] if more > 0 else []
    return "\n".join([head, *(f"  {line}" for line in [*shown, *rest])])
