"""Try code in a forked copy of this kernel, for a limited time."""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
import warnings
from contextlib import ExitStack, suppress
from typing import Any

from ..answer.trial import Trial
from ..signals import held

LIMIT_S = 20.0
MORE_BYTES = 2_000_000_000
LOOK_EVERY_S = 0.1
IDLE = 0.1
"""A copy that computes for less than this share of its time has only waited."""
MOST_READ = 8_000


def obstacle() -> str:
    """Return why nothing can be tried here; "" where it can."""
    if sys.platform != "linux" or not hasattr(os, "fork"):
        return "only on Linux can a copy of the kernel be kept apart from your files"
    from .filter import can_filter  # late: ctypes, on Linux alone

    if not can_filter():
        return "on this kind of machine a copy of the kernel cannot be kept apart from your files"
    return ""


def try_out(
    code: str,
    names: dict[str, Any],
    shell: Any = None,
    *,
    flags: int = 0,
    limit_s: float = LIMIT_S,
    more_bytes: int = MORE_BYTES,
) -> Trial:
    """Run code in a copy of this process, and return how it went; nothing it prints is shown.

    Parameters
    ----------
    code:
        the Python to try.
    names:
        the notebook's variables.
    shell:
        the user's IPython; None without one.
    flags:
        what the notebook's cells are compiled with.
    limit_s, more_bytes:
        after how many seconds it is stopped, and how many bytes of memory it may take.
    """
    if why := obstacle():
        return Trial("untried", why)
    from .child import Copy, Task  # late: on Linux alone

    copy = Copy(Task(code, names, shell, flags, more_bytes, limit_s))
    try:
        return _lived(copy, limit_s, more_bytes)
    except KeyboardInterrupt:
        return Trial("stopped")
    except OSError as error:
        return Trial("untried", f"this kernel could not be copied ({error.strerror})")


def _lived(copy: Any, limit_s: float, more_bytes: int) -> Trial:
    with ExitStack() as left:
        with held():  # an interrupt here would leave a copy or a pipe that nobody ends
            reading, writing = os.pipe()
            left.callback(os.close, reading)
            try:
                process = _fork()
                if process == 0:
                    copy.live(writing)
            finally:
                os.close(writing)
            ended = left.enter_context(_Ended(process))
        told, because = _heard(reading, process, limit_s, more_bytes)
    return _told(told, because, ended, limit_s, more_bytes)


def _fork() -> int:
    with warnings.catch_warnings():
        # Python warns of locks that other threads hold: the copy then hangs until its time ends.
        warnings.simplefilter("ignore")
        return os.fork()


def _heard(reading: int, process: int, limit_s: float, more_bytes: int) -> tuple[bytes, str]:
    """Return what the copy told, and why it must be ended: "late", "heavy", or "" if it ended."""
    from .memory import own_bytes  # late: on Linux alone

    told = b""
    until = time.monotonic() + limit_s
    poll = select.poll()
    poll.register(reading, select.POLLIN)
    while not told.endswith(b"\n"):
        if poll.poll(LOOK_EVERY_S * 1000):
            if not (more := os.read(reading, MOST_READ)):
                break
            told += more
        elif time.monotonic() > until:
            return told, "late"
        elif own_bytes(process) > more_bytes:
            return told, "heavy"
    return told, ""


class _Ended:
    """Ends a copy at the end of a `with` block."""

    def __init__(self, process: int) -> None:
        self.status: int | None = None  # as `os.wait4` gives it; None where somebody else waited
        self.computed_s = 0.0
        self._process = process

    def __enter__(self) -> _Ended:
        return self

    def __exit__(self, *_error: object) -> None:
        with held(), suppress(ChildProcessError, ProcessLookupError):
            os.kill(self._process, signal.SIGKILL)
            _pid, self.status, used = os.wait4(self._process, 0)
            self.computed_s = used.ru_utime + used.ru_stime


def _told(told: bytes, because: str, end: _Ended, limit_s: float, more_bytes: int) -> Trial:
    with suppress(ValueError):
        return Trial(*json.loads(told))
    if because == "late":
        waited = end.computed_s < IDLE * limit_s
        hung = ", in which it only waited (libraries with threads of their own hang in a copy)"
        return Trial("late", f"{limit_s:g} s{hung if waited else ''}")
    if because == "heavy":
        return Trial("broken off", f"it needs more than {more_bytes / 1e9:g} GB of memory")
    if end.status is None:
        return Trial("broken off", "the copy of this kernel ended without a word")
    if os.WIFEXITED(end.status):
        return Trial("fails", f"it ends the process (with {os.WEXITSTATUS(end.status)})")
    return _killed(os.WTERMSIG(end.status), limit_s)


def _killed(number: int, limit_s: float) -> Trial:
    if number == signal.SIGXCPU:
        return Trial("late", f"{limit_s:g} s")
    if number == signal.SIGSYS:
        would = "write a file, use a connection or start a program"
        return Trial("broken off", f"it would {would}, and only what stays in memory is tried")
    name = signal.strsignal(number) or f"signal {number}"
    return Trial("broken off", f"the copy of this kernel crashed ({name})")
