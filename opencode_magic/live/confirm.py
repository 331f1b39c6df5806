"""Ask the user yes or no while a cell runs: by two buttons where clicks arrive, else `input()`."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

from IPython.display import display, update_display

from ..render.html import block_html
from .page.board import Head, Scene
from .page.bridge import ClickBridge
from .page.companion import Companion
from .page.static import nothing
from .page.surface import READY_WITHIN_S
from .page.view import TurnView
from .surface import TICK_S
from .typed import UNREADABLE, Read, by_input


def confirm(
    kernel: Any,
    question: str,
    *,
    timeout_s: float,
    companion: Companion | None = None,
    read: Read = by_input,
    clock: Callable[[], float] = time.monotonic,
) -> bool:
    """Ask a question like `Delete this?` and return whether the answer is yes.

    In a terminal, and where widgets do not work, the answer is read from a line.

    Parameters
    ----------
    kernel:
        the kernel of the shell; None in a terminal.
    timeout_s:
        the seconds after which the buttons count as a no. An interrupt is a no, too.
    companion:
        the widget whose messages are handled while the question waits.
    read:
        reads a line, as `input` does.
    """
    answer = None if kernel is None else _clicked(kernel, question, timeout_s, companion, clock)
    if answer is not None:
        return answer
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
    """Return whether the yes button was clicked; None where no buttons can be shown."""
    display_id = uuid.uuid4().hex
    with ClickBridge(kernel) as bridge:
        if not bridge.works:
            return None
        view = TurnView(html=block_html, clock=clock)
        bridge.watch(view, companion)
        try:
            display(view, display_id=display_id)
            return _wait(bridge, view, question, timeout_s, companion, clock)
        except KeyboardInterrupt:
            return False
        finally:
            update_display(nothing(), display_id=display_id, raw=True)
            bridge.unwatch(view, companion)
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
    prompt = {"id": "confirm", "title": question, "body": [], "questions": [],
              "choice": [question.rstrip("?"), "Cancel"]}  # fmt: skip
    while (passed := clock() - began) < timeout_s:
        view.update(Scene((), Head(elapsed_s=passed), (prompt,), "waiting for your answer"))
        bridge.wait(TICK_S)
        for click in bridge.drain():
            if (companion is not None and companion.take(click)) or view.take(click):
                continue
            match click:
                case {"k": "stop"} | {"k": "answer", "ask": "confirm", "reply": "reject"}:
                    return False
                case {"k": "answer", "ask": "confirm", "reply": "once"}:
                    return True
        if not view.ready and passed > READY_WITHIN_S:
            return None
    return False
