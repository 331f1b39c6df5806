"""The widget of a running turn: an anywidget that is sent what changed, at most every 50 ms.

What is shown lives in a `Board`, not in traits: a trait would be sent whole each time. Messages are
numbered; a front end that is new, or has missed one, asks and gets a snapshot.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import traitlets

from ...render.blocks import Block
from ..front import script, style
from ..surface import TICK_S
from .board import Board, Op, Scene
from .widget import OwnWidget

PULSE_S = 2.0  # so that a front end notices if the last message did not arrive


class TurnView(OwnWidget):
    """One turn on the page.

    `take` handles what the front end says of itself: `hello` (widgets work here), `ready` and `gap`
    (a page wants a snapshot), `gone`. While a cell runs the surface calls it; after the cell, when
    `attended` is False, the view answers by itself, e.g. to a reloaded page.
    """

    _esm = script("common", "flow", "question", "review", "asks", "adding", "view")
    _css = style("theme", "blocks", "controls", "view", "review")
    host = traitlets.Unicode().tag(sync=True)
    """The id under which the companion serves this turn; "" if there is none."""

    def __init__(
        self,
        *,
        html: Callable[[Block], str],
        host: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(host=host)
        self._board = Board(html)
        self._clock = clock
        self._scene = Scene()
        self._html = ""
        self._seq = 0
        self._sent_at = -PULSE_S
        self._views: set[str] = set()
        self._seen = False
        self.ready = False
        self.attended = True
        self.on_msg(self._on_msg)

    def update(self, scene: Scene, *, all_of_it: bool = False) -> None:
        """Send what changed, or leave it to a later call if the last message is too recent.

        `all_of_it` sends everything now: the end of a turn.
        """
        self._scene = scene
        now = self._clock()
        if now - self._sent_at < TICK_S and not all_of_it:
            return
        ops = self._board.ops(scene, now, all_of_it=all_of_it)
        if ops or now - self._sent_at >= PULSE_S:
            self._seq += bool(ops)
            self._sent_at = now
            self.send({"seq": self._seq, "ops": ops} if ops else {"seq": self._seq})

    def take(self, click: Mapping[str, Any]) -> bool:
        """Handle what the front end says of itself; return False for a click of the reader."""
        view = str(click.get("view", ""))
        match click.get("k"):
            case "hello":
                self.ready = True
            case "ready" | "gap":
                self.ready = self._seen = True
                self._views.add(view)
                self.send({"to": view, "seq": self._seq, "snapshot": self.snapshot()})
            case "gone":
                self._views.discard(view)
            case _:
                return False
        return True

    def conclude(self, html: str) -> None:
        """End the turn: from now on a page that asks gets its static form.

        A page that watched gets that by the output itself; here it only comes to rest.
        """
        self._html = html
        head = replace(self._scene.head, running=False)
        self.update(replace(self._scene, head=head, asks=(), phase="done"), all_of_it=True)

    def snapshot(self) -> list[Op]:
        """Return the operations that build the page as it stands."""
        if self._html:
            return [["html", "static", "", "", self._html], ["over"]]
        return self._board.snapshot(self._clock())

    def release(self) -> None:
        """Answer alone from now on, and close when the last page is gone: the cell has ended.

        Closing at once would leave an error in a page that is being reloaded. It does no harm if no
        page has ever drawn the view.
        """
        self.attended = False
        if not self._seen:
            self.close()

    def _on_msg(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if not self.attended and isinstance(content, dict):
            self.take(content)
            if content.get("k") == "gone" and not self._views and self.comm is not None:
                self.close()
