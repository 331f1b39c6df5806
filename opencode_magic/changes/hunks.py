"""Hunks as pieces of a change: cut apart, applied, undone.

A text is a sequence of lines that end at a line feed. Every function is exact: the hunks must fit
the text line by line where they say they stand, or `HunkError` is raised.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from .patch import Hunk, Kind, Line

CONTEXT = 3
COMPARED_LINES = 2_000  # difflib is quadratic
_TURNED: dict[Kind, Kind] = {"add": "del", "del": "add", "same": "same"}


class HunkError(ValueError):
    """A hunk does not fit the text, which is not the one it was made for."""


def split_lines(text: str) -> list[str]:
    """Return the lines of a text with their line feeds; only the last one may lack it."""
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def cut(hunks: Iterable[Hunk], *, context: int = CONTEXT) -> tuple[Hunk, ...]:
    """Return the same changes in the smallest hunks with so many lines of context, as in `diff`.

    Servers send the whole file as one hunk. Broken hunks stay as they are.
    """
    return tuple(small for hunk in hunks for small in _cut(hunk, context))


def apply(before: str, hunks: Iterable[Hunk]) -> str:
    """Return the text with these hunks applied. Raise HunkError where they do not fit."""
    lines = split_lines(before)
    found: list[str] = []
    done = 0
    for hunk in hunks:
        if hunk.broken:
            raise HunkError("a hunk could not be read whole")
        old = [line.whole for line in hunk.lines if line.kind != "add"]
        at = _before(hunk.old_start, hunk.old_count)
        end = at + len(old)
        if at < done or end > len(lines) or lines[at:end] != old:
            raise HunkError(f"line {at + 1} is not what the hunk expects")
        found += lines[done:at]
        found += [line.whole for line in hunk.lines if line.kind != "del"]
        done = end
    found += lines[done:]
    if any(not line.endswith("\n") for line in found[:-1]):
        raise HunkError("a line without its line feed would stand inside the text")
    return "".join(found)


def undo(after: str, hunks: Iterable[Hunk]) -> str:
    """Return the text with these hunks taken out. Raise HunkError where they do not fit."""
    return apply(after, map(turned, hunks))


def turned(hunk: Hunk) -> Hunk:
    """Return the hunk that undoes this one."""
    lines = tuple(Line(_TURNED[kind], text, newline) for kind, text, newline in hunk.lines)
    return replace(
        hunk,
        old_start=hunk.new_start,
        old_count=hunk.new_count,
        new_start=hunk.old_start,
        new_count=hunk.old_count,
        lines=lines,
    )


def compare(before: str, after: str) -> tuple[Hunk, ...]:
    """Return the hunks between two texts; in long ones, one from the first to the last change."""
    old, new = split_lines(before), split_lines(after)
    start, end = _shared_ends(old, new)
    lines = list(_lines("same", old[:start]))
    middle_old, middle_new = old[start : len(old) - end], new[start : len(new) - end]
    if max(len(middle_old), len(middle_new)) > COMPARED_LINES:
        lines += [*_lines("del", middle_old), *_lines("add", middle_new)]
    else:
        matcher = difflib.SequenceMatcher(None, middle_old, middle_new, autojunk=False)
        for _, old_from, old_to, new_from, new_to in matcher.get_opcodes():
            gone, came = middle_old[old_from:old_to], middle_new[new_from:new_to]
            if gone == came:
                lines += _lines("same", gone)
            else:
                lines += [*_lines("del", gone), *_lines("add", came)]
    lines += _lines("same", old[len(old) - end :])
    whole = Hunk(min(1, len(old)), len(old), min(1, len(new)), len(new), lines=tuple(lines))
    return cut([whole])


def _shared_ends(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """Return how many lines two texts share at the start, and how many of the others at the end."""
    room = min(len(old), len(new))
    start = 0
    while start < room and old[start] == new[start]:
        start += 1
    end = 0
    while end < room - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return start, end


def _lines(kind: Kind, texts: Sequence[str]) -> Iterator[Line]:
    for text in texts:
        newline = text.endswith("\n")
        yield Line(kind, text[:-1] if newline else text, newline)


def _cut(hunk: Hunk, context: int) -> Iterator[Hunk]:
    if hunk.broken:
        yield hunk
        return
    lines = hunk.lines
    # How many lines of each side stand before the next line of the hunk.
    old, new = _before(hunk.old_start, hunk.old_count), _before(hunk.new_start, hunk.new_count)
    at = 0
    for start, end in _groups(lines, context):
        old += start - at  # what is left out stands on both sides
        new += start - at
        kept = lines[start:end]
        kinds = [line[0] for line in kept]
        added, removed = kinds.count("add"), kinds.count("del")
        old_count, new_count = len(kept) - added, len(kept) - removed
        heading = hunk.heading if start == 0 else ""
        yield Hunk(
            old + bool(old_count), old_count, new + bool(new_count), new_count, heading, kept
        )
        old, new, at = old + old_count, new + new_count, end


def _groups(lines: Sequence[Line], context: int) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each smaller hunk; changes close to each other share one."""
    start = end = -1
    for number, (kind, _, _) in enumerate(lines):
        if kind == "same":
            continue
        if start < 0:
            start = max(0, number - context)
        elif number - context > end:
            yield start, end
            start = number - context
        end = min(len(lines), number + 1 + context)
    if start >= 0:
        yield start, end


def _before(start: int, count: int) -> int:
    return start - 1 if count else start
