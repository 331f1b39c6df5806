"""A real program in a pseudo-terminal, and what a reader would see of it."""

from __future__ import annotations

import re
import select
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyte
from ptyprocess import PtyProcess

from .processes import alive, descendants

CTRL_C = "\x03"
HISTORY = 10_000  # lines


class _Screen(pyte.HistoryScreen):
    """pyte's screen, which answers where the cursor is, as prompt_toolkit asks."""

    reply: Callable[[str], None]

    def write_process_input(self, data: str) -> None:
        self.reply(data)

    # prompt_toolkit sends private forms of these, which pyte hands on with a keyword it then
    # does not take.
    def report_device_status(self, mode: int, **kwargs: Any) -> None:
        if not kwargs.get("private"):
            super().report_device_status(mode)


class Terminal:
    """A program with a keyboard and a screen of its own; `raw` is all that it wrote."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        columns: int = 80,
        rows: int = 24,
    ) -> None:
        self.raw = b""
        self.screen = _Screen(columns, rows, history=HISTORY, ratio=0.5)
        self.screen.reply = self.type
        self._stream = pyte.ByteStream(self.screen)
        self._process = PtyProcess.spawn(
            list(command), cwd=str(cwd), env=dict(env), dimensions=(rows, columns)
        )

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        return int(self._process.pid)

    @property
    def seen(self) -> str:
        """All there is to see, from the first line that has scrolled away to the last one."""
        gone = [self._words(line) for line in self.screen.history.top]
        return "\n".join([*gone, *(line.rstrip() for line in self.screen.display)]).rstrip()

    @property
    def now(self) -> str:
        """What stands on the screen."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def type(self, text: str) -> None:
        self._process.write(text.encode())

    def resize(self, columns: int, rows: int) -> None:
        self._process.setwinsize(rows, columns)
        self.screen.resize(rows, columns)

    def read(self, timeout_s: float = 0.05) -> None:
        """Take in what the program has written."""
        if select.select([self._process.fd], [], [], timeout_s)[0]:
            try:
                piece = self._process.read(65536)
            except EOFError:
                return
            self.raw += piece
            self._stream.feed(piece)

    def wait_for(
        self, wanted: str | re.Pattern[str] | Callable[[], bool], timeout_s: float = 60
    ) -> None:
        """Wait until something is to be seen, or is true; an error with all that was seen."""
        until = time.monotonic() + timeout_s
        while not self._is(wanted):
            assert time.monotonic() < until, f"{wanted!r} did not come:\n{self.seen}"
            self.read()

    def settle(self, quiet_s: float = 0.4) -> None:
        """Wait until nothing more has come for a moment."""
        size = -1
        while size != len(self.raw):
            size = len(self.raw)
            self.read(quiet_s)

    def close(self) -> None:
        family = descendants(self.pid)
        self._process.close(force=True)
        for process in alive(family):
            process.kill()

    def _is(self, wanted: str | re.Pattern[str] | Callable[[], bool]) -> bool:
        if isinstance(wanted, str):
            return wanted in self.seen
        if isinstance(wanted, re.Pattern):
            return wanted.search(self.seen) is not None
        return wanted()

    def _words(self, line: Mapping[int, pyte.screens.Char]) -> str:
        cells = (line[n].data for n in range(self.screen.columns))
        return "".join(cells).rstrip()
