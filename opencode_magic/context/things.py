"""Builtin containers, dataclasses and models, and objects in general."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from itertools import islice
from typing import Any

from .classes import attributes, class_name, in_class, isinstance_safe
from .description import Description, register
from .failure import failure
from .looking import Look, fields_of
from .plain import inside_of

MOST_LINES = 60
TEXT_CHARS = 8_000
_SEQUENCES: tuple[Any, ...] = (list, tuple, set, frozenset, deque)


@register(str)
def _string(value: Any, look: Look) -> Description:
    size = str.__len__(value)
    return Description(look.text(value, TEXT_CHARS), f"{class_name(value)} of {size:,} characters")


@register(dict)
def _mapping(value: Any, look: Look) -> Description:
    return _keys(f"{class_name(value)} of {dict.__len__(value):,}", value, look)


def _keys(label: str, value: dict[Any, Any], look: Look) -> Description:
    items = look.items(dict.items(value))
    lines = (f"{look.brief(k, depth=1)}: {look.brief(v)}" for k, v in items[:MOST_LINES])
    return Description(_listed(label, lines, dict.__len__(value)), label)


def _sequence(value: Any, look: Look) -> Description | None:
    if fields_of(value):
        return None
    base: Any = next(b for b in _SEQUENCES if isinstance_safe(value, b))
    ordered = base not in (set, frozenset)
    first = list(islice(base.__iter__(value), 1_000))
    return _members(f"{class_name(value)} of {base.__len__(value):,}", first,
                    base.__len__(value), look, ordered=ordered)  # fmt: skip


def _members(label: str, first: list[Any], size: int, look: Look, *, ordered: bool) -> Description:
    kinds = Counter(map(class_name, first))
    of = ", ".join(f"{count} {kind}" for kind, count in list(kinds.items())[:8])
    shown = look.values(first[:MOST_LINES], among_rows=False, ordered=ordered)
    lines = (look.brief(v, among_rows=True) for v in shown)
    head = f"{label} ({of}{' in the first 1,000' * (size > 1_000)})" if of else label
    return Description(_listed(head, lines, size), label)


for _base in _SEQUENCES:
    register(_base)(_sequence)


@register("pydantic", "BaseModel")
def _model(value: Any, look: Look) -> Description | None:
    if isinstance_safe(value, type):
        return None
    return _of_fields(value, look)


def general(value: Any, look: Look) -> Description:
    """Describe an object of an unknown class by what it holds, without running its code."""
    if isinstance_safe(value, BaseException):
        return failure(value, censor=look.censor)
    what = class_name(value)
    if value is None or (words := look.scalar(value)) is not None:
        return Description(f"{what}: {look.brief(value) if value is None else words}", what)
    if (inside := inside_of(value)) is not None:
        label = f"{what} of {len(inside):,}" if type(inside) is list else what
        if isinstance_safe(inside, dict):
            return _keys(f"{what} of {dict.__len__(inside):,}", inside, look)
        return _members(label, inside, len(inside), look, ordered=True)
    if in_class(value, "__next__") is not None:
        return Description(f"{what}, an iterator: nothing was taken from it", what)
    if in_class(value, "__dataclass_fields__") is not None or attributes(value):
        return _of_fields(value, look)
    return Description(look.brief(value), what)


def _of_fields(value: Any, look: Look) -> Description:
    held = {k: v for k, v in attributes(value).items() if not k.startswith("__")}
    label = f"{class_name(value)} with {len(held)} field{'s' * (len(held) != 1)}"
    lines = (
        f"{look.line(name, 80)}: {class_name(held[name])} = {look.brief(v)}"
        for name, v in look.items(held.items())[:MOST_LINES]
    )
    return Description(_listed(label, lines, len(held)), label)


def _listed(head: str, lines: Iterable[str], size: int) -> str:
    shown = list(lines)
    more = size - len(shown)
    rest = [f"… {more:,} more"] if more > 0 else []
    return "\n".join([head, *(f"  {line}" for line in [*shown, *rest])])
