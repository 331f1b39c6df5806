"""A yes or no of the user's while a cell runs: two buttons where clicks arrive, else `input()`."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from IPython.display import display, update_display

from ..render.html import block_html
from .page.board import Head
from .page.bridge import ClickBridge
from .page.companion import Companion
from .page.static import nothing
from .page.surface import READY_WITHIN_S
from .page.view import TurnView
from .surface import TICK_S
from .typed import UNREADABLE, Read, by_input

ID = "confirm"
NO = "Cancel"


def confirm(
    kernel: Any,
    question: str,
    *,
    timeout_s: float,
    companion: Companion | None = None,
    read: Read = by_input,
    clock: Callable[[], float] = time.monotonic,
) -> bool:
    """Ask a question like `Delete this?`; no answer within `timeout_s` and an interrupt are a no.

    In a terminal, and where widgets do not work, it is read from a line.
    """
    answer = None if kernel is None else _clicked(kernel, question, timeout_s, companion, clock)
    return _spoken(question, read) if answer is None else answer


def _spoken(question: str, read: Read) -> bool:
    try:
        return read(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except (*UNREADABLE, KeyboardInterrupt):
        return False


def _clicked(
    kernel: Any,
    question: str,
    timeout_s: float,
    companion: Companion | None,
    clock: Callable[[], float],
) -> bool | None:
    """The button that was clicked; None where no buttons can be shown."""
    display_id = uuid.uuid4().hex
    with ClickBridge(kernel) as bridge:
        if not bridge.works:
            return None
        view = TurnView(html=block_html, clock=clock)
        widgets = [view, *([companion] if companion else [])]
        for widget in widgets:
            bridge.watch(widget)
        try:
            display(view, display_id=display_id)
            return _wait(bridge, view, question, timeout_s, companion, clock)
        except KeyboardInterrupt:
            return False
        finally:
            update_display(nothing(), display_id=display_id, raw=True)
            for widget in widgets:
                bridge.unwatch(widget)
            view.release()


def _wait(
    bridge: ClickBridge,
    view: TurnView,
    question: str,
    timeout_s: float,
    companion: Companion | None,
    clock: Callable[[], float],
) -> bool | None:
    began = clock()
    prompt = {"id": ID, "title": question, "body": [], "questions": [],
              "choice": [question.rstrip("?"), NO]}  # fmt: skip
    while (passed := clock() - began) < timeout_s:
        view.update((), Head(elapsed_s=passed), (prompt,), "waiting for your answer")
        bridge.wait(TICK_S)
        for click in bridge.drain():
            if companion is not None and companion.take(click):
                continue
            if not view.take(click) and (answer := _answer(click)) is not None:
                return answer
        if not view.ready and passed > READY_WITHIN_S:
            return None
    return False


def _answer(click: Mapping[str, Any]) -> bool | None:
    """What a click says; None where it is not one of the two buttons."""
    match click:
        case {"k": "stop"} | {"k": "answer", "ask": "confirm", "reply": "reject"}:
            return False
        case {"k": "answer", "ask": "confirm", "reply": "once"}:
            return True
    return None
