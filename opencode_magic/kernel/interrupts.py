"""Tells an interrupt of the user's from one that code makes itself."""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from types import FrameType, TracebackType
from typing import Any

from ..signals import interrupted_by, on_main_thread

_FRIENDS = ("ipykernel.", "opencode_magic.")
"""They interrupt this process because the user wants it."""


class Strikes:
    """While it is entered: whether an interrupt came from the user.

    Every way to interrupt ends in the same signal handler, which is not told who has sent it. So
    the ways that Python's own code has are followed meanwhile, and all others are the user's: Stop,
    Kernel > Interrupt, Ctrl-C. An exception that is only raised is no interrupt.
    """

    def __init__(self) -> None:
        self.by_user = False
        """Whether the user has interrupted since it was entered."""
        self._by_code = False
        self._before: Any = None
        self._handler = ExitStack()
        self._followed: list[tuple[Any, str, Any, Any]] = []

    def __enter__(self) -> Strikes:
        if not on_main_thread():  # it is never interrupted
            return self
        self._before = signal.getsignal(signal.SIGINT)
        if not callable(self._before):
            return self
        process, main = os.getpid(), threading.get_ident()
        self._follow(signal, "raise_signal", lambda number: number == signal.SIGINT)
        self._follow(_thread, "interrupt_main", lambda number=signal.SIGINT: number == 2)
        self._follow(os, "kill", lambda pid, number: (pid, number) == (process, signal.SIGINT))
        self._follow(os, "killpg", lambda group, number: _is_ours(group, number))
        self._follow(
            signal, "pthread_kill", lambda thread, number: (thread, number) == (main, signal.SIGINT)
        )
        self._handler.enter_context(interrupted_by(self._strike))
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None
    ) -> None:
        for place, name, followed, usual in self._followed:
            if getattr(place, name) is followed:
                setattr(place, name, usual)
        self._followed.clear()
        self._handler.close()

    def _strike(self, number: int, frame: FrameType | None) -> None:
        if self._by_code:
            self._by_code = False
        else:
            self.by_user = True
        self._before(number, frame)

    def _follow(self, place: Any, name: str, interrupts: Callable[..., bool]) -> None:
        """Notice calls of a function with which code can interrupt this process."""
        usual = getattr(place, name, None)
        if usual is None:  # not on this system
            return

        def followed(*args: Any, **kwargs: Any) -> Any:
            caller = sys._getframe(1).f_globals.get("__name__", "")
            if not caller.startswith(_FRIENDS) and _applies(interrupts, args, kwargs):
                self._by_code = True
            return usual(*args, **kwargs)

        setattr(place, name, followed)
        self._followed.append((place, name, followed, usual))


def _is_ours(group: int, number: int) -> bool:
    return number == signal.SIGINT and group in (0, os.getpgid(0))


def _applies(
    interrupts: Callable[..., bool], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> bool:
    try:
        return interrupts(*args, **kwargs)
    except TypeError:  # the function itself will say what is wrong
        return False
