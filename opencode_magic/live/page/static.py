"""A turn without widgets: static output that follows along, or one output at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from IPython.display import display, update_display

from ...changes.review import Changes, ReviewVerdict
from ...model.transcript import Ask
from ...render.blocks import Block, Item, Markdown
from ...render.html import block_html, document_html
from ...render.markdown import escape
from ...render.reviews import listing
from ...render.text import document_text
from ...text.splitter import Splitter
from ...text.visible import visible
from ..described import describe
from ..headless import HeadlessSurface
from ..surface import Answer, Bundle, Buttonless, Snapshot
from ..typed import REVIEW, Read, ask_aloud, by_input, review_aloud

_Piece: TypeAlias = tuple[Item, ...]

REFRESH_S = 0.5
SLOT_CHARS = 20_000  # of HTML; what is sent again at each refresh is about this much
MOST_SLOTS = 400


class SilentSurface(HeadlessSurface):
    """Nobody watches (nbclient, papermill): requests are rejected at once, with a message.

    Such a runner is recognised by the execute request's `allow_stdin: false`. It keeps every
    output, so nothing is drawn before the one at the end.
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown = False

    def finish(self, bundle: Bundle, items: Sequence[Item] = ()) -> None:
        """Show the transcript, once."""
        if bundle and not self._shown:
            display(bundle, raw=True)
            self._shown = True


class StaticSurface(Buttonless):
    """A front end that shows HTML but no widgets.

    Finished pieces stand in outputs of their own; only the last output is sent again, seldom.
    Questions are asked by `input()`.

    Parameters
    ----------
    note:
        words for why there is no more than this; they stand at the top.
    display_id:
        the output that the first one replaces; "" for a new one.
    """

    def __init__(
        self,
        note: str = "",
        *,
        read: Read = by_input,
        clock: Callable[[], float] = time.monotonic,
        display_id: str = "",
    ) -> None:
        self._note = note
        self._display_id = display_id
        self._read = read
        self._clock = clock
        self._slots: list[_Slot] = []
        self._slot_of: dict[str, _Slot] = {}
        self._drawn_at = -REFRESH_S
        self._picture: Snapshot | None = None

    def draw(self, picture: Snapshot) -> None:
        """Bring the outputs up to date, twice a second at most."""
        self._picture = picture
        now = self._clock()
        if now - self._drawn_at >= REFRESH_S:
            self._drawn_at = now
            self._refresh(picture)

    def ask(self, request: Ask) -> Answer | None:
        """Show what is asked, and read the answer."""
        text = self._picture.describe(request) if self._picture else describe(request)
        with self._showing(text.title, text.who, text.body):
            return ask_aloud(request, self._read)

    def review(self, asked: Changes) -> ReviewVerdict | None:
        """Show the changes, and read which of them are to be undone."""
        with self._showing(REVIEW, "", listing(asked)):
            return review_aloud(asked, self._read)

    @contextmanager
    def _showing(self, title: str, who: str, body: Sequence[Block]) -> Iterator[None]:
        """Show a question while it waits, between what came before and what comes after."""
        if self._picture is not None:
            self._refresh(self._picture)
        items = [Item(f"{number}", block) for number, block in enumerate(body)]
        words = "\n".join(filter(None, (title, who)))
        asked = _Slot(closed=True)
        self._slots.append(asked)
        asked.show(
            {
                "text/html": f"<p><strong>{escape(title)}</strong><br>{escape(who)}</p>"
                + "".join(map(block_html, body)),
                "text/plain": f"{visible(words)}\n{document_text(items)}",
            }
        )
        try:
            yield
        finally:
            asked.show(nothing())

    def finish(self, bundle: Bundle, items: Sequence[Item] = ()) -> None:
        """Put the transcript into the first output, and nothing into the others."""
        if not self._slots and not self._display_id and not bundle:
            return
        first, *others = self._slots or [_Slot(display_id=self._display_id)]
        self._slots = [first]
        first.show(bundle or nothing())
        for slot in others:
            slot.show(nothing())

    def _refresh(self, picture: Snapshot) -> None:
        self._say_why(picture)
        touched: list[_Slot] = []
        last = self._slots[-1]
        for key, piece in _pieces(picture.items):
            slot = self._slot_of.get(key)
            if slot is None:
                if last.closed or (last.size > SLOT_CHARS and len(self._slots) < MOST_SLOTS):
                    last = _Slot()
                    self._slots.append(last)
                slot = self._slot_of[key] = last
            if slot.put(key, piece) and slot not in touched:
                touched.append(slot)
        for slot in touched:
            slot.refresh()

    def _say_why(self, picture: Snapshot) -> None:
        if self._slots:
            return
        lines = [*filter(None, (self._note, picture.who))]
        self._slots.append(_Slot(closed=True, display_id=self._display_id))
        self._slots[0].show(
            {
                "text/html": "".join(f"<p>{escape(line)}</p>" for line in lines),
                "text/plain": "\n".join(map(visible, lines)),
            }
        )


@dataclass(eq=False)
class _Slot:
    """One output with some consecutive pieces of the turn."""

    closed: bool = False
    pieces: dict[str, _Piece] = field(default_factory=dict)
    rendered: dict[str, tuple[str, str]] = field(default_factory=dict)
    display_id: str = ""

    @property
    def size(self) -> int:
        return sum(len(html) for html, _ in self.rendered.values())

    def put(self, key: str, piece: _Piece) -> bool:
        """Take a piece, and return whether it changed."""
        if self.pieces.get(key) == piece:
            return False
        self.pieces[key] = piece
        self.rendered[key] = document_html(piece), document_text(piece)
        return True

    def refresh(self) -> None:
        htmls, texts = zip(*self.rendered.values(), strict=True)
        self.show({"text/html": "".join(htmls), "text/plain": "".join(texts)})

    def show(self, bundle: Bundle) -> None:
        if self.display_id:
            update_display(bundle, display_id=self.display_id, raw=True)
        else:
            handle: Any = display(bundle, raw=True, display_id=True)
            self.display_id = handle.display_id if handle is not None else ""


def nothing() -> Bundle:
    """Return what empties an output; there is no way to remove one."""
    return {"text/html": "", "text/plain": ""}


def _pieces(items: Sequence[Item]) -> Iterator[tuple[str, _Piece]]:
    """Yield the pieces at the top with their keys: a row with everything under it is one piece."""
    keys = {item.key for item in items}
    groups: dict[str, list[Item]] = {}
    top: dict[str, str] = {}
    for item in items:
        above = item.parent if item.parent in keys else ""
        top[item.key] = top.get(above, above) or item.key
        groups.setdefault(top[item.key], []).append(item)
    for key, group in groups.items():
        if len(group) == 1 and isinstance(group[0].block, Markdown):
            splitter = Splitter()
            chunks = [*splitter.feed(group[0].block.source), splitter.tail]
            for number, chunk in enumerate(chunks):
                yield f"{key}/{number}", (Item(key, Markdown(chunk)),)
        else:
            yield key, tuple(group)
