"""The lines drawn below the printed ones of a running turn, until it is finished."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rich.text import Text

from ...render.blocks import Checklist, Code, Fold, Item, Markdown, Row
from ...render.lines import code_lines, item_lines, wrapped
from ...text.amounts import seconds_words
from ...text.visible import visible
from ..surface import STOPPING, Snapshot
from ..typed import Wanted
from .paper import Paper
from .printout import Printout

WHOLE_CHARS = 8_000  # of an open chunk; of a longer one only the end is drawn
END_CHARS = 4_000


class Tail:
    """The lines of what is open, of the agent's task list, and of how far the turn is."""

    def __init__(self, paper: Paper, printout: Printout) -> None:
        self._paper = paper
        self._printout = printout
        self._laid_out: tuple[tuple[str, int], list[Text]] = (("", 0), [])

    def lines(self, picture: Snapshot, wanted: Wanted | None) -> list[Text]:
        """Return the tail; `wanted` is what the user is asked to type."""
        lines = list(self._unfinished(picture.items))
        for item in filter(is_plan, picture.items):
            lines += [Text(), *item_lines(item, self._paper.columns)]
        keys = "Ctrl-C again gives up" if picture.phase == STOPPING else "Ctrl-C stops"
        # Whole seconds: tenths would draw the line ten times as often.
        seconds = int(picture.elapsed_s)
        clock = seconds_words(seconds) if seconds >= 10 else f"{seconds} s"
        status = Text(visible(f"{picture.phase} · {clock} · {keys}"), "dim")
        status.truncate(self._paper.columns - 1, overflow="ellipsis")
        lines += [Text(), status]
        if wanted is not None:
            lines += asking_lines(wanted, self._paper.columns)
        return lines

    def _unfinished(self, items: Sequence[Item]) -> Iterator[Text]:
        after_row = self._printout.after_row
        for item in items:
            if self._printout.has(item) or is_plan(item):
                continue
            lines = self._open_lines(item)
            if lines:
                is_row = isinstance(item.block, Row)
                if not (is_row and after_row):
                    yield Text()
                after_row = is_row
                yield from lines

    def _open_lines(self, item: Item) -> list[Text]:
        match item.block:
            case Markdown():
                source = self._printout.tail(item)
                return self._laid(item, source) if source.strip() else []
            case Fold(body=(Markdown() as thought,)) as fold:
                short = Fold(fold.summary, (Code(thought.source[-END_CHARS:], exact=True),))
                return item_lines(Item(item.key, short, item.parent), self._paper.columns)
            case Row(state="pending") as row:  # the question shows what it wants
                return item_lines(replace(item, block=replace(row, body=())), self._paper.columns)
            case _:
                return item_lines(item, self._paper.columns)

    def _laid(self, item: Item, source: str) -> list[Text]:
        wanted = (source, self._paper.columns)
        if self._laid_out[0] != wanted:
            if len(source) <= WHOLE_CHARS:
                lines = self._printout.chunk(item, source)
            else:
                lines = code_lines(source[-END_CHARS:])
            self._laid_out = wanted, lines
        return self._laid_out[1]


def is_plan(item: Item) -> bool:
    """Return whether this is the agent's task list, which changes to the end."""
    return isinstance(item.block, Checklist) and not item.key.startswith("review:")


def asking_lines(wanted: Wanted, columns: int) -> list[Text]:
    """Return the words after which the user types."""
    *above, last = wanted.words.split("\n")
    lines = [line for words in above for line in wrapped(Text(words), columns)]
    lines.append(Text(last))
    for line in lines:
        line.highlight_regex(r"^\([a-z]\)", "bold")
    return lines
