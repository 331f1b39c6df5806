"""The open files that a forked process shares with its parent."""

from __future__ import annotations

import fcntl
import os
import stat
from contextlib import suppress
from pathlib import Path

from ..answer.trial import ApartError

MOST = 4_096
_HARMLESS = (3, 5, 8, 9)  # /dev/null, zero, random, urandom


def part(keep: int) -> int:
    """Share no open file any more; return the new number of `keep`, above all the others.

    A file on disk that can be read is opened again at the same place, for reading only, so that
    moving on in it moves nothing for the parent. All others become `/dev/null`, for writing only:
    reading fails, and the filter of system calls refuses to write. Unused numbers in between are
    taken too, so that whatever is opened later has a higher one.

    Raises `ApartError` where too many files are open.
    """
    opened = {int(each.name) for each in Path("/proc/self/fd").iterdir()}
    last = max(opened)
    if last > MOST:
        raise ApartError("it has too many open files")
    kept = fcntl.fcntl(keep, fcntl.F_DUPFD_CLOEXEC, last + 1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    silent = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(silent, standard)
    for each in range(3, kept):
        if each not in (nowhere, silent) and not (each in opened and _opened_again(each)):
            os.dup2(nowhere, each)
    for own in (nowhere, silent):
        if own > kept:
            os.close(own)
    return kept


def _opened_again(descriptor: int) -> bool:
    try:
        if not _is_read(descriptor):
            return False
        own = os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY)
    except OSError:
        return False
    with suppress(OSError):  # a folder or a device has no place
        os.lseek(own, os.lseek(descriptor, 0, os.SEEK_CUR), os.SEEK_SET)
    os.dup2(own, descriptor)
    os.close(own)
    return True


def _is_read(descriptor: int) -> bool:
    if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY:
        return False
    found = os.fstat(descriptor)
    kind = found.st_mode
    if stat.S_ISCHR(kind):
        return os.major(found.st_rdev) == 1 and os.minor(found.st_rdev) in _HARMLESS
    return stat.S_ISREG(kind) or stat.S_ISDIR(kind)
