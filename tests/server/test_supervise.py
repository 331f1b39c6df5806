"""No process is left when the kernel is gone, however it went."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from opencode_magic.server.find import Executable
from tests.harness.machine import Machine
from tests.harness.processes import command_line, wait_until_dead

KERNEL = Path(__file__).with_name("kernel.py")
SLEEPS = frozenset({"sleep 1000", "sleep 1001", "sleep 1003"})

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs a child subreaper")


class Kernel:
    """A running stand-in kernel with its server, supervisor and sleeps."""

    def __init__(
        self,
        machine: Machine,
        project: Path,
        opencode: Path,
        *more: str,
        sleeps: frozenset[str] = SLEEPS,
    ) -> None:
        self.sleeps = sleeps
        scratch = machine.root / "scratch"
        scratch.mkdir(exist_ok=True)
        self.scratch = scratch
        modules = filter(None, (str(Path(__file__).parents[2]), machine.env.get("PYTHONPATH")))
        self.popen = subprocess.Popen(
            [sys.executable, str(KERNEL), str(project), str(opencode), *more],
            env={**machine.env, "PYTHONPATH": os.pathsep.join(modules), "TMPDIR": str(scratch)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self.popen.stdout is not None
        line = self.popen.stdout.readline()
        assert line, "the kernel ended before its server was up"
        self.server = psutil.Process(json.loads(line)["server"])
        supervisor = self.server.parent()
        assert supervisor is not None
        self.supervisor = supervisor
        below = self._await_sleeps()
        # Parents first: a shell whose sleep is killed would go on to its next command.
        self.family = [supervisor, *below]

    def _await_sleeps(self) -> list[psutil.Process]:
        """Everything below the supervisor, once the sleeps are there."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            # Some have been adopted by the supervisor: all are below it.
            below = self.supervisor.children(recursive=True)
            if {command_line(process) for process in below} >= self.sleeps:
                return below
            time.sleep(0.05)
        raise AssertionError("the sleeps did not start")

    def close(self) -> None:
        for process in self.family:
            if process.is_running():
                process.kill()
        self.popen.kill()
        self.popen.wait()
        for pipe in (self.popen.stdin, self.popen.stdout):
            if pipe is not None:
                pipe.close()


def exit_cleanly(kernel: Kernel) -> None:
    assert kernel.popen.stdin is not None
    kernel.popen.stdin.close()


def terminate(kernel: Kernel) -> None:
    kernel.popen.terminate()


def kill(kernel: Kernel) -> None:
    kernel.popen.kill()


@pytest.fixture
def kernel(offline: Machine, opencode_executable: Path) -> Iterator[Callable[..., Kernel]]:
    """Start stand-in kernels; whatever is left of them ends with the test."""
    project = offline.project()
    kernels: list[Kernel] = []

    def start(*more: str) -> Kernel:
        kernels.append(Kernel(offline, project, opencode_executable, *more))
        return kernels[-1]

    yield start
    for one in kernels:
        one.close()


def assert_all_gone(kernel: Kernel) -> None:
    wait_until_dead(kernel.family)
    assert list(kernel.scratch.glob("opencode-magic-*")) == []


ENDS = pytest.mark.parametrize("end", [exit_cleanly, terminate, kill])


@ENDS
def test_nothing_is_left_after_the_kernel_ends(
    kernel: Callable[..., Kernel], end: Callable[[Kernel], None]
) -> None:
    for _ in range(2):
        running = kernel()
        end(running)
        assert_all_gone(running)


MCP = "sleep 1004"


@pytest.fixture
def kernel2(offline2: Machine, executable2: Executable) -> Iterator[Callable[..., Kernel]]:
    """Start stand-in kernels with OpenCode 2, which has an MCP server beside its shells."""
    config = json.loads(offline2.opencode_config.read_text())
    command = ["sh", "-c", f"cat > /dev/null & {MCP}"]
    config["mcp"] = {"servers": {"far": {"type": "local", "command": command}}}
    offline2.opencode_config.write_text(json.dumps(config))
    project = offline2.project()
    kernels: list[Kernel] = []

    def start() -> Kernel:
        sleeps = SLEEPS | {MCP}
        kernels.append(Kernel(offline2, project, executable2.path, sleeps=sleeps))
        return kernels[-1]

    yield start
    for one in kernels:
        one.close()


def test_nothing_of_opencode_2_is_left_however_the_kernel_ends(
    kernel2: Callable[..., Kernel],
) -> None:
    for end in (kill, exit_cleanly):
        running = kernel2()
        end(running)
        assert_all_gone(running)


def test_a_killed_opencode_2_leaves_none_of_its_tools(kernel2: Callable[..., Kernel]) -> None:
    running = kernel2()
    running.server.kill()
    assert_all_gone(running)


@pytest.mark.long
@pytest.mark.timeout(900)
@ENDS
def test_nothing_is_left_in_twenty_rounds(
    kernel: Callable[..., Kernel], end: Callable[[Kernel], None]
) -> None:
    for _ in range(20):
        running = kernel()
        end(running)
        assert_all_gone(running)


def test_a_forked_child_that_holds_the_pipes_keeps_nothing_alive(
    kernel: Callable[..., Kernel],
) -> None:
    running = kernel("fork")
    children = psutil.Process(running.popen.pid).children()
    child = next(one for one in children if one.pid != running.supervisor.pid)
    try:
        kill(running)
        assert_all_gone(running)
        assert child.is_running()
    finally:
        child.kill()


def test_an_interrupt_of_the_kernels_group_leaves_the_server_alone(
    kernel: Callable[..., Kernel],
) -> None:
    running = kernel()
    assert os.getpgid(running.supervisor.pid) != os.getpgid(running.popen.pid)
    for process in (running.supervisor, running.server):
        assert os.getsid(process.pid) != os.getsid(running.popen.pid)
    os.kill(running.supervisor.pid, signal.SIGINT)
    with pytest.raises(psutil.TimeoutExpired):
        running.supervisor.wait(0.5)
    assert running.server.is_running()


def test_a_killed_supervisor_takes_the_server_along(kernel: Callable[..., Kernel]) -> None:
    running = kernel()
    running.supervisor.kill()
    wait_until_dead([running.server])


def test_a_terminated_supervisor_ends_everything(kernel: Callable[..., Kernel]) -> None:
    running = kernel()
    running.supervisor.terminate()
    assert_all_gone(running)


def test_a_killed_server_leaves_none_of_its_tools(kernel: Callable[..., Kernel]) -> None:
    running = kernel()
    running.server.kill()
    assert_all_gone(running)
