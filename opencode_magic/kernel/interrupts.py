"""Tells an interrupt of the user's from one that code makes itself."""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from types import FrameType
from typing import Any

from ..signals import interrupted_by, on_main_thread

_FRIENDS = ("ipykernel.", "opencode_magic.")
"""Packages that interrupt this process because the user wants it."""


class Strikes:
    """A context in which interrupts by the user are told from those that code makes itself.

    Every way to interrupt ends in the same signal handler, which is not told the sender. So the
    functions that Python code can use for it are wrapped meanwhile, and every other interrupt is
    the user's: Stop, Kernel > Interrupt, Ctrl-C. An exception that is only raised is no interrupt.
    """

    def __init__(self) -> None:
        self.by_user = False
        """Whether the user has interrupted since the context was entered."""
        self._by_code = False
        self._before: Any = None
        self._handler = ExitStack()
        self._followed: list[tuple[Any, str, Any, Any]] = []

    def __enter__(self) -> Strikes:
        if not on_main_thread():  # other threads are never interrupted
            return self
        self._before = signal.getsignal(signal.SIGINT)
        if not callable(self._before):
            return self
        process, main, sigint = os.getpid(), threading.get_ident(), signal.SIGINT
        self._follow(signal, "raise_signal", lambda number: number == sigint)
        self._follow(_thread, "interrupt_main", lambda number=sigint: number == sigint)
        self._follow(os, "kill", lambda pid, number: (pid, number) == (process, sigint))
        self._follow(
            os, "killpg", lambda group, number: number == sigint and group in (0, os.getpgid(0))
        )
        self._follow(
            signal, "pthread_kill", lambda thread, number: (thread, number) == (main, sigint)
        )
        self._handler.enter_context(interrupted_by(self._strike))
        return self

    def __exit__(self, *_: object) -> None:
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
        """Wrap a function with which code can interrupt this process."""
        usual = getattr(place, name, None)
        if usual is None:  # not on this system
            return

        def followed(*args: Any, **kwargs: Any) -> Any:
            caller = sys._getframe(1).f_globals.get("__name__", "")
            with suppress(TypeError):  # the function itself will say what is wrong
                if not caller.startswith(_FRIENDS) and interrupts(*args, **kwargs):
                    self._by_code = True
            return usual(*args, **kwargs)

        setattr(place, name, followed)
        self._followed.append((place, name, followed, usual))
