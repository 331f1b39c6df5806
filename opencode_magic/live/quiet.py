"""A surface that shows nothing but questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..render.blocks import Item
from .surface import Bundle, Snapshot, Surface


class QuietSurface:
    """Wraps another surface, which is shown only once there is something to answer."""

    def __init__(self, inner: Surface) -> None:
        # All but the drawing is the inner surface's.
        self.actions = inner.actions
        self.stop_waits = inner.stop_waits
        self.ask = inner.ask
        self.review = inner.review
        self._inner = inner
        self._shown = False

    def draw(self, picture: Snapshot) -> None:
        """Show questions, and after the first one the header; never the turn itself."""
        self._shown = self._shown or bool(picture.asks or picture.review)
        if self._shown:
            self._inner.draw(replace(picture, items=(), checkpoint=dict))

    def finish(self, bundle: Bundle, items: Sequence[Item] = ()) -> None:
        """Leave nothing."""
        if self._shown:
            self._inner.finish({})
