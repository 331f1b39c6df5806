"""A turn in a notebook: the live view with its buttons, a hidden copy, static output in the end.

Widgets work here if the view says `ready`. If it does not in time, static output takes over and
says why: no widgets in the page, or a kernel that lets no click through.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, TypeAlias

import msgspec
import zmq
from IPython.display import display, update_display

from ...changes.review import Changes, Piece, ReviewVerdict
from ...model.transcript import Ask
from ...render.blocks import Item
from ...render.html import block_html
from ..prompts import Prompt, pieces_html, prompt, review_prompt
from ..surface import Action, AddedWord, Answer, Bundle, Snapshot, Stop
from .board import Head, Scene
from .bridge import ClickBridge
from .companion import Companion
from .rest import of_running
from .static import StaticSurface, nothing
from .view import TurnView

READY_WITHIN_S = 3.0  # 0.04 to 0.3 s were measured
CHECKPOINT_S = 15.0
# A copy of a long answer takes a second to make, and nothing is drawn meanwhile.
CHECKPOINT_SHARE = 0.02  # of the time, at most
REPLIES = ("once", "always", "reject", "answer")
LONGEST_MESSAGE = 10_000
_Few = msgspec.Meta(max_length=200)
_Labels: TypeAlias = Annotated[tuple[Annotated[tuple[str, ...], _Few], ...], _Few]
_Pieces: TypeAlias = Annotated[frozenset[Piece], msgspec.Meta(max_length=200_000)]

NO_WIDGETS = (
    "The live view did not start here: this is plain output, Kernel > Interrupt stops the turn. "
    "To get it, `pip install anywidget` in the environment JupyterLab runs in and reload the page."
)
NO_ANSWER = (
    "The page did not answer in time: this is plain output, Kernel > Interrupt stops the turn. "
    "Earlier turns had a live view: if the next one has none either, reload the page."
)
NO_CLICKS = (
    "Clicks do not reach this kernel while a cell runs: {why}. So this is plain output, questions "
    "wait for a line you type, Kernel > Interrupt stops the turn. The versions of ipykernel that "
    "are known to take clicks stand in the README of opencode_magic."
)


class WidgetSurface:
    """The live view of one turn, and the reader's clicks in it while the cell runs.

    The `companion` serves the other outputs; while the cell runs its messages come here.
    """

    def __init__(
        self,
        kernel: Any,
        companion: Companion | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._companion = companion
        self._bridge = ClickBridge(kernel)
        self._view: TurnView | None = None
        self._shown = False
        self._display_id = uuid.uuid4().hex
        self._checkpoint_id = ""
        self._checkpoint_due = 0.0
        self._begun = 0.0
        self._picture: Snapshot | None = None
        self._prompts: dict[str, tuple[Ask, Prompt]] = {}
        self._waiting: dict[str, Ask] = {}  # asked here, not answered yet
        self._review: tuple[Changes, Prompt] | None = None
        self._owed_review: Changes | None = None
        self._found: list[Action] = []
        self._fallback: StaticSurface | None = None
        self._finished = False

    def draw(self, picture: Snapshot) -> None:
        """Show the latest state; at most one message each tick."""
        if self._fallback is not None:
            self._fallback.draw(picture)
            return
        self._picture = picture
        view = self._view or self._begin()
        self._found += self._take()
        self._update(view, picture)
        self._keep_copy(picture)
        if not view.ready and self._clock() - self._begun > READY_WITHIN_S:
            self._fall_back(view, picture)

    def actions(self, timeout_s: float) -> list[Action]:
        """Return what the reader clicked since the last call; wait at most `timeout_s` for it."""
        if self._fallback is not None:
            return self._owed(self._fallback) or self._fallback.actions(timeout_s)
        until = self._clock() + timeout_s
        found, self._found = [*self._found, *self._take()], []
        # An ipykernel 6 reads only when asked to, so the wait is cut into short pieces.
        while not found and (left := until - self._clock()) > 0:
            self._bridge.wait(min(left, 0.05))
            found = self._take()
        return found

    def stop_waits(self) -> bool:
        """Return whether Stop was pressed and not handled yet; from any thread."""
        return self._fallback is None and self._bridge.holds("stop")

    def ask(self, request: Ask) -> Answer | None:
        """Show a prompt with buttons; the answer comes by `actions`."""
        if self._fallback is not None:
            return self._fallback.ask(request)
        self._waiting[request.id] = request
        if self._picture is not None:
            self._keep_copy(self._picture, now=True)
        return None

    def review(self, asked: Changes) -> ReviewVerdict | None:
        """Show the changes with boxes; the verdict comes by `actions`."""
        if self._fallback is not None:
            return self._fallback.review(asked)
        self._owed_review = asked
        if self._picture is not None:
            self._keep_copy(self._picture, now=True)
        return None

    def finish(self, bundle: Bundle, items: Sequence[Item] = ()) -> None:
        """Replace the view by the static form, and take the tap off the kernel.

        An interrupt that strikes in here has nothing left to stop, so all is done once more.
        """
        try:
            self._finish(bundle)
        except KeyboardInterrupt:
            self._finish(bundle)

    # -- the view ------------------------------------------------------------------------------

    def _begin(self) -> TurnView:
        self._bridge.__enter__()
        host = self._companion.register(of_running(self._items)) if self._companion else ""
        view = self._view = TurnView(html=block_html, host=host, clock=self._clock)
        self._bridge.watch(view, self._companion)
        self._begun = self._clock()
        self._checkpoint_due = self._begun + CHECKPOINT_S
        display(view, display_id=self._display_id)
        self._shown = True
        return view

    def _items(self) -> Sequence[Item]:
        return self._picture.items if self._picture else ()

    def _update(self, view: TurnView, picture: Snapshot) -> None:
        prompts = tuple(self._prompt(request, picture) for request in picture.asks)
        asked = {request.id for request in picture.asks}
        self._prompts = {id: kept for id, kept in self._prompts.items() if id in asked}
        self._waiting = {id: ask for id, ask in self._waiting.items() if id in asked}
        head = Head(picture.header, picture.elapsed_s)
        if picture.review is not None:
            prompts = (*prompts, self._reviewed(picture.review))
        view.update(Scene(picture.items, head, prompts, picture.phase))

    def _reviewed(self, asked: Changes) -> Prompt:
        if self._review is None or self._review[0] is not asked:
            self._review = asked, review_prompt(asked, block_html)
        return self._review[1]

    def _prompt(self, request: Ask, picture: Snapshot) -> Prompt:
        kept = self._prompts.get(request.id)
        if kept is None or kept[0] != request:
            words = prompt(request, block_html, picture.describe)
            kept = self._prompts[request.id] = (request, words)
        return {**kept[1], "under": picture.row(request)}

    def _take(self) -> list[Action]:
        """Handle what the view says of itself, and return what the reader did."""
        found: list[Action] = []
        for click in self._bridge.drain():
            if self._companion is not None and self._companion.take(click):
                continue
            if self._view is not None and not self._view.take(click) and not self._shows(click):
                found += _action(click)
        if self._companion is not None and self._view is not None and self._view.ready:
            self._companion.page_shows_widgets = True
        return found

    def _shows(self, click: Mapping[str, Any]) -> bool:
        """Send the lines of a file that the reader opened; return False for another click.

        A word that was added is confirmed to the page, which keeps it until then.
        """
        match click:
            case {"k": "add", "view": str(view), "nonce": str(nonce)} if self._view:
                self._view.send({"to": view, "added": nonce})
            case {"k": "pieces", "view": str(view), "ask": str(id), "file": int(file)}:
                if self._view and self._review and id == self._review[0].id:
                    pieces = pieces_html(self._review[0], file, block_html)
                    self._view.send({"to": view, "pieces": [id, file, pieces]})
                return True
        return False

    # -- the hidden copy -----------------------------------------------------------------------

    def _keep_copy(self, picture: Snapshot, *, now: bool = False) -> None:
        """Keep a static copy in case of a crash; the view's CSS hides it."""
        began = self._clock()
        if not now and began < self._checkpoint_due:
            return
        bundle = picture.checkpoint()
        if bundle and self._checkpoint_id:
            update_display(bundle, display_id=self._checkpoint_id, raw=True)
        elif bundle:
            self._checkpoint_id = uuid.uuid4().hex
            display(bundle, raw=True, display_id=self._checkpoint_id)
        ended = self._clock()
        self._checkpoint_due = ended + max((ended - began) / CHECKPOINT_SHARE, CHECKPOINT_S)

    # -- without widgets -----------------------------------------------------------------------

    def _fall_back(self, view: TurnView, picture: Snapshot) -> None:
        self._fallback = StaticSurface(
            self._why_plain(), clock=self._clock, display_id=self._display_id
        )
        self._bridge.close()
        self._fallback.draw(picture)
        if self._checkpoint_id:
            update_display(nothing(), display_id=self._checkpoint_id, raw=True)
        view.close()

    def _why_plain(self) -> str:
        if not self._bridge.works:
            return NO_CLICKS.format(why=self._bridge.why)
        before = self._companion is not None and self._companion.page_shows_widgets
        return NO_ANSWER if before else NO_WIDGETS

    def _owed(self, fallback: StaticSurface) -> list[Action]:
        """Ask by `input()` what the view was asked before it turned out to be missing."""
        owed, self._waiting = self._waiting, {}
        said: list[Action] = [a for ask in owed.values() if (a := fallback.ask(ask)) is not None]
        review, self._owed_review = self._owed_review, None
        if review is not None and (verdict := fallback.review(review)) is not None:
            said.append(verdict)
        return said

    # -- the end -------------------------------------------------------------------------------

    def _finish(self, bundle: Bundle) -> None:
        try:
            if not self._finished:
                self._replace(bundle)
            self._finished = True
        finally:
            self._bridge.close()

    def _replace(self, bundle: Bundle) -> None:
        # The kernel may be shutting down: its sockets are then the first to go.
        with contextlib.suppress(zmq.ZMQError, OSError):
            if self._fallback is not None:
                self._fallback.finish(bundle)
                return
            if self._view is None or not self._shown:
                if bundle:
                    display(bundle, raw=True)
                return
            self._view.conclude(bundle.get("text/html", ""))
            update_display(bundle or nothing(), display_id=self._display_id, raw=True)
            if self._checkpoint_id:
                update_display(nothing(), display_id=self._checkpoint_id, raw=True)
            self._bridge.unwatch(self._view, self._companion)
            self._view.release()


def _action(click: Mapping[str, Any]) -> Iterator[Action]:
    """Yield what a click means; nothing for one that we never offered."""
    with contextlib.suppress(msgspec.ValidationError):
        match click:
            case {"k": "stop"}:
                yield Stop()
            case {"k": "add", "text": str(text)}:
                yield AddedWord(text[:LONGEST_MESSAGE])
            case {"k": "answer", "ask": str(ask_id), "reply": "review", "undone": undone}:
                yield ReviewVerdict(ask_id, msgspec.convert(undone, _Pieces))
            case {"k": "answer", "ask": str(ask_id), "reply": str(reply)} if reply in REPLIES:
                message = msgspec.convert(click.get("message", ""), str)
                answers = msgspec.convert(click.get("answers", ()), _Labels)
                if answers or reply != "answer":
                    yield Answer(ask_id, reply, message[:LONGEST_MESSAGE], answers)
