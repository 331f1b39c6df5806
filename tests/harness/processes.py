"""Start and end child processes, with everything they started."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil


class Child:
    """A process with its log in a file; `stop()` ends it and all its descendants.

    With a `pipe` it can see by its input whether we are still there.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        log: Path,
        pipe: bool = False,
    ) -> None:
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                list(command),
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.PIPE if pipe else subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def output(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def wait_for(self, ready: Callable[[str], str | None], timeout_s: float = 60) -> str:
        """What `ready` finds in the log; an error with the log when it does not come."""
        waited = 0.0
        while waited < timeout_s:
            found = ready(self.output)
            if found is not None:
                return found
            try:
                self.process.wait(0.05)
            except subprocess.TimeoutExpired:
                waited += 0.05
            else:
                raise AssertionError(f"ended with {self.process.returncode}:\n{self.output}")
        raise AssertionError(f"not ready after {timeout_s} s:\n{self.output}")

    def stop(self, *, grace_s: float = 5) -> None:
        """End it gently, then what is left of its family."""
        family = descendants(self.pid)
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(grace_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for process in family:
            with suppress(psutil.NoSuchProcess):  # it went with its parent
                process.kill()
        wait_until_dead(family)


def wait_until_dead(processes: Iterable[psutil.Process], timeout_s: float = 10) -> None:
    """Wait until none of these processes runs; an error that names those which do."""
    end = time.monotonic() + timeout_s
    left = alive(processes)
    while left:
        assert time.monotonic() < end, f"still running after {timeout_s} s: {left}"
        psutil.wait_procs(left, timeout=0.05)
        left = alive(left)


def alive(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Those that run. A zombie does not: in a container nobody may be there to bury it."""
    return [process for process in processes if _runs(process)]


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def command_line(process: psutil.Process) -> str:
    """What runs there, as one line; nothing of a process that has ended, buried or not."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
