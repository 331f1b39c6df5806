"""A review on disk: files are read when it begins, and put back only if unchanged since."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace

from ..disk.folder import LINK, NEW_FILE_MODE, Folder, UntouchableError
from ..model.files import FileDiff
from ..model.review import FileReview, Review
from .hunks import HunkError
from .review import BACK, CHANGED, GONE, Change, Changes, ReviewVerdict, change, revised


@dataclass(frozen=True)
class Left:
    """A file that is not as it was left, or must not be touched, and why."""

    file: str
    why: str


def as_told(diff: Iterable[FileDiff], folder: Folder) -> bool:
    """Return whether the files are as a turn's diff says it left them.

    Only the lines a server sends can be compared, which may be those around the changes.
    """
    return not any(_why(file, folder)[0] in (CHANGED, GONE, BACK) for file in map(change, diff))


def digests(files: Iterable[str], folder: Folder) -> dict[str, str]:
    """Return the digests of files, "" for a missing one; without those that cannot be read."""
    found = {}
    for file in files:
        with suppress(UntouchableError):
            found[file] = digest(folder.read(file).data)
    return found


class ReviewDesk:
    """The files of one review.

    Parameters
    ----------
    asked:
        the changes of the turn. The attribute `changes` holds them too; files that are not as the
        turn left them say so there, and cannot be undone.
    folder:
        where the files are.
    """

    def __init__(self, asked: Changes, folder: Folder) -> None:
        self._folder = folder
        self._seen: dict[int, str] = {}
        files = []
        for number, file in enumerate(asked.files):
            why, data = _why(file, folder)
            self._seen[number] = digest(data)
            files.append(replace(file, why=why))
        self.changes = Changes(asked.id, tuple(files))

    def carry_out(self, verdict: ReviewVerdict) -> Review:
        """Undo the chosen pieces. One that cannot be undone stays, and the review says why."""
        files = [self._file(n, file, verdict) for n, file in enumerate(self.changes.files)]
        return Review(tuple(files), verdict.by or "user")

    def _file(self, number: int, file: Change, verdict: ReviewVerdict) -> FileReview:
        pieces = len(file.pieces)
        wanted = tuple(p for p in range(pieces) if (number, p) in verdict.undone)
        if not wanted:
            return FileReview(file.file, pieces, why=file.why)
        try:
            self._undo(file, self._seen[number], wanted)
        except (HunkError, UntouchableError) as error:
            return FileReview(file.file, pieces, left=wanted, why=str(error))
        return FileReview(file.file, pieces, undone=wanted)

    def _undo(self, file: Change, seen: str, wanted: tuple[int, ...]) -> None:
        now = self._folder.read(file.file)
        if digest(now.data) != seen:
            raise UntouchableError("it has changed since the review began")
        data = revised(file, now.data, wanted)
        mode = _old_mode(file, self._folder) if now.data is None else None
        self._folder.write(file.file, data, now, mode=mode)


def _why(file: Change, folder: Folder) -> tuple[str, bytes | None]:
    """Return why a file cannot be undone ("" where it can), and its content."""
    if file.why:
        return file.why, None
    try:
        data = folder.read(file.file).data
        back = revised(file, data, range(len(file.pieces)))
        if data is None and back is not None:
            _old_mode(file, folder)
    except (HunkError, UntouchableError) as error:
        return str(error), None
    return "", data


def digest(data: bytes | None) -> str:
    """Return a hash of the bytes of a file; "" for no file."""
    return "" if data is None else hashlib.sha256(data).hexdigest()


def _old_mode(file: Change, folder: Folder) -> int:
    """Return the mode of a file that was deleted, from git: a server does not send it."""
    mode = folder.mode_in_git(file.file)
    if mode is None:
        lines = [line for hunk in file.hunks for line in hunk.lines]
        if len(lines) == 1 and not lines[0].newline:
            raise UntouchableError("it may have been a symbolic link, git does not know it")
        return NEW_FILE_MODE
    if not stat.S_ISREG(mode):
        raise UntouchableError(LINK)
    return stat.S_IMODE(mode) | NEW_FILE_MODE
