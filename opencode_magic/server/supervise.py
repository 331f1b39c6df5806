"""Run `opencode serve` on behalf of a kernel, and leave no process behind when either is gone.

A script of its own, standard library only. Its standard input is the kernel's hand: when it
closes, or the kernel process ends, the server and every descendant are ended. Standard output
carries what the server says, and two lines of ours that start with `supervise:`.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

_LINUX = sys.platform.startswith("linux")
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36

_TERMINATE_S = 2.0
_SWEEP_S = 8.0


def main() -> int:
    """Supervise until the kernel or the server ends; the server's exit code, or 0 if told to."""
    options = argparse.ArgumentParser()
    options.add_argument("--kernel", type=int, required=True)
    options.add_argument("--scratch", type=Path, required=True)
    options.add_argument("--pipe", action="store_true", help="give it an input that stays open")
    options.add_argument("command", nargs="+")
    chosen = options.parse_args()
    try:
        return _supervise(chosen.command, kernel=chosen.kernel, pipe=chosen.pipe)
    finally:
        shutil.rmtree(chosen.scratch, ignore_errors=True)


def _supervise(command: list[str], *, kernel: int, pipe: bool) -> int:
    wake = _signals()
    _adopt_orphans()
    kernel_gone = _pidfd(kernel)
    if os.getppid() != kernel:
        return 0
    os.set_blocking(1, False)
    server = subprocess.Popen(
        command,
        # A pipe is ours until we end: a server that ends with its input then ends with us.
        stdin=subprocess.PIPE if pipe else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=_die_with_parent if _LINUX else None,
    )
    assert server.stdout is not None
    output = server.stdout.fileno()
    _say(f"supervise: server pid {server.pid}\n".encode())

    watched = [fd for fd in (0, output, wake, kernel_gone) if fd >= 0]
    exited: int | None = None
    while exited is None:
        # The timeout is for systems without pidfd: there an ended parent shows as a new one.
        ready, _, _ = select.select(watched, [], [], 1.0)
        if wake in ready and _stop_asked(wake):
            break
        if output in ready and not _forward(output):
            watched.remove(output)
        if 0 in ready and not os.read(0, 4096):
            break
        if kernel_gone in ready or os.getppid() != kernel:
            break
        exited = _reap().get(server.pid)
    if exited is None:
        code = _end(server.pid, wake)
    else:
        code = os.waitstatus_to_exitcode(exited)
        _drain(output)
        _say(f"supervise: server exited with code {code}\n".encode())
    server.returncode = code  # reaped above; keeps Popen from waiting for it again
    _sweep(wake)
    return code if exited is not None else 0


def _signals() -> int:
    """A descriptor that becomes readable when a signal came."""
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.setblocking(False)
    signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    theirs.detach()
    return ours.detach()


def _stop_asked(wake: int) -> bool:
    with contextlib.suppress(BlockingIOError):
        numbers = os.read(wake, 4096)
        return signal.SIGTERM in numbers or signal.SIGHUP in numbers
    return False


def _adopt_orphans() -> None:
    """Make every orphaned descendant ours instead of init's (Linux)."""
    if _LINUX:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _die_with_parent() -> None:
    """In the child before exec: a killed supervisor takes the server along."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _pidfd(pid: int) -> int:
    """A descriptor that becomes readable when the process ends; -1 where there is none."""
    opener = getattr(os, "pidfd_open", None)
    if opener is None:
        return -1
    try:
        return int(opener(pid))
    except OSError:  # gone already, or a sandbox forbids it: the parent check decides
        return -1


def _forward(output: int) -> bool:
    chunk = os.read(output, 65536)
    if chunk:
        _say(chunk)
    return bool(chunk)


def _drain(output: int) -> None:
    """The last words of an ended server, without waiting for others who hold its pipe."""
    os.set_blocking(output, False)
    with contextlib.suppress(BlockingIOError):
        while _forward(output):
            pass


def _say(chunk: bytes) -> None:
    # A kernel that does not read, or is gone, must not stop us: then the words are lost.
    with contextlib.suppress(BlockingIOError, BrokenPipeError):
        os.write(1, chunk)


def _reap() -> dict[int, int]:
    """Collect every child that has ended, adopted ones too: pid -> wait status."""
    ended: dict[int, int] = {}
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            ended[pid] = status
    return ended


def _end(pid: int, wake: int) -> int:
    """Ask the server to stop, then make it; its exit code."""
    # Without a subreaper, descendants are lost from sight once the server is gone.
    known = [] if _LINUX else descendants(pid)
    for number, patience in ((signal.SIGTERM, _TERMINATE_S), (signal.SIGKILL, _TERMINATE_S)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        until = time.monotonic() + patience
        while time.monotonic() < until:
            status = _reap().get(pid)
            if status is not None:
                _kill(known)
                return os.waitstatus_to_exitcode(status)
            _await_child(wake, until - time.monotonic())
    _kill(known)
    return -signal.SIGKILL


def _sweep(wake: int) -> None:
    """Kill descendants until there are none: one may fork while we look."""
    until = time.monotonic() + _SWEEP_S
    while (found := descendants(os.getpid())) and time.monotonic() < until:
        _kill(found)
        # A grandchild's end is told to its own parent, not to us: hence the short patience.
        _await_child(wake, 0.02)
        _reap()


def _await_child(wake: int, timeout_s: float) -> None:
    select.select([wake], [], [], max(timeout_s, 0))
    with contextlib.suppress(BlockingIOError):
        os.read(wake, 4096)


def _kill(pids: Iterable[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def descendants(root: int) -> list[int]:
    """Every process below this one."""
    children: dict[int, list[int]] = {}
    for pid, parent in processes():
        children.setdefault(parent, []).append(pid)
    found: list[int] = []
    waiting = [root]
    while waiting:
        below = children.get(waiting.pop(), [])
        found.extend(below)
        waiting.extend(below)
    return found


def processes() -> list[tuple[int, int]]:
    """Every process and its parent, from /proc, else from `ps`."""
    if not _LINUX:
        return _processes_from_ps()
    pairs = []
    for entry in os.listdir("/proc"):  # noqa: PTH208 - names only, for each of many processes
        if not entry.isdigit():
            continue
        try:
            stat = Path("/proc", entry, "stat").read_bytes()
        except OSError:  # it ended while we looked
            continue
        # The name in parentheses may hold anything, parentheses and spaces too.
        state, parent = stat[stat.rindex(b")") + 1 :].split()[:2]
        if state not in (b"Z", b"X"):
            pairs.append((int(entry), int(parent)))
    return pairs


def _processes_from_ps() -> list[tuple[int, int]]:
    lister = subprocess.Popen(
        ["ps", "-axo", "pid=,ppid="], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    listing, _ = lister.communicate()
    pairs = [tuple(map(int, line.split())) for line in listing.splitlines()]
    return [(pid, parent) for pid, parent in pairs if pid != lister.pid]


if __name__ == "__main__":
    sys.exit(main())
