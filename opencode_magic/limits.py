"""A time limit for foreign code that runs on the main thread."""

from __future__ import annotations

import signal
import threading
import time
import types
from collections.abc import Iterator
from contextlib import contextmanager

AGAIN_S = 1.0  # after the code has swallowed the first alarm


class LateError(BaseException):
    """The time is over. No Exception: code that catches those must not go on."""


def can_limit() -> bool:
    """Whether code that runs here, now, can be ended by an alarm."""
    on_main = threading.current_thread() is threading.main_thread()
    return on_main and hasattr(signal, "setitimer")


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise `LateError` inside when the time is over; where there are no alarms, wait.

    A timer of the user's own that runs meanwhile is put off, and goes on behind.
    """
    if not can_limit():
        yield
        return
    inside = True

    def ring(_number: int, _frame: types.FrameType | None) -> None:
        if inside:
            raise LateError

    began = time.monotonic()
    before = signal.signal(signal.SIGALRM, ring)
    left, again = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_S)
    try:
        yield
    finally:
        inside = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before or signal.SIG_DFL)
        if left:
            due = max(left - (time.monotonic() - began), 0.001)
            signal.setitimer(signal.ITIMER_REAL, due, again)
