"""A filter of system calls, with which Linux ends a process that would act outside its memory.

Python's audit hook tells what Python does. Libraries in other languages open files and connections
themselves, and only the system sees that. A forbidden call kills the process: an error could be
swallowed, and the code would seem to have done what it has not.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import platform
import socket
import struct

from ..answer.trial import ApartError
from .syscalls import MACHINES, NEWEST, NUMBERS

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32 = 0x40000000
"""Numbers from here on are calls of another ABI of the same machine."""
_THREAD = 0x00010000  # CLONE_THREAD
_LOCKS = (fcntl.F_SETLK, fcntl.F_SETLKW, 37, 38)  # the last two are those of open files
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _MODE_FILTER = 38, 22, 2

_NUMBER, _ARCHITECTURE = 0, 4
_LOAD, _EQUAL, _AT_LEAST, _HAS_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06

OFTEN = ("read", "futex", "mmap", "munmap", "brk")
ABSENT = {
    "openat2": errno.ENOSYS,  # what a filter cannot look into; callers then take the older call
    "clone3": errno.ENOSYS,
    "io_uring_setup": errno.ENOSYS,
    "mkdir": errno.EEXIST,  # libraries make sure of folders that are there
    "mkdirat": errno.EEXIST,
}
FLAGS_AT = {"open": 1, "openat": 2}
TO_OPEN_FILES = (
    "write", "pwrite64", "writev", "pwritev", "pwritev2", "ftruncate", "fallocate", "sendfile",
    "vmsplice", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "accept", "accept4",
    "recvfrom", "recvmsg", "recvmmsg", "shutdown", "setsockopt",
)  # fmt: skip
"""Allowed on a descriptor that the process has opened itself."""
PROCESS_AT = {
    "kill": 0, "tkill": 0, "tgkill": 0, "rt_sigqueueinfo": 0, "rt_tgsigqueueinfo": 0,
    "prlimit64": 0, "setpriority": 1, "sched_setaffinity": 0, "sched_setscheduler": 0,
    "sched_setparam": 0, "sched_setattr": 0,
}  # fmt: skip
"""Allowed on the process itself; the number is the place of the argument that names it."""

_Instruction = tuple[int, int, int, int]
"""Code, how many instructions to skip if it holds and if not, and a value; see `seccomp(2)`."""
_ALLOW: _Instruction = (_RETURN, 0, 0, 0x7FFF0000)
_KILL: _Instruction = (_RETURN, 0, 0, 0x80000000)


def _error(number: int) -> _Instruction:
    """Refuse a call with an error of the system."""
    return (_RETURN, 0, 0, 0x00050000 | number)


def can_filter() -> bool:
    """Return whether the numbers of this machine's system calls are known."""
    return platform.machine() in MACHINES and ctypes.sizeof(ctypes.c_void_p) == 8


def install(first_own: int) -> None:
    """Filter the system calls of this thread and of all that it starts, for good.

    Parameters
    ----------
    first_own:
        the first descriptor that was opened here: those below it, except the standard ones, must
        not be written to.

    Raises `ApartError` where the system allows no filter.
    """
    program = b"".join(
        struct.pack("HBBI", *each) for each in rules(platform.machine(), os.getpid(), first_own)
    )
    code = ctypes.create_string_buffer(program, len(program))
    wanted = _Program(len(program) // 8, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.prctl(
        _SET_SECCOMP, _MODE_FILTER, ctypes.byref(wanted), 0, 0
    ):
        why = os.strerror(ctypes.get_errno())
        raise ApartError(f"this system does not let system calls be filtered ({why})")


def rules(machine: str, process: int, first_own: int) -> list[_Instruction]:
    """Return the filter in the form that the system reads: a program of classic BPF."""
    found: list[_Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        _KILL,
        (_LOAD, 0, 0, _NUMBER),
    ]
    blocks: dict[str, list[_Instruction]] = {
        **{name: [_ALLOW] for name in OFTEN},
        **{name: _to_open(first_own) for name in TO_OPEN_FILES},
        **{name: _to_read(at) for name, at in FLAGS_AT.items()},
        **{name: [_error(number)] for name, number in ABSENT.items()},
        **{name: _to_itself(at, process) for name, at in PROCESS_AT.items()},
        "fcntl": _lock(first_own),
        "sendto": [*_nowhere_else(4), *_to_open(first_own)],
        "socket": _no_local_socket(),
        "clone": [_argument(0), (_HAS_BITS, 1, 0, _THREAD), _KILL, _ALLOW],
    }
    # Whatever else the table names acts outside of the process.
    blocks |= {name: [_KILL] for name in NUMBERS if name not in blocks}
    for name, block in blocks.items():
        if (number := NUMBERS[name][MACHINES.index(machine)]) is not None:
            found += [(_EQUAL, 0, len(block), number), *block]
    return [
        *found,
        (_AT_LEAST, 0, 1, _X32),
        _KILL,
        (_AT_LEAST, 0, 1, NEWEST + 1),
        _error(errno.ENOSYS),
        _ALLOW,
    ]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))


def _argument(at: int, *, high: bool = False) -> _Instruction:
    """Load one half of an argument of the call."""
    return (_LOAD, 0, 0, 16 + 8 * at + 4 * high)


def _to_open(first_own: int) -> list[_Instruction]:
    """Allow only the standard descriptors and those that were opened here."""
    return [_argument(0), (_AT_LEAST, 2, 0, first_own), (_AT_LEAST, 0, 1, 3), _KILL, _ALLOW]


def _lock(first_own: int) -> list[_Instruction]:
    """Refuse locks on the kernel's files: databases lock them before they read or write."""
    return [
        _argument(1),
        *((_EQUAL, len(_LOCKS) - n, 0, lock) for n, lock in enumerate(_LOCKS)),
        _ALLOW,
        *_to_open(first_own),
    ]


def _to_read(at: int) -> list[_Instruction]:
    """Allow files to be opened only to be read."""
    writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
    return [_argument(at), (_HAS_BITS, 0, 1, writes), _KILL, _ALLOW]


def _to_itself(at: int, process: int) -> list[_Instruction]:
    """Allow only the process itself as the target."""
    return [_argument(at), (_EQUAL, 2, 0, 0), (_EQUAL, 1, 0, process), _KILL, _ALLOW]


def _nowhere_else(at: int) -> list[_Instruction]:
    """Kill where an address is given."""
    return [
        _argument(at),
        (_EQUAL, 0, 2, 0),
        _argument(at, high=True),
        (_EQUAL, 1, 0, 0),
        _KILL,
    ]


def _no_local_socket() -> list[_Instruction]:
    """Refuse with an error: the C library asks local services for names, and does without them."""
    local = (_EQUAL, 0, 1, int(socket.AF_UNIX))
    return [_argument(0), local, _error(errno.EAFNOSUPPORT), _ALLOW]
