"""Signals on the main thread: interrupts that wait, or are not ours, and a time limit for code."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

AGAIN_S = 1.0  # after the code has swallowed the first alarm


class LateError(BaseException):
    """The time is over. No Exception: code that catches those must not go on."""


def can_limit() -> bool:
    """Return True where code that runs here, now, can be ended by an alarm."""
    return _on_main_thread() and hasattr(signal, "setitimer")


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise `LateError` inside when the time is over; where there are no alarms, wait.

    A timer of the user's own that runs meanwhile is put off, and goes on behind.
    """
    if not can_limit():
        yield
        return
    inside = True

    def ring(_number: int, _frame: FrameType | None) -> None:
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


@contextmanager
def held() -> Iterator[None]:
    """Let an interrupt strike only at the end of what must not be left half done."""
    struck: list[FrameType | None] = []
    with _interrupted_by(lambda _signal, frame: struck.append(frame)):
        yield
    if struck:
        signal.raise_signal(signal.SIGINT)


@contextmanager
def deaf() -> Iterator[None]:
    """Let no interrupt strike at all: it is meant for another program, or comes too late.

    The handler does nothing, instead of the signal being ignored: programs started inside would
    ignore it, too.
    """
    with _interrupted_by(lambda _signal, _frame: None):
        yield


@contextmanager
def _interrupted_by(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    if not _on_main_thread():  # it is never interrupted
        yield
        return
    before: Any = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before or signal.default_int_handler)


def _on_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
