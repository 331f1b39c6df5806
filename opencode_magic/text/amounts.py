"""Counts, durations, prices and lists in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime


def seconds_words(seconds: float) -> str:
    """Return a duration in words: `0.4 s`, `12 s`, `2 min 5 s`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s"


_MINUTE_S, _HOUR_S, _DAY_S = 60, 3_600, 86_400


def ago_words(then_s: float, now_s: float) -> str:
    """Return how long ago something was: `3 min ago`, `yesterday`, after a week the date.

    Both times are seconds since the epoch.
    """
    past = now_s - then_s
    if past < _MINUTE_S:
        return "just now"
    if past < _HOUR_S:
        return f"{past // _MINUTE_S:.0f} min ago"
    if past < _DAY_S:
        return f"{past // _HOUR_S:.0f} h ago"
    if past < 7 * _DAY_S:
        days = int(past // _DAY_S)
        return "yesterday" if days == 1 else f"{days} days ago"
    return f"{datetime.fromtimestamp(then_s).astimezone():%Y-%m-%d}"


def cost_words(dollars: float) -> str:
    """Return a price in US dollars: `$0.0123`, "" for none."""
    return f"${dollars:.4f}" if dollars else ""


def count_words(count: int, noun: str, plural: str = "") -> str:
    """Return a count with its noun: `1 file`, `2 files`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def listed(words: Sequence[str]) -> str:
    """Return several words as a list in a sentence: `a, b and c`."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
