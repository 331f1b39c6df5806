"""How far a kernel reaches: whether clicks arrive while a cell runs, and whether a page answers."""

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
    """`kernel` False is a terminal, `person` False a runner without anybody to answer.

    `unfit` says why no click arrives while a cell runs, "" where they do; `answered_s` after which
    time the page said that it shows widgets, None where it did not.
    """

    kernel: bool
    person: bool = True
    unfit: str = ""
    answered_s: float | None = None


class Hello(OwnWidget):
    """A widget that shows nothing: the page tells that it has it."""

    _esm = script("hello")


def reach(kernel: Any, *, clock: Callable[[], float] = time.monotonic) -> Reach:
    """Make a widget without a view and wait for its word, as a turn does at its beginning."""
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
            answered = _hello(bridge, began, clock)
        finally:
            bridge.unwatch(widget)
            widget.close()
    return Reach(kernel=True, answered_s=answered)


def _hello(bridge: ClickBridge, began: float, clock: Callable[[], float]) -> float | None:
    while clock() - began < READY_WITHIN_S:
        bridge.wait(0.05)  # an ipykernel 6 reads only when asked to
        if any(click.get("k") == "hello" for click in bridge.drain()):
            return clock() - began
    return None
