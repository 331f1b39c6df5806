"""The process of a server of our own, under its supervisor."""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import UnforeseenError
from ..protocol.hosting import address_in

SUPERVISOR = Path(__file__).with_name("supervise.py")
STDIO = "--stdio"
"""The option of a command that ends with its input."""
LOG_LINES = 200
_STOP_S = 12.0


def supervised(command: Sequence[str], scratch: Path) -> list[str]:
    """Return the command line that runs a command under a supervisor, which ends it with us."""
    options = ["--kernel", str(os.getpid()), "--scratch", str(scratch)]
    if STDIO in command:
        options.append("--pipe")
    return [sys.executable, "-I", str(SUPERVISOR), *options, "--", *command]


class ServerProcess:
    """The supervisor process of one server: its hand (stdin), its voice (stdout), its end."""

    def __init__(self, command: list[str], *, env: Mapping[str, str], cwd: Path) -> None:
        self._owner = os.getpid()
        self._popen = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            start_new_session=True,
        )
        self.lines: deque[str] = deque(maxlen=LOG_LINES)
        self.news = threading.Condition()
        self.server_pid = 0
        self.url = ""
        self.ended = False
        self.fault: UnforeseenError | None = None
        # What was started is stopped, whatever happens between here and the caller's assignment.
        atexit.register(self.stop)
        self._reader = threading.Thread(target=self._read, name="opencode-log", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        try:
            self._follow()
        except Exception as error:  # unforeseen: nobody must wait for lines that never come
            self.fault = UnforeseenError("reading what opencode prints", error)
            self._popen.kill()  # unread, the server would stop at its next lines
        self._popen.wait()  # no zombie in the kernel's family
        with self.news:
            self.ended = True
            self.news.notify_all()

    def _follow(self) -> None:
        assert self._popen.stdout is not None
        with self._popen.stdout as stdout:
            for raw in stdout:
                line = raw.decode("utf-8", "replace").rstrip()
                with self.news:
                    self.lines.append(line)
                    if found := re.fullmatch(r"supervise: server pid (\d+)", line):
                        self.server_pid = int(found[1])
                    else:
                        self.url = self.url or address_in(line)
                    self.news.notify_all()

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._popen.poll() is None and not self.ended

    def await_end(self, timeout_s: float) -> bool:
        """Return whether it has ended, or does so within the time."""
        with self.news:
            return self.news.wait_for(lambda: self.ended, timeout_s)

    def tail(self, lines: int) -> str:
        """Return the last lines of the server; ours left out."""
        with self.news:
            said = [line for line in self.lines if not line.startswith("supervise:")]
        return "\n".join(said[-lines:])

    def stop(self) -> None:
        """End it, and with it the server and all that it started."""
        if os.getpid() != self._owner:
            return  # a forked child of the kernel: the server is not its own
        atexit.unregister(self.stop)
        assert self._popen.stdin is not None
        with contextlib.suppress(OSError):
            self._popen.stdin.close()
        try:
            self._popen.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._popen.kill()  # the server dies with its parent
            self._popen.wait()
        self._reader.join(1.0)
