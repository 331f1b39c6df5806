"""Ask programs for their versions, all at once: none of them can keep the others waiting."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from ..protocol.versions import parse_version

TELL_AFTER_S = 2.0
GIVE_UP_AFTER_S = 15.0  # a good program took 0.9 to 3.5 s, by load
MOST_SAID = 100_000  # bytes; one that says more is no opencode
_TICK_S = 0.1
_END_S = 1.0


@dataclass(frozen=True)
class ProgramAnswer:
    """What a program said of its version, and why it said nothing where it did not."""

    said: str = ""
    silent: bool = False
    """True where it had not ended when it was given up."""
    refused: str = ""
    """Why the system did not run it."""

    @property
    def version(self) -> str:
        """The version; notices may come before or after it, it is a line of its own."""
        for line in reversed(self.said.splitlines()):
            words = line.split()
            if 1 <= len(words) <= 2 and (numbers := parse_version(line)):
                return ".".join(map(str, numbers))
        return ""


class AskedPrograms:
    """Programs that were asked; in the end, those that still run are ended."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._news: queue.SimpleQueue[Path] = queue.SimpleQueue()
        self._began = time.monotonic()
        self._asked = {path: _Question(path, self._news) for path in paths}
        self.answers: dict[Path, ProgramAnswer] = {}

    def __enter__(self) -> AskedPrograms:
        for question in self._asked.values():
            question.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for path in self.waited_for:
            self._asked[path].end()

    @property
    def waited_for(self) -> list[Path]:
        """Those that have not answered yet."""
        return [path for path in self._asked if path not in self.answers]

    def wait(self, enough: Callable[[], bool], progress: Callable[[str], None]) -> None:
        """Wait until that is enough, all have answered, or the time is over."""
        told_s = TELL_AFTER_S - 1
        while self.waited_for and not enough():
            waited_s = time.monotonic() - self._began
            if waited_s > GIVE_UP_AFTER_S:
                self._give_up()
                return
            if waited_s >= told_s + 1:
                told_s = waited_s
                names = ", ".join(f"{path} --version" for path in self.waited_for)
                progress(f"waiting for {names} ({waited_s:.0f} s)")
            with suppress(queue.Empty):
                path = self._news.get(timeout=_TICK_S)
                self.answers[path] = self._asked[path].answer

    def _give_up(self) -> None:
        for path in self.waited_for:
            question = self._asked[path]
            question.end()
            self.answers[path] = ProgramAnswer(question.said, silent=True)


class _Question(threading.Thread):
    """One program that is asked; it gets no input, a group of its own, and bounded room."""

    def __init__(self, path: Path, news: queue.SimpleQueue[Path]) -> None:
        super().__init__(name="opencode-version", daemon=True)
        self._path = path
        self._news = news
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._ended = False
        self._heard = bytearray()
        self._refused = ""

    @property
    def said(self) -> str:
        return bytes(self._heard).decode("utf-8", "replace")

    @property
    def answer(self) -> ProgramAnswer:
        return ProgramAnswer(self.said, refused=self._refused)

    def run(self) -> None:
        try:
            process = self._spawn()
            if process is not None:
                self._listen(process)
        except OSError as error:
            self._refused = error.strerror or type(error).__name__
        self._news.put(self._path)

    def end(self) -> None:
        """End the program and what it started, whatever signals it ignores."""
        with self._lock:
            self._ended = True
            if self._process is not None and self._process.poll() is None:
                _kill(self._process)
                with suppress(subprocess.TimeoutExpired):  # one that hangs in the system itself
                    self._process.wait(_END_S)

    def _spawn(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if not self._ended:
                self._process = subprocess.Popen(  # no shell: a list of two words
                    [str(self._path), "--version"],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            return self._process

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        with process.stdout as pipe:
            while len(self._heard) < MOST_SAID and (said := os.read(pipe.fileno(), 65536)):
                self._heard += said
            if len(self._heard) >= MOST_SAID:
                self.end()
        process.wait()


def _kill(process: subprocess.Popen[bytes]) -> None:
    if os.name == "nt":
        process.kill()
        return
    with suppress(ProcessLookupError, PermissionError):  # it ended by itself meanwhile
        os.killpg(process.pid, signal.SIGKILL)
