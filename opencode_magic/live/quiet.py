"""A surface that shows nothing but questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..changes.review import Changes, ReviewVerdict
from ..model.transcript import Ask
from ..render.blocks import Item
from .surface import Action, Answer, Bundle, Snapshot, Surface


class QuietSurface:
    """Wraps another surface, which is shown only once there is something to answer."""

    def __init__(self, inner: Surface) -> None:
        self._inner = inner
        self._shown = False

    def draw(self, picture: Snapshot) -> None:
        """Show questions, and after the first one who asks; never the turn itself."""
        self._shown = self._shown or bool(picture.asks or picture.review)
        if self._shown:
            self._inner.draw(replace(picture, items=(), checkpoint=dict))

    def actions(self, timeout_s: float) -> list[Action]:
        """What the user did."""
        return self._inner.actions(timeout_s)

    def stop_waits(self) -> bool:
        """Whether Stop was pressed and not taken yet."""
        return self._inner.stop_waits()

    def ask(self, request: Ask) -> Answer | None:
        """Put a question."""
        return self._inner.ask(request)

    def review(self, asked: Changes) -> ReviewVerdict | None:
        """Put the question which changes shall stay."""
        return self._inner.review(asked)

    def finish(self, bundle: Bundle, items: Sequence[Item] = ()) -> None:
        """Leave nothing."""
        if self._shown:
            self._inner.finish({})
