"""Signals on the main thread: interrupts that wait, or are not ours, and timers while code runs."""

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


def _has_alarms() -> bool:
    """Return True where code that runs here, now, can be ended by an alarm."""
    return on_main_thread() and hasattr(signal, "setitimer")


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise `LateError` inside when the time is over; where there are no alarms, wait.

    A timer of the user's own that runs meanwhile is put off, and goes on behind.
    """
    if not _has_alarms():
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
def ticking(every_s: float, tick: Callable[[], object]) -> Iterator[None]:
    """Have `tick` called on the main thread again and again, also in the middle of a `sleep`.

    It is not where there are no alarms, or somebody else uses them.
    """
    if not (
        _has_alarms()
        and signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
        and signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    ):
        yield
        return
    signal.signal(signal.SIGALRM, lambda *_: tick())
    signal.setitimer(signal.ITIMER_REAL, every_s, every_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def interrupt() -> None:
    """Interrupt the main thread, from any."""
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


@contextmanager
def held() -> Iterator[None]:
    """Let an interrupt strike only at the end of what must not be left half done."""
    struck: list[FrameType | None] = []
    with interrupted_by(lambda _signal, frame: struck.append(frame)):
        yield
    if struck:
        signal.raise_signal(signal.SIGINT)


@contextmanager
def deaf() -> Iterator[None]:
    """Let no interrupt strike at all: it is meant for another program, or comes too late.

    The handler does nothing, instead of the signal being ignored: programs started inside would
    ignore it, too.
    """
    with interrupted_by(lambda _signal, _frame: None):
        yield


@contextmanager
def interrupted_by(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Have `handler` take interrupts, unless another is put in its place meanwhile."""
    if not on_main_thread():  # it is never interrupted
        yield
        return
    before: Any = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        # `==`: a bound method is another object each time.
        if signal.getsignal(signal.SIGINT) == handler:
            signal.signal(signal.SIGINT, before or signal.default_int_handler)


def on_main_thread() -> bool:
    """Return whether this is the thread that signals strike."""
    return threading.current_thread() is threading.main_thread()
