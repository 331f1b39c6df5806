"""Signals on the main thread: interrupts held back or ignored, and timers while code runs."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType
from typing import Any

AGAIN_S = 1.0  # how soon the alarm is repeated if the code swallows the first one


class LateError(BaseException):
    """The time is over. Not an Exception, so that code which catches those does not go on."""


def _has_alarms() -> bool:
    """Return whether an alarm can end code that runs here and now."""
    return on_main_thread() and hasattr(signal, "setitimer")


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise `LateError` inside when the time is over; do nothing where there are no alarms.

    A timer of the user's own that is running is suspended meanwhile and continues afterwards.
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
    """Call `tick` on the main thread again and again, even in the middle of a `sleep`.

    Do nothing where there are no alarms, or where somebody else uses them.
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
    """Interrupt the main thread, from any thread."""
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


@contextmanager
def held() -> Iterator[None]:
    """Delay interrupts to the end of a block that must not be left half done."""
    struck: list[FrameType | None] = []
    with interrupted_by(lambda _signal, frame: struck.append(frame)):
        yield
    if struck:
        signal.raise_signal(signal.SIGINT)


def deaf() -> AbstractContextManager[None]:
    """Drop interrupts, where they are meant for another program or come too late.

    A handler does nothing, instead of `SIG_IGN`, which programs started inside would inherit.
    """
    return interrupted_by(lambda _signal, _frame: None)


@contextmanager
def interrupted_by(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Let `handler` take interrupts, until the end or until somebody else replaces it."""
    if not on_main_thread():  # other threads are never interrupted
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
    """Return whether this is the thread that signals reach."""
    return threading.current_thread() is threading.main_thread()
