"""Start and end child processes, with everything they started."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil


class Child:
    """A process with its log in a file; `stop()` ends it and all its descendants."""

    def __init__(
        self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path
    ) -> None:
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                list(command),
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
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

    def stop(self, timeout_s: float = 5) -> None:
        """End it gently, then what is left of its family."""
        family = descendants(self.pid)
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for process in family:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue  # it went with its parent
        psutil.wait_procs(family, timeout=timeout_s)


def descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
