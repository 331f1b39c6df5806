"""How much of a long text is shown: its beginning and its end, and in words what is missing.

Blocks hold texts whole, however long; whoever shows them cuts them here. Nothing long is looked at
more than once, and never as a whole but to count its lines.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..text.amounts import count_words
from ..text.visible import size_words
from .blocks import Block, Code, Diff, Fold, Item, Row

LIVE_CHARS = 20_000
STATIC_CHARS = 9_000  # of all long texts of a turn together, in its HTML
TEXT_CHARS = 4_000  # and in its Markdown and text, which few will read
PIECE_CHARS = 100_000
LINES_PER_CHAR = 1 / 40
FEWEST_LINES = 6
FEWEST_CHARS = 200


@dataclass(frozen=True)
class Limit:
    """How many characters of one text are shown, and in how many lines."""

    chars: int

    @property
    def lines(self) -> int:
        """So that many short lines are cut too."""
        return max(FEWEST_LINES, round(self.chars * LINES_PER_CHAR))


LIVE = Limit(LIVE_CHARS)


@dataclass(frozen=True)
class Cut:
    """What is shown of a text; what is missing stands from `start` to `stop`."""

    head: str
    tail: str = ""
    start: int = 0
    stop: int = 0
    words: str = ""


def cut(text: str, limit: Limit) -> Cut:
    """The beginning and the end of `text`; whole lines where there are such."""
    if len(text) <= limit.chars and text.count("\n") < limit.lines:
        return Cut(text)
    if limit.chars < FEWEST_CHARS:  # a scrap would say nothing
        return Cut("", "", 0, len(text), missing_words(text, 0, len(text)))
    lines, chars = limit.lines // 2, limit.chars // 2
    head = _first(text[:chars], lines)
    tail = _last(text[max(len(head), len(text) - chars) :], lines)
    start, stop = len(head), len(text) - len(tail)
    return (
        Cut(head, tail, start, stop, missing_words(text, start, stop))
        if start < stop
        else Cut(text)
    )


def missing_words(text: str, start: int, stop: int) -> str:
    """What is not shown: `812 lines (41.3 kB) not shown`."""
    lines = text.count("\n", start, stop)
    size = size_words(stop - start)
    return f"{count_words(lines, 'line')} ({size}) not shown" if lines else f"{size} not shown"


def piece_end(text: str, start: int, stop: int) -> int:
    """Where a piece of the missing text that begins at `start` ends: at a line's end if it can."""
    end = min(stop, start + PIECE_CHARS)
    if end < stop:
        end = text.rfind("\n", start, end) + 1 or end
    return end


def share(items: Iterable[Item], chars: int) -> Limit:
    """The same limit for all long texts of a turn, so that together they are about that long."""
    sizes = sorted(size for item in items for size in _sizes(item.block))
    room = chars
    for n, size in enumerate(sizes):
        fair = room // (len(sizes) - n)
        if size > fair:
            return Limit(fair)
        room -= size
    return Limit(chars)


def _sizes(block: Block) -> Iterable[int]:
    match block:
        case Code(exact=False):
            yield len(block.text)
        case Diff():
            yield len(block.patch)
        case Row() | Fold():
            for inner in block.body:
                yield from _sizes(inner)


def _first(text: str, lines: int) -> str:
    """The whole lines; with the beginning of the last one where it is most of what there is."""
    end = -1
    for _ in range(lines):
        found = text.find("\n", end + 1)
        if found < 0:
            return text[: end + 1] if 2 * (end + 1) >= len(text) else text
        end = found
    return text[: end + 1]


def _last(text: str, lines: int) -> str:
    start = len(text) - text.endswith("\n")
    for _ in range(lines):
        found = text.rfind("\n", 0, start)
        if found < 0:
            return text
        start = found
    return text[start + 1 :]
