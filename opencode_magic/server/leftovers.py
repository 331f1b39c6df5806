"""What commands have left running, found by the mark that leftovers.js gives them.

Linux only: elsewhere nothing is found.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from .guard import MARK_VARIABLE
from .supervise import processes

LOOKS = sys.platform.startswith("linux")
"""Whether anything can be found here."""


@dataclass(frozen=True)
class Leftover:
    """A process that a command has started, and that others of its kind hang on."""

    pid: int
    command: str
    call: str
    """The tool call it was started by; "" where its environment does not tell (any more)."""
    age_s: float
    under_way: bool
    """True where its command has not ended yet."""


def left_running(server: int) -> list[Leftover]:
    """The uppermost processes of commands on a server of our own.

    An orphan becomes a child of the server's supervisor; one without a mark may be a command's all
    the same.
    """
    parent_of = dict(processes()) if LOOKS else {}
    supervisor = parent_of.get(server)
    if supervisor is None:  # the server has ended, and all it started with it
        return []
    found: list[Leftover] = []
    for pid, parent in parent_of.items():
        if pid == server or parent not in (supervisor, server):
            continue
        call = _call(pid)
        if call or parent == supervisor:
            found.append(Leftover(pid, _command(pid), call, _age_s(pid), parent == server))
    return [left for left in found if left.command]


def _call(pid: int) -> str:
    mark = f"{MARK_VARIABLE}=".encode()
    variables = _read(pid, "environ").split(b"\0")
    found = next((entry for entry in variables if entry.startswith(mark)), b"")
    return found[len(mark) :].decode("utf-8", "replace")


def _command(pid: int) -> str:
    """Its command line, "" of a process that has ended."""
    return _read(pid, "cmdline").replace(b"\0", b" ").decode("utf-8", "replace").strip()


def _age_s(pid: int) -> float:
    # The name in parentheses may hold anything; the start is the 20th field after it.
    fields = _read(pid, "stat").rpartition(b")")[2].split()
    if len(fields) < 20:
        return 0.0
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")


def _read(pid: int, name: str) -> bytes:
    try:
        return Path("/proc", str(pid), name).read_bytes()
    except OSError:  # it has ended, or is another user's
        return b""
