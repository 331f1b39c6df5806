"""The memory of a forked process: none shared with others, and not too much of it."""

from __future__ import annotations

import ctypes
import mmap
import resource
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ..answer.trial import ApartError

MOST_SHARED = 1_000_000_000
_CHUNK = 64 * 1024 * 1024
_FIXED = 0x10  # MAP_FIXED
_FAILED = ctypes.c_void_p(-1).value


def part() -> None:
    """Make writable shared memory private, with its content unchanged.

    Raises `ApartError` where it is too much, cannot be copied, or belongs to a device.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = (
        ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long,
    )  # fmt: skip
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _FIXED
    found = list(_shared())
    if sum(end - start for start, end in found) > MOST_SHARED:
        raise ApartError("it shares more than 1 GB of memory with others")
    for start, end in found:
        for at in range(start, end, _CHUNK):
            size = min(_CHUNK, end - at)
            content = ctypes.string_at(at, size)
            made = libc.mmap(at, size, mmap.PROT_READ | mmap.PROT_WRITE, flags, -1, 0)
            if made in (None, _FAILED):
                raise ApartError("its shared memory could not be copied")
            ctypes.memmove(at, content, size)


def _shared() -> Iterator[tuple[int, int]]:
    """Yield where writable shared memory begins and ends."""
    for line in Path("/proc/self/maps").read_text(errors="replace").splitlines():
        place, rights, _, _, _, *name = line.split(None, 5)
        if rights[1] != "w" or rights[3] != "s":
            continue
        what = name[0] if name else ""
        if what.startswith("/dev/") and not what.startswith(("/dev/shm/", "/dev/zero")):  # noqa: S108
            raise ApartError(f"it uses the device {what}")
        start, _, end = place.partition("-")
        yield int(start, 16), int(end, 16)


def bound(more_bytes: int, cpu_s: float) -> None:
    """Limit this process, which the system ends first if memory runs out.

    Parameters
    ----------
    more_bytes:
        how much memory it may take beyond what it has now.
    cpu_s:
        for how many seconds it may compute.
    """
    used = int(Path("/proc/self/statm").read_text().split()[0]) * mmap.PAGESIZE
    _at_most(resource.RLIMIT_AS, used + more_bytes)
    _at_most(resource.RLIMIT_CPU, int(cpu_s) + 1)
    _at_most(resource.RLIMIT_CORE, 0)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _at_most(what: int, value: int) -> None:
    """Set a limit that cannot be raised again."""
    _, hard = resource.getrlimit(what)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (value, value))


def own_bytes(process: int) -> int:
    """Return how many bytes of memory a process has changed or taken; 0 where it is not known."""
    try:
        told = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0
    kilobytes = (line.split()[1] for line in told.splitlines() if line.startswith("Private_Dirty"))
    return 1024 * sum(map(int, kilobytes))
