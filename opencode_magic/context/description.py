"""A value in words, and the describers that put values of known classes into words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..text.characters import sound
from .classes import names_of_class
from .looking import Look


@dataclass(frozen=True)
class Description:
    """A value in words.

    Parameters
    ----------
    text:
        what the model reads.
    label:
        a few words for a person: `DataFrame 891 x 12`.
    left_out:
        the names or kinds of the credentials that were taken out.
    """

    text: str
    label: str
    left_out: tuple[str, ...] = ()


Describer = Callable[[Any, Look], "Description | None"]

KNOWN: dict[tuple[str, str], Describer] = {}
"""The describers by the first part of the module's name, and the name of the class."""


def register(library: str | type, name: str = "") -> Callable[[Describer], Describer]:
    """Register a function `(value, look) -> Description` for a class and its subclasses.

    Where it returns None, the next describer is asked.

    Parameters
    ----------
    library:
        the first part of the module's name, or the class itself.
    name:
        the name of the class.
    """
    key = next(names_of_class(library)) if isinstance(library, type) else (library, name)

    def keep(describer: Describer) -> Describer:
        KNOWN[key] = describer
        return describer

    return keep


def cut(text: str, budget: int) -> str:
    """Return the beginning of a text that fits into `budget` bytes, with a line that says so."""
    data = sound(text).encode()
    if len(data) <= budget:
        return data.decode()
    note = f"\n… cut: {len(data):,} bytes, of which {budget:,} are shown"
    room = max(0, budget - len(note.encode()))
    kept = data[:room] + note.encode() if room else note.strip().encode()[:budget]
    return kept.decode("utf-8", "ignore")
