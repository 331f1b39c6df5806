"""The nearest names to a word, for messages."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def near(word: str, names: Iterable[str], *, most: int = 4) -> str:
    """Return the names most like `word`, or the first ones, as a list in words."""
    listed = list(names)
    close = get_close_matches(word, listed, n=most, cutoff=0.3) or listed[:most]
    return ", ".join(close) or "none"
