"""The copy of the kernel: it cuts itself off, runs the code, tells how it went, and ends."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import random
import re
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from ..answer.trial import ApartError, State, line_of
from . import descriptors, memory
from .acts import act
from .filter import install
from .muted import mute, running_loop

_PARENT_DEATH = 1  # PR_SET_PDEATHSIG
_FORKS = re.compile(r"\bfork", re.IGNORECASE)


@dataclass(frozen=True)
class Task:
    """What to try, made ready before the fork, as nothing is imported after it.

    Parameters
    ----------
    names:
        the notebook's variables.
    shell:
        the user's IPython; None without one.
    flags:
        what the notebook's cells are compiled with.
    more_bytes, cpu_s:
        how much memory it may take, and for how many seconds it may compute.
    """

    code: str
    names: dict[str, Any]
    shell: Any = None
    flags: int = 0
    more_bytes: int = 0
    cpu_s: float = 0


class Copy:
    """The life of a forked process."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._parent = os.getpid()
        self._loop = running_loop()
        self._chance = random.getstate()  # Python seeds it again in a forked process
        self._line = -1

    def live(self, line: int) -> NoReturn:
        """Try the code, tell how it went through the pipe `line`, and end the process."""
        try:
            self._cut_off(line)
        except ApartError as error:
            self._end("untried", f"the copy could not be kept apart from this kernel: {error}")
        except BaseException as error:  # nothing may run in a copy that is only half cut off
            self._end("untried", f"this kernel could not be copied ({line_of(repr(error))})")
        self._end(*self._run())

    def _cut_off(self, line: int) -> None:
        self._line = line
        os.setsid()
        ctypes.CDLL(None).prctl(_PARENT_DEATH, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != self._parent:
            os._exit(1)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self._line = descriptors.part(line)
        memory.part()
        memory.bound(self._task.more_bytes, self._task.cpu_s)
        random.setstate(self._chance)
        mute(self._task.shell, self._loop, self._refuse)
        install(self._line)
        sys.addaudithook(self._watch)

    def _run(self) -> tuple[State, str]:
        task = self._task
        try:
            # Not with the flags of this file, whose annotations are no values.
            code = compile(task.code, "<the proposal>", "exec", flags=task.flags, dont_inherit=True)
            exec(code, task.names)  # noqa: S102  # the user wants it tried
        except BaseException as error:  # whatever the code does is its result
            return _failure(error, task.more_bytes)
        return "runs", ""

    def _watch(self, event: str, arguments: tuple[Any, ...]) -> None:
        if would := act(event, arguments):
            self._refuse(would)

    def _refuse(self, would: str) -> NoReturn:
        """End the process: an error could be swallowed, and more would happen."""
        self._end("broken off", f"it would {would}, and only what stays in memory is tried")

    def _end(self, state: State, why: str) -> NoReturn:
        """Tell how it went, and leave without a process's usual cleanup, which is the parent's."""
        try:
            os.write(self._line, json.dumps([state, line_of(why)]).encode() + b"\n")
        finally:
            os._exit(0)


def _failure(error: BaseException, more_bytes: int) -> tuple[State, str]:
    if isinstance(error, SystemExit):
        return "fails", f"it exits ({line_of(str(error.code))})"
    try:
        said = getattr(error, "message", None) or str(error)
    except Exception:  # a stranger's __str__
        said = ""
    words = line_of(f"{type(error).__name__}: {said}".removesuffix(": "))
    chain = tuple(_chain(error))
    if any(isinstance(each, MemoryError) for each in chain):
        return "broken off", f"it needs more than {more_bytes / 1e9:g} GB more than the kernel has"
    if any(isinstance(e, OSError) and e.errno == errno.EBADF for e in chain):
        return "broken off", f"it uses a file or a connection that this kernel has open ({words})"
    if _FORKS.search(words):
        return "broken off", f"a library does not work in a copy of this kernel ({words})"
    return "fails", words


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
