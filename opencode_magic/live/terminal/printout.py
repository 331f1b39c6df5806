"""The lines of a turn as they are printed: finished things, once, and in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rich.text import Text

from ...changes.review import Changes
from ...model.transcript import Ask
from ...render.blocks import Checklist, Diff, Fold, Item, Markdown, Row
from ...render.lines import block_lines, diff_lines, indented, item_lines
from ...render.reviews import listing
from ...text.splitter import Splitter
from ...text.visible import visible
from ..described import describe
from ..surface import Snapshot
from ..typed import REVIEW
from .paper import Paper


class Printout:
    """The memory of what is printed of a turn, which gives the lines that come next.

    Nothing is printed twice, and nothing overtakes a call that still runs.
    """

    def __init__(self, paper: Paper) -> None:
        self.after_row = False
        """Whether the last lines are those of a call."""
        self._paper = paper
        self._printed: set[str] = set()
        self._flows: dict[str, _Flow] = {}
        self._lists: dict[str, Checklist] = {}
        self._diffs: set[str] = set()  # seen in a question already
        self._head_shown = False
        self._begun = False

    def has(self, item: Item) -> bool:
        """Return whether an item is printed to its end."""
        return item.key in self._printed

    def tail(self, item: Item) -> str:
        """Return the part of growing Markdown that may still change."""
        return self._flow(item).splitter.tail

    def head(self, picture: Snapshot) -> list[Text]:
        """Return who answers, the first time."""
        if not picture.who or self._head_shown:
            return []
        self._head_shown = self._begun = True
        return [Text(visible(picture.who), "dim")]

    def closed(self, items: Sequence[Item], *, to_the_end: bool = False) -> list[Text]:
        """Return the lines of what is finished and not printed yet."""
        found: list[Text] = []
        for item in items:
            if item.key == "header":
                continue
            if item.key in self._printed:
                found += self._again(item)
                continue
            lines, done = self._lines(item, to_the_end=to_the_end)
            found += lines
            if not done:
                break
            self._printed.add(item.key)
        return found

    def _lines(self, item: Item, *, to_the_end: bool) -> tuple[list[Text], bool]:
        if isinstance(item.block, Markdown):
            done = to_the_end or not item.block.open
            chunks = self._flow(item).closed(item.block.source, to_the_end=done)
            lines = [line for chunk in chunks for line in self._spaced(self.chunk(item, chunk))]
            return lines, done
        if not (to_the_end or _settled(item)):
            return [], False
        if isinstance(item.block, Checklist):
            self._lists[item.key] = item.block
        return self._spaced(item_lines(self._trimmed(item), self._paper.columns), item), True

    def _again(self, item: Item) -> list[Text]:
        """Return all of a task list that has changed: what is printed stays as it is."""
        known = self._lists.get(item.key)
        if known is None or item.block == known or not isinstance(item.block, Checklist):
            return []
        self._lists[item.key] = item.block
        return self._spaced(item_lines(item, self._paper.columns))

    def _trimmed(self, item: Item) -> Item:
        """Return a call without the diff that its question has shown already."""
        if item.key not in self._diffs or not isinstance(item.block, Row):
            return item
        body = tuple(block for block in item.block.body if not isinstance(block, Diff))
        return replace(item, block=replace(item.block, body=body))

    def chunk(self, item: Item, source: str) -> list[Text]:
        """Return the lines of a piece of Markdown."""
        return item_lines(Item(item.key, Markdown(source), item.parent), self._paper.columns)

    def _flow(self, item: Item) -> _Flow:
        return self._flows.setdefault(item.key, _Flow())

    def _spaced(self, lines: list[Text], item: Item | None = None) -> list[Text]:
        """Return the lines after an empty one, except for a call that follows a call."""
        if not lines:
            return []
        is_row = item is not None and isinstance(item.block, Row)
        close = (is_row and self.after_row) or not self._begun
        self.after_row, self._begun = is_row, True
        return lines if close else [Text(), *lines]

    def question(
        self, request: Ask, picture: Snapshot | None, most: int | None = None
    ) -> tuple[list[Text], list[Diff]]:
        """Return the lines of a question, and the diffs that are cut in them.

        `most` is how many lines of a diff are shown; None for all.
        """
        text = picture.describe(request) if picture else describe(request)
        title = [Text(visible(text.title), "bold yellow")]
        who = [Text(visible(text.who), "dim")] if text.who else []
        body: list[Text] = []
        cut: list[Diff] = []
        for block in text.body:
            if not isinstance(block, Diff):
                body += block_lines(block, self._paper.columns - 2)
                continue
            lines = diff_lines(block, most)
            body += [*block_lines(replace(block, patch=""), 80), *indented(lines)]
            if most is not None and len(lines) > most:
                cut.append(block)
            elif picture is not None and (row := picture.row(request)):
                self._diffs.add(row)
        return self._spaced([*title, *who, *indented(body)]), cut

    def review(self, asked: Changes, picture: Snapshot | None) -> list[Text]:
        """Return what is not printed yet, and the changes that are to be reviewed."""
        rest = self.closed(picture.items, to_the_end=True) if picture else []
        lines: list[Text] = []
        for block in listing(asked):
            lines += diff_lines(block) if isinstance(block, Diff) else block_lines(block, 80)
        return [*rest, *self._spaced([Text(REVIEW, "bold yellow"), *indented(lines)])]


class _Flow:
    """Growing Markdown, split into what is closed and what may still change."""

    def __init__(self) -> None:
        self.splitter = Splitter()
        self._source = ""
        self._given = 0

    def closed(self, source: str, *, to_the_end: bool) -> list[str]:
        """Return the chunks that were closed since the last call."""
        if source.startswith(self._source):
            found = list(self.splitter.feed(source[len(self._source) :]))
        else:  # the server's own record differs; what is printed stays
            self.splitter = Splitter()
            found = list(self.splitter.feed(source))[self._given :]
        self._source = source
        if to_the_end and self.splitter.tail.strip():
            found.append(self.splitter.tail)
            self.splitter = Splitter()
        self._given += len(found)
        return found


def _settled(item: Item) -> bool:
    match item.block:
        case Row(state="pending" | "running"):
            return False
        case Fold(body=body):
            return not any(isinstance(block, Markdown) and block.open for block in body)
    return True
