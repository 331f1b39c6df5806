"""Keys and lines typed while a cell runs, read without waiting and shown only if asked for."""

from __future__ import annotations

import os
import select
from contextlib import suppress
from typing import Any, Literal

try:
    import termios
except ImportError:  # Windows
    termios = None  # type: ignore[assignment]

Mode = Literal["quiet", "key", "line"]
MOST = 4096  # bytes at once


class HungUpError(Exception):
    """Nobody can type any more."""


class Keyboard:
    """The terminal's keyboard, from `open` to `close`.

    It is `quiet` at first: what is typed is not shown, and left for the next reader. Only what is
    typed after a question answers it.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._before: list[Any] | None = None

    @property
    def is_open(self) -> bool:
        """Return whether keys are taken now."""
        return self._before is not None

    def open(self) -> None:
        """Hide what is typed from now on. A terminal that another program has now is left alone."""
        if self._before is not None:
            return
        with suppress(termios.error, OSError):
            if os.tcgetpgrp(self._fd) == os.getpgrp():
                self._before = termios.tcgetattr(self._fd)
                self.listen("quiet")

    def listen(self, mode: Mode) -> None:
        """Be quiet, or read single keys, or lines, which are shown."""
        if self._before is None:
            return
        attributes = [*self._before[:6], list(self._before[6])]
        off = {"quiet": termios.ECHO, "key": termios.ECHO | termios.ICANON, "line": 0}[mode]
        attributes[3] &= ~off
        if mode == "key":
            attributes[6][termios.VMIN], attributes[6][termios.VTIME] = 1, 0
        # Flushed: what was typed before a question is no answer to it.
        when = termios.TCSADRAIN if mode == "quiet" else termios.TCSAFLUSH
        with suppress(termios.error):
            termios.tcsetattr(self._fd, when, attributes)

    def read(self, timeout_s: float) -> str:
        """Return what was typed; "" for nothing yet. Raise HungUpError if nobody can type any more.

        A typed end of the input counts as hung up, too.
        """
        if not select.select([self._fd], [], [], timeout_s)[0]:
            return ""
        try:
            typed = os.read(self._fd, MOST)
        except OSError as error:
            raise HungUpError from error
        if not typed:  # Ctrl-D in an empty line, or the terminal is gone
            raise HungUpError
        return typed.decode("utf-8", "replace")

    def close(self) -> None:
        """Restore the keyboard as it was."""
        before, self._before = self._before, None
        if before is not None:
            with suppress(termios.error):
                termios.tcsetattr(self._fd, termios.TCSADRAIN, before)
