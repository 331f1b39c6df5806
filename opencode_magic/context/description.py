"""A value in words, and the describers that put values of known classes into words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..text.characters import sound
from .looking import Look


@dataclass(frozen=True)
class Description:
    """A value in words.

    `text` is for the model, `label` a few words for a reader (`DataFrame 891 x 12`), `left_out` the
    names or kinds of credentials that were taken out.
    """

    text: str
    label: str
    left_out: tuple[str, ...] = ()


Describer = Callable[[Any, Look], "Description | None"]

KNOWN: dict[tuple[str, str], Describer] = {}
"""The describers by the first part of the module's name and the name of the class."""


def register(library: str | type, name: str = "") -> Callable[[Describer], Describer]:
    """Use a function `(value, look) -> Description` for a class and those derived from it.

    Parameters
    ----------
    library:
        the first part of the module's name, or the class itself.
    name:
        the name of the class.
    """
    if isinstance(library, type):
        key = (library.__module__.partition(".")[0], library.__name__)
    else:
        key = (library, name)

    def keep(describer: Describer) -> Describer:
        KNOWN[key] = describer
        return describer

    return keep


def cut(text: str, budget: int) -> str:
    """The beginning of a text that fits, with a line that says what is missing."""
    data = sound(text).encode()
    if len(data) <= budget:
        return data.decode()
    note = f"\n… cut: {len(data):,} bytes, of which {budget:,} are shown"
    room = max(0, budget - len(note.encode()))
    kept = data[:room] + note.encode() if room else note.strip().encode()[:budget]
    return kept.decode("utf-8", "ignore")
