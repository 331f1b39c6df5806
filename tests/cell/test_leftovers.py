"""However a kernel goes, nothing of its server stays."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from opencode_magic.demo.script import Say
from tests.cell.cells import LOAD, ask, bash
from tests.cell.kernels import Kernel
from tests.harness.machine import Machine
from tests.harness.processes import command_line, wait_until_dead

WITHIN_S = 10
WAYS = ("exit", "restart", "terminate", "kill")


@pytest.fixture
def kernel(machine: Machine, project: Path) -> Iterator[Kernel]:
    kernel = Kernel(machine, project)
    yield kernel
    kernel.close()


def family(kernel: Kernel, marker: Path) -> list[psutil.Process]:
    """The kernel's descendants, once the tool's `sleep` is among them."""
    kernel.until(marker.exists)
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
