"""Pairs of old and new lines of a diff, and the spans of the words that changed in them.

Costs are counted and not timed, so that the same diff always looks the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from itertools import takewhile

Span = tuple[int, int]

COMPARED_LINES = 20_000  # comparisons of one line with another, in a whole diff
COMPARED_WORDS = 400_000  # of one word with another; about 0.1 s
MOST_IN_A_RUN = 2_500  # comparisons of lines in one run; a longer one is paired by position
MOST_IN_A_LINE = 10_000  # comparisons of words in one pair of lines
LONG_LINE = 2_000  # characters; of a longer line only one stretch is marked
ALIKE = 0.4  # of two lines' characters: with less in common they are no pair
KEPT = 0.8  # of the shorter line, where the other is much longer
SOME = 4  # characters

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_NAME = re.compile(r"\w+")


class Marker:
    """Pairs the lines of one diff and finds their changed words, up to a fixed cost."""

    def __init__(self) -> None:
        self._lines = COMPARED_LINES
        self._words = COMPARED_WORDS

    def pairs(self, gone: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
        """Return which removed line became which added one, by number and in order."""
        in_order = [(n, n) for n in range(min(len(gone), len(new)))]
        if len(gone) == len(new) == 1:
            return in_order
        cost = len(gone) * len(new)
        if not in_order or cost > min(MOST_IN_A_RUN, self._lines):
            return in_order
        names, new_names = _names(gone), _names(new)
        if len(gone) == len(new) and all(map(_alike, names, new_names)):
            return in_order
        self._lines -= cost
        return _aligned(names, new_names)

    def marks(self, gone: str, new: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
        """Return the changed spans of a pair of lines; none if the lines have little in common."""
        if gone == new:
            return (), ()
        if max(len(gone), len(new)) > LONG_LINE:
            return _stretch(gone, new)
        before, after = _WORD.findall(gone), _WORD.findall(new)
        start = _common(before, after)
        end = _common(before[start:][::-1], after[start:][::-1])
        old, young = before[start : len(before) - end], after[start : len(after) - end]
        same = _size(before[:start]) + _size(before[len(before) - end :])
        changes = [(0, len(old), 0, len(young))]
        if old and young and (cost := len(old) * len(young)) <= min(MOST_IN_A_LINE, self._words):
            self._words -= cost
            changes, more = _changes(old, young)
            same += more
        sizes = _size(before), _size(after)
        if 2 * same < ALIKE * sum(sizes) and (same < SOME or same < KEPT * min(sizes)):
            return (), ()
        at = sum(map(len, before[:start]))
        return (
            _spans(old, [(first, last) for first, last, _, _ in changes], at),
            _spans(young, [(first, last) for _, _, first, last in changes], at),
        )


def _names(lines: Iterable[str]) -> list[frozenset[str]]:
    return [frozenset(_NAME.findall(line[:LONG_LINE])) for line in lines]


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    total = len(one) + len(other)
    return 2 * len(one & other) / total if total else 0.5  # no words at all: may well be a pair


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return _likeness(one, other) >= ALIKE


def _aligned(gone: list[frozenset[str]], new: list[frozenset[str]]) -> list[tuple[int, int]]:
    """Return the pairs that keep the order and are most alike in total."""
    likeness = [[_likeness(one, other) for other in new] for one in gone]
    best = [[0.0] * (len(new) + 1) for _ in range(len(gone) + 1)]
    for i in range(len(gone) - 1, -1, -1):
        row, below, alike = best[i], best[i + 1], likeness[i]
        for j in range(len(new) - 1, -1, -1):
            pair = alike[j] + below[j + 1] if alike[j] >= ALIKE else 0.0
            row[j] = max(below[j], row[j + 1], pair)
    found = []
    i = j = 0
    while i < len(gone) and j < len(new):
        alike = likeness[i]
        if alike[j] >= ALIKE and best[i][j] == alike[j] + best[i + 1][j + 1]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return found


def _changes(old: list[str], new: list[str]) -> tuple[list[tuple[int, int, int, int]], int]:
    """Return the ranges of words that differ, and how many characters between them do not."""
    found: list[tuple[int, int, int, int]] = []
    same = 0
    for tag, i, end, j, other_end in SequenceMatcher(None, old, new, False).get_opcodes():
        if tag == "equal":
            same += _size(old[i:end])
        elif found and _size(old[found[-1][1] : i]) <= 1:
            # A blank or a comma between two changes is read as part of them.
            found[-1] = (found[-1][0], end, found[-1][2], other_end)
        else:
            found.append((i, end, j, other_end))
    return found, same


def _spans(words: list[str], ranges: Iterable[Span], at: int) -> tuple[Span, ...]:
    """Return ranges of words as spans of characters, without the blanks at their ends."""
    found = []
    done = 0
    for first, last in ranges:
        at += sum(map(len, words[done:first]))
        text = "".join(words[first:last])
        done = last
        end = at + len(text)
        if text.strip():
            found.append((end - len(text.lstrip()), at + len(text.rstrip())))
        elif text:
            found.append((at, end))
        at = end
    return tuple(found)


def _stretch(gone: str, new: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Return the one stretch that differs in two long lines."""
    start = shared(gone, new)
    room = min(len(gone), len(new)) - start
    end = shared(gone[start:][::-1][:room], new[start:][::-1][:room])
    if 2 * (start + end) < ALIKE * (len(gone) + len(new)):
        return (), ()
    spans = ((start, len(line) - end) for line in (gone, new))
    before, after = (((s, e),) if s < e else () for s, e in spans)
    return before, after


def shared(one: str, other: str) -> int:
    """Return how many characters two texts have in common at their beginning."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        if one[least:middle] == other[least:middle]:
            least = middle
        else:
            most = middle - 1
    return least


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _size(words: Iterable[str]) -> int:
    """Count the characters that are not blank."""
    return len("".join("".join(words).split()))
