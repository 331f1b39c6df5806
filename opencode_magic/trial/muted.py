"""In a forked process: the copy of the shell no longer speaks to the notebook."""

from __future__ import annotations

import asyncio
import builtins
import faulthandler
import getpass
import io
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the event loop that runs in this thread; None without one."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def mute(shell: Any, loop: asyncio.AbstractEventLoop | None, refuse: Callable[[str], None]) -> None:
    """Let nothing of the copy reach the notebook: no output, no question, no history.

    Parameters
    ----------
    loop:
        the loop that ran before the fork, so that code meets the loop it will meet in a cell.
    refuse:
        ends the trial, and says what the code would have done.
    """
    sys.dont_write_bytecode = True  # importing must not write files
    faulthandler.disable()  # it writes to one of the kernel's files
    sys.settrace(None)
    threading.settrace(None)
    sys.stdout, sys.stderr = _nowhere(), _nowhere()
    sys.stdin = _nowhere("r")

    def ask(*_: Any, **__: Any) -> str:
        refuse("ask for input")
        return ""

    builtins.input = getpass.getpass = ask
    _open_nowhere()
    if loop is not None:
        with suppress(AttributeError):
            asyncio._set_running_loop(loop)
    if shell is not None:
        _cut_lines(shell, ask)


def _nowhere(mode: str = "w") -> Any:
    """Return a text file on a standard descriptor, which leads nowhere here."""
    return open(1, mode, encoding="utf-8", errors="replace", closefd=False)


def _open_nowhere() -> None:
    """Let `/dev/null` be opened for writing: the filter of system calls cannot see names."""
    usual = io.open
    nowhere = os.open(os.devnull, os.O_RDWR)

    def opened(file: Any, *args: Any, **kwargs: Any) -> Any:
        return usual(os.dup(nowhere) if file == os.devnull else file, *args, **kwargs)

    builtins.open = io.open = opened
    shell_module = sys.modules.get("IPython.core.interactiveshell")
    if shell_module is not None:  # cells have an `open` of IPython's
        shell_module.io_open = opened  # type: ignore[attr-defined]


def _cut_lines(shell: Any, ask: Callable[..., str]) -> None:
    from IPython.core.displaypub import DisplayPublisher  # late: not needed where nothing is tried

    kernel = getattr(shell, "kernel", None)
    talking = (kernel, shell.display_pub, shell.displayhook)
    shell.display_pub = DisplayPublisher(shell=shell)  # prints, where nobody reads it
    if hasattr(shell, "db"):
        shell.db = {}
    if shell.history_manager is not None:
        shell.history_manager.enabled = False
    for each in talking:
        session = getattr(each, "session", None)
        if session is not None:
            session.send = lambda *_, **__: None
    if kernel is not None:
        kernel.raw_input = kernel.getpass = ask
