"""A turn in a terminal: plain text as it comes, questions by one letter; Ctrl-C stops."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from ..render.asks import ask as describe
from ..render.blocks import Block, Checklist, Footer, Item, Markdown, Row
from ..render.reviews import listing
from ..render.splitter import Splitter
from ..render.text import document_text
from ..render.visible import visible
from ..review import Changes, Verdict
from ..transcript import Ask
from .spoken import REVIEW, Read, ask_aloud, by_input, review_aloud
from .surface import Action, Answer, Bundle, Picture


class TerminalSurface:
    """Prints each block when it is finished, and what the agent writes chunk by chunk.

    Nothing printed is ever printed again. All text is made visible first: no escape sequence from
    outside reaches the terminal.
    """

    def __init__(self, console: Console | None = None, *, read: Read = by_input) -> None:
        self._console = console or Console(highlight=False, markup=False, emoji=False)
        self._read = read
        self._picture: Picture | None = None
        self._printed: set[str] = set()
        self._chunks: dict[str, int] = {}
        self._lists: dict[str, Block] = {}
        self._head_shown = False
        self._finished = False

    def draw(self, picture: Picture) -> None:
        """Print what is finished, in order: nothing overtakes a call that still runs."""
        self._picture = picture
        self._show_head(picture)
        self._show(picture.items, to_the_end=False)

    def actions(self, timeout_s: float) -> list[Action]:
        """Nothing: Ctrl-C is the way to stop."""
        return []

    def ask(self, request: Ask) -> Answer | None:
        """Print what is asked, and read the answer."""
        text = self._picture.describe(request) if self._picture else describe(request)
        self._print(text.title, "bold")
        self._print(text.who, "dim")
        self._print(document_text([Item(f"{n}", block) for n, block in enumerate(text.body)]))
        return ask_aloud(request, self._read)

    def review(self, asked: Changes) -> Verdict | None:
        """Print the changes, and read which of them shall go."""
        if self._picture is not None:
            self._show(self._picture.items, to_the_end=True)
        self._print(REVIEW, "bold")
        self._print(document_text([Item(f"{n}", block) for n, block in enumerate(listing(asked))]))
        return review_aloud(asked, self._read)

    def finish(self, bundle: Bundle) -> None:
        """Print the rest, and what it took."""
        if self._finished:
            return
        if self._picture is None:
            self._print(bundle.get("text/plain", ""))
        else:
            self._show(self._picture.items, to_the_end=True)
            # What came after the blocks of the turn: the last paragraph says how it ended.
            self._print(bundle.get("text/plain", "").rstrip().rpartition("\n\n")[2], "dim")
        self._finished = True

    def _show_head(self, picture: Picture) -> None:
        who = " · ".join(filter(None, (picture.header.model, picture.header.agent)))
        if who and not self._head_shown:
            self._head_shown = True
            self._print(who, "dim")

    def _show(self, items: Sequence[Item], *, to_the_end: bool) -> None:
        for item in items:
            if item.key in self._printed:
                self._show_again(item)
                continue
            if isinstance(item.block, Markdown):
                done = self._show_markdown(item.key, item.block, to_the_end=to_the_end)
            else:
                done = to_the_end or _settled(item)
                if done:
                    self._print(_line(item), "" if not isinstance(item.block, Footer) else "dim")
            if not done:
                return
            self._printed.add(item.key)
            if isinstance(item.block, Checklist):
                self._lists[item.key] = item.block

    def _show_again(self, item: Item) -> None:
        """A list that has changed: what is printed stays, so all of it follows once more."""
        known = self._lists.get(item.key)
        if known is not None and item.block != known:
            self._print(_line(item))
            self._lists[item.key] = item.block

    def _show_markdown(self, key: str, block: Markdown, *, to_the_end: bool) -> bool:
        splitter = Splitter()
        chunks = list(splitter.feed(block.source))
        if to_the_end or not block.open:
            chunks.append(splitter.tail)
        for chunk in chunks[self._chunks.get(key, 0) :]:
            self._print(chunk)
        self._chunks[key] = len(chunks)
        return to_the_end or not block.open

    def _print(self, text: str, style: str = "") -> None:
        shown = visible(text).strip("\n")
        if shown:
            self._console.print(Text(shown, style=style), soft_wrap=True)


def _settled(item: Item) -> bool:
    return not (isinstance(item.block, Row) and item.block.state in ("pending", "running"))


def _line(item: Item) -> str:
    indent = "  " if item.parent else ""
    text = document_text([Item(item.key, item.block)])
    return "\n".join(indent + line for line in text.splitlines())
