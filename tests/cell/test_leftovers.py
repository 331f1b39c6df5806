"""However a kernel goes, nothing of its server stays."""

from __future__ import annotations

import os
import queue
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from jupyter_client.manager import KernelManager

from opencode_magic.demo.script import Say
from tests.cell.cells import LOAD, ask, bash
from tests.harness.machine import Machine
from tests.harness.processes import command_line, wait_until_dead

WITHIN_S = 10
WAYS = ("exit", "restart", "terminate", "kill")


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

    def execute(self, code: str) -> str:
        return self.client.execute(code, allow_stdin=False)

    def close(self) -> None:
        self.client.stop_channels()
        if self.manager.is_alive():
            self.manager.shutdown_kernel(now=True)


@pytest.fixture
def kernel(machine: Machine, project: Path) -> Iterator[Kernel]:
    kernel = Kernel(machine, project)
    yield kernel
    kernel.close()


def family(kernel: Kernel, marker: Path) -> list[psutil.Process]:
    """The kernel's descendants, once the tool's `sleep` is among them."""
    while True:
        try:
            message = kernel.client.get_iopub_msg(timeout=0.1)
            assert message["msg_type"] != "error", message["content"]
        except queue.Empty:
            pass
        if marker.exists():
            return psutil.Process(kernel.pid).children(recursive=True)


def end(kernel: Kernel, way: str) -> None:
    if way == "exit":
        kernel.manager.shutdown_kernel()
    elif way == "restart":
        kernel.manager.restart_kernel(now=True)
    else:
        os.kill(kernel.pid, signal.SIGTERM if way == "terminate" else signal.SIGKILL)


def one_round(kernel: Kernel, folder: Path, way: str) -> None:
    marker = folder / "running"
    command = f"setsid sleep 1000 & touch {marker}; sleep 1000"
    kernel.execute(LOAD)
    kernel.execute(ask("sleep", bash(command), Say("x"), options="--permission allow"))
    processes = family(kernel, marker)
    names = [command_line(p) for p in processes]
    assert sum("sleep 1000" in name for name in names) >= 2, names
    assert any("serve" in name for name in names)
    end(kernel, way)
    wait_until_dead(processes, WITHIN_S)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("number", [1, 2])
def test_no_process_is_left(kernel: Kernel, project: Path, way: str, number: int) -> None:
    assert number
    one_round(kernel, project, way)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("number", range(20))
def test_no_process_is_left_in_many_rounds(
    kernel: Kernel, project: Path, way: str, number: int
) -> None:
    assert number >= 0
    one_round(kernel, project, way)
