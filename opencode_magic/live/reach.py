"""The reach of a kernel: whether clicks arrive while a cell runs, and whether a page answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .front import script
from .page.bridge import ClickBridge
from .page.private import nobody_answers
from .page.surface import READY_WITHIN_S
from .page.widget import OwnWidget


@dataclass(frozen=True)
class Reach:
    """How far a kernel reaches."""

    kernel: bool
    """False in a terminal."""
    person: bool = True
    """False for a runner without anybody to answer."""
    unfit: str = ""
    """Why no click arrives while a cell runs; "" if they do."""
    answered_s: float | None = None
    """The seconds until the page said that it shows widgets; None if it did not."""


class Hello(OwnWidget):
    """A widget that shows nothing; the page reports that it has it."""

    _esm = script("hello")


def reach(kernel: Any, *, clock: Callable[[], float] = time.monotonic) -> Reach:
    """Make a widget without a view and wait for its answer, as a turn does at its beginning."""
    if kernel is None:
        return Reach(kernel=False)
    if nobody_answers(kernel):
        return Reach(kernel=True, person=False)
    with ClickBridge(kernel) as bridge:
        if not bridge.works:
            return Reach(kernel=True, unfit=bridge.why)
        began = clock()
        widget = Hello()
        bridge.watch(widget)
        try:
            while clock() - began < READY_WITHIN_S:
                bridge.wait(0.05)  # an ipykernel 6 reads only when asked to
                if any(click.get("k") == "hello" for click in bridge.drain()):
                    return Reach(kernel=True, answered_s=clock() - began)
        finally:
            bridge.unwatch(widget)
            widget.close()
    return Reach(kernel=True)
