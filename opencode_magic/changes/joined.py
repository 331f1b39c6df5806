"""Several changes of the same files, one after the other, told as one. Pure.

A turn to which words were added has a diff for each of its prompts; what it changed in all is what
a reader reviews, and what is undone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ..model.files import FileDiff
from .hunks import HunkError, compare
from .patch import Hunk, Kind, Line, parse, written

_BOTH: dict[tuple[str, str], str] = {
    ("added", "modified"): "added",
    ("added", "deleted"): "",
    ("deleted", "added"): "modified",
    ("modified", "deleted"): "deleted",
}
"""What a file looks like in the end after two changes, where that is not the second's word."""


def joined(diffs: Iterable[Iterable[FileDiff]]) -> tuple[FileDiff, ...]:
    """Return what several diffs, oldest first, changed in all; each file once.

    A file whose changes cannot be told as one is named without its lines.
    """
    found: dict[str, FileDiff] = {}
    for diff in diffs:
        for file in diff:
            before = found.pop(file.file, None)
            both = file if before is None else _both(before, file)
            if both is not None:
                found[file.file] = both
    return tuple(found.values())


def _both(first: FileDiff, second: FileDiff) -> FileDiff | None:
    """Return two changes of a file as one; None where nothing is left of them."""
    status = _BOTH.get((first.status, second.status), second.status)
    if not status and second.status:
        return None
    counts = (first.additions + second.additions, first.deletions + second.deletions)
    if not (first.patch or second.patch):
        return FileDiff(first.file, "", first.before, second.after, *counts, status)
    try:
        hunks = combined(_hunks(first), _hunks(second))
    except HunkError:
        return FileDiff(first.file, "", "", "", *counts, status)
    if not hunks and status == "modified":
        return None
    added, removed = sum(h.added for h in hunks), sum(h.removed for h in hunks)
    patch = f"{written(hunks)}\n"
    return FileDiff(first.file, patch, additions=added, deletions=removed, status=status)


def _hunks(diff: FileDiff) -> tuple[Hunk, ...]:
    files = parse(diff.patch)
    if len(files) != 1 or files[0].broken or files[0].binary or files[0].status == "renamed":
        raise HunkError("this is no patch of one text")
    return files[0].hunks


def combined(first: Sequence[Hunk], second: Sequence[Hunk]) -> tuple[Hunk, ...]:
    """Return the hunks that do what `first` and then `second` do.

    Both are seen from the text between the two: each knows some of its lines, and together they
    know all that either touches. HunkError is raised where they contradict each other.
    """
    one, two = _Side(first, new=True), _Side(second, new=False)
    hunks: list[Hunk] = []
    for start, end in _touching([*one.places, *two.places]):
        lines = list(_lines(one, two, start, end))
        before = "".join(line.whole for line in lines if line.kind != "add")
        after = "".join(line.whole for line in lines if line.kind != "del")
        at_old, at_new = start - one.shift(start), start + two.shift(start)
        hunks += [
            replace(h, old_start=h.old_start + at_old, new_start=h.new_start + at_new)
            for h in compare(before, after)
        ]
    return tuple(hunks)


class _Side:
    """What a patch says of the text between: its new side, or its old one.

    `known` has lines of that text by their numbers, from 0, and whether the patch made or removes
    them; `beside` has the lines of the other text that stand before a number.
    """

    def __init__(self, hunks: Sequence[Hunk], *, new: bool) -> None:
        self.known: dict[int, tuple[Line, bool]] = {}
        self.beside: defaultdict[int, list[Line]] = defaultdict(list)
        self.places: list[tuple[int, int]] = []
        self._grown: list[tuple[int, int]] = []
        other: Kind = "del" if new else "add"
        for hunk in hunks:
            begun, count = (
                (hunk.new_start, hunk.new_count) if new else (hunk.old_start, hunk.old_count)
            )
            start = at = begun - 1 if count else begun
            for line in hunk.lines:
                if line.kind == other:
                    self.beside[at].append(line)
                else:
                    self.known[at] = (line._replace(kind="same"), line.kind != "same")
                    at += 1
            self.places.append((start, at))
            self._grown.append((start, hunk.added - hunk.removed))

    def shift(self, at: int) -> int:
        """Return by how many lines the patch has made the text longer before a number."""
        return sum(grown for start, grown in self._grown if start < at)


def _touching(places: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield ranges of lines; those that overlap or touch as one."""
    current: tuple[int, int] | None = None
    for start, end in sorted(places):
        if current is not None and start <= current[1]:
            current = current[0], max(current[1], end)
        else:
            if current is not None:
                yield current
            current = start, end
    if current is not None:
        yield current


def _lines(one: _Side, two: _Side, start: int, end: int) -> Iterator[Line]:
    for at in range(start, end + 1):
        yield from one.beside.get(at, ())
        yield from two.beside.get(at, ())
        if at == end:
            return
        line, made = one.known.get(at, (None, False))
        again, gone = two.known.get(at, (line, False))
        if line is not None and again is not None and line != again:
            raise HunkError(f"line {at + 1} is not the same in both patches")
        line = line or again
        assert line is not None, "a line between two patches is known to one of them"
        if made and gone:
            continue
        yield line._replace(kind="add" if made else "del" if gone else "same")
