"""A real kernel that a test starts, talks to and ends as it likes."""

from __future__ import annotations

import json
import os
import queue
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager

from tests.cell.running import joined
from tests.harness.machine import Machine


class Kernel:
    """A real kernel without a front end."""

    def __init__(self, machine: Machine, folder: Path) -> None:
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(env=machine.env, cwd=str(folder))
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    @property
    def pid(self) -> int:
        return int(self.manager.provisioner.pid)  # type: ignore[union-attr]

    def execute(self, code: str, *, allow_stdin: bool = False) -> str:
        """Send a cell; the id of the request."""
        return self.client.execute(code, allow_stdin=allow_stdin)

    def run(self, code: str, *answers: str) -> str:
        """Run a cell to its end, typing an answer whenever it asks; all it showed, as one text."""
        to_type = iter(answers)
        shown: list[dict[str, Any]] = []
        reply = self.client.execute_interactive(
            code,
            allow_stdin=bool(answers),
            timeout=120,
            output_hook=lambda message: shown.append(message["content"]),
            stdin_hook=lambda _: self.client.input(next(to_type)),
        )
        assert reply["content"]["status"] in ("ok", "error")
        return "\n".join(map(json.dumps, joined(shown)))

    def until(self, happened: Callable[[], object]) -> None:
        """Read what the kernel says until something has happened; an error in a cell ends it."""
        while not happened():
            with suppress(queue.Empty):
                message = self.client.get_iopub_msg(timeout=0.1)
                assert message["msg_type"] != "error", message["content"]

    def kill(self) -> None:
        """Let it die at once, as in a crash."""
        os.kill(self.pid, signal.SIGKILL)
        self.manager.provisioner.process.wait()  # type: ignore[union-attr]

    def close(self) -> None:
        self.client.stop_channels()
        if self.manager.is_alive():
            self.manager.shutdown_kernel(now=True)
