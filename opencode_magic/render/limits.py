"""How much of a long text is shown: its beginning, its end, and in words what is missing.

Blocks hold whole texts; whoever shows them cuts them here. A long text is looked at only once, and
as a whole only to count its lines.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..text.amounts import count_words
from ..text.visible import size_words
from .blocks import Block, Code, Diff, Fold, Item, Row

STATIC_CHARS = 9_000  # of all long texts of a turn together, in its HTML
TEXT_CHARS = 4_000  # and in its Markdown and text, which few will read
PIECE_CHARS = 100_000


@dataclass(frozen=True)
class Limit:
    """How many characters of one text are shown, and in how many lines."""

    chars: int

    @property
    def lines(self) -> int:
        """The most lines, so that many short ones are cut too."""
        return max(6, round(self.chars / 40))


LIVE = Limit(20_000)


@dataclass(frozen=True)
class Cut:
    """What is shown of a text; `start` to `stop` is missing."""

    head: str
    tail: str = ""
    start: int = 0
    stop: int = 0
    words: str = ""


def cut(text: str, limit: Limit) -> Cut:
    """Return the beginning and the end of `text`, in whole lines where possible."""
    if len(text) <= limit.chars and text.count("\n") < limit.lines:
        return Cut(text)
    if limit.chars < 200:  # a scrap would say nothing
        return Cut("", "", 0, len(text), missing_words(text, 0, len(text)))
    lines, chars = limit.lines // 2, limit.chars // 2
    head = _first(text[:chars], lines)
    tail = _last(text[max(len(head), len(text) - chars) :], lines)
    start, stop = len(head), len(text) - len(tail)
    if start >= stop:
        return Cut(text)
    return Cut(head, tail, start, stop, missing_words(text, start, stop))


def missing_words(text: str, start: int, stop: int) -> str:
    """Say what is not shown: `812 lines (41.3 kB) not shown`."""
    lines = text.count("\n", start, stop)
    size = size_words(stop - start)
    return f"{count_words(lines, 'line')} ({size}) not shown" if lines else f"{size} not shown"


def share(items: Iterable[Item], chars: int) -> Limit:
    """Return one limit for all long texts of a turn, so that together they have about `chars`."""
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
    """Return whole lines, and the beginning of the last one where that is most of the text."""
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
