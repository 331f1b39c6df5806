"""A turn in a notebook: the live view with its buttons, a hidden copy, static output in the end.

Whether widgets work here shows when the view says `ready`. Where it does not in time, static output
takes over, and says why: no widgets in the page, or a kernel that lets no click through.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import zmq
from IPython.display import display, update_display

from ...changes.review import Changes, Piece, ReviewVerdict
from ...model.transcript import Ask
from ...render.blocks import Item
from ...render.html import block_html
from ..prompts import Prompt, pieces_html, prompt, review_prompt
from ..surface import Action, Answer, Bundle, Snapshot, Stop
from .board import Head
from .bridge import ClickBridge
from .companion import Companion
from .rest import of_running
from .static import StaticSurface, nothing
from .view import TurnView

READY_WITHIN_S = 3.0  # 0.04 to 0.3 s were measured
CHECKPOINT_S = 15.0
# A copy of a long answer takes a second to make, and nothing is drawn meanwhile: not too often.
CHECKPOINT_SHARE = 0.02  # of the time
REPLIES = ("once", "always", "reject", "answer")
LONGEST_MESSAGE = 10_000
MOST_ANSWERS = 200
MOST_PIECES = 200_000

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
    """The live view of one turn, and what the reader clicks in it while the cell runs.

    The `companion` serves what else stands on the page; while the cell runs its messages come here.
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
        """What the reader clicked since the last call."""
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
        """Whether Stop was pressed and not taken yet; from any thread."""
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
        """Put the static form in place of the view, and take the tap off the kernel.

        An interrupt that strikes in here has nothing left to stop: it is begun again, and done.
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
        self._bridge.watch(view)
        if self._companion is not None:
            self._bridge.watch(self._companion)
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
        view.update(picture.items, head, prompts, picture.phase, picture.footer)

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
        """Answer what the view says of itself; the rest is what the reader did."""
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
        """Send the lines of a file that the reader opened; False for what is no such wish."""
        if self._view is None or self._review is None:
            return False
        match click:
            case {"k": "pieces", "view": str(view), "ask": str(id), "file": int(file)}:
                asked = self._review[0]
                if id == asked.id:
                    pieces = pieces_html(asked, file, block_html)
                    self._view.send({"to": view, "pieces": [id, file, pieces]})
                return True
        return False

    # -- the hidden copy -----------------------------------------------------------------------

    def _keep_copy(self, picture: Snapshot, *, now: bool = False) -> None:
        """A static copy for whoever opens the notebook after a crash; hidden by the view's CSS."""
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
        """Ask by `input()` what the view had been asked before it turned out not to be there."""
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
            self._bridge.unwatch(self._view)
            if self._companion is not None:
                self._bridge.unwatch(self._companion)
            self._view.release()


def _action(click: Mapping[str, Any]) -> Iterator[Action]:
    """What a click means; nothing where it is not one we offer."""
    match click:
        case {"k": "stop"}:
            yield Stop()
        case {"k": "answer", "ask": str(ask_id), "reply": "review", "undone": undone}:
            pieces = _numbers(undone)
            if pieces is not None:
                yield ReviewVerdict(ask_id, pieces)
        case {"k": "answer", "ask": str(ask_id), "reply": str(reply)} if reply in REPLIES:
            message = click.get("message", "")
            answers = _labels(click.get("answers", ()))
            if isinstance(message, str) and answers is not None and (answers or reply != "answer"):
                yield Answer(ask_id, reply, message[:LONGEST_MESSAGE], answers)


def _numbers(undone: Any) -> frozenset[Piece] | None:
    """The pieces to undo, each a file and a number; None where that is not what came."""
    if not isinstance(undone, list) or len(undone) > MOST_PIECES:
        return None
    found = set()
    for pair in undone:
        match pair:
            case [int(file), int(piece)]:
                found.add((file, piece))
            case _:
                return None
    return frozenset(found)


def _labels(answers: Any) -> tuple[tuple[str, ...], ...] | None:
    """The labels chosen for each question; None where that is not what came."""
    if not isinstance(answers, list | tuple) or len(answers) > MOST_ANSWERS:
        return None
    for labels in answers:
        if not isinstance(labels, list) or len(labels) > MOST_ANSWERS:
            return None
        if not all(isinstance(label, str) for label in labels):
            return None
    return tuple(tuple(labels) for labels in answers)
