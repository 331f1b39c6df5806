"""Reads what a server tells where it may be anything. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def number(value: object) -> float:
    """Return a number that was told, 0 for anything else."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0


def whole(value: object) -> int:
    """Return a whole number that was told, 0 for anything else, inf and nan too."""
    told = number(value)
    return int(told) if abs(told) < 1e15 else 0


def items(value: object) -> list[Any]:
    """Return a list that was told, an empty one for anything else."""
    return value if isinstance(value, list) else []


def objects(value: object) -> list[Mapping[str, Any]]:
    """Return the objects of a list that was told."""
    return [one for one in items(value) if isinstance(one, Mapping)]
