"""Changes of a turn taken out of the files and brought back, planned before any is written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from ..disk.folder import Folder, SeenFile, UntouchableError
from ..model.files import FileDiff
from .desk import Left, ReviewDesk, digest, digests
from .hunks import HunkError
from .review import BACK, CHANGED, Change, ReviewVerdict, change, changes, every, inverse, revised

UNKNOWN_TEXT = "its text is not known here"
NOT_AS_LEFT = "it is not as the undo left it"
UNKEPT = "it cannot be read, or is a link, so the way back could not be kept"
NO_SNAPSHOT = "the server has no snapshot of it"

_RUN = 0o111

UNREADABLE = "?"
"""The digest of a file that cannot be read, such as a link."""

PutBack = Callable[[Collection[str]], Collection[str]]
"""Has the server put files back as they were before the turn; returns those it put back."""


@dataclass(frozen=True)
class RewoundFile:
    """A file as an undo found it, and the digest of what it left, "" where it is gone."""

    before: SeenFile
    left: str


@dataclass(frozen=True)
class Rewound:
    """The result of an undo: the files it changed, and those it could not change and why."""

    kept: Mapping[str, RewoundFile] = field(default_factory=dict)
    left: tuple[Left, ...] = ()


@dataclass(frozen=True)
class Undone:
    """The undone messages of a session that can come back, from the first to the last."""

    first: str
    last: str
    kept: Mapping[str, RewoundFile] | None = None
    """The files that were changed, as they were before and after; None where not known."""

    def __contains__(self, order: object) -> bool:
        return isinstance(order, str) and self.first <= order <= self.last


@dataclass(frozen=True)
class Reviewed:
    """The files of a turn in which a review undid something, and the changes that stayed."""

    files: frozenset[str]
    stayed: tuple[FileDiff, ...]


class Rewind:
    """The files of a turn that are to be as they were before it.

    What was changed or deleted is put back whole from a server's snapshot, exact to the byte: a
    diff does not show a mode or a byte order mark, nor if a file is a link. Without a snapshot the
    hunks are taken out, if they contain everything. `unfit` are the files that are not, or may not
    be, as the turn left them: they are put back only with `force`.

    Parameters
    ----------
    diff:
        the changes of the turn.
    folder:
        where the files are.
    """

    def __init__(self, diff: Iterable[FileDiff], folder: Folder) -> None:
        self._folder = folder
        self._desk = ReviewDesk(changes("undo", diff), folder)
        files = self._desk.changes.files
        reasons = {file.file: _unfit(file, folder) for file in files}
        self.unfit = tuple(Left(file, why) for file, why in reasons.items() if why)
        fit = [file for file in files if not reasons[file.file]]
        self._whole = [file.file for file in fit if file.status != "added"]
        self._doubtful = {file.file for file in fit if _tells_too_little(file, folder)}

    def carry_out(self, put_back: PutBack, also: Collection[str] = (), *, force: bool) -> Rewound:
        """Take the changes out.

        Parameters
        ----------
        put_back:
            has the server put files back from its snapshot.
        also:
            files to put back that are in no diff; none by default.
        force:
            whether to put back the unfit files too.
        """
        files = self._desk.changes.files
        whole = [*self._whole, *(each.file for each in self.unfit if force), *also]
        found = {file: self._read(file) for file in (*(f.file for f in files), *also)}
        safe = [file for file in whole if found[file] is not None]
        back = set(put_back(safe)) if safe else set()
        for file in back:
            self._keep_mode(file, found[file])
        review = self._desk.carry_out(self._by_hunks(back | self._doubtful, force=force))
        left = [Left(file.file, file.why) for file in review.files if file.left]
        undone = back | {file.file for file in review.files if file.undone or file.left}
        missed = (file for file in whole if file not in undone)
        left += [Left(f, UNKEPT if found[f] is None else NO_SNAPSHOT) for f in missed]
        now = digests(found, self._folder)
        kept = {
            file: RewoundFile(seen, now.get(file, UNREADABLE))
            for file, seen in found.items()
            if seen is not None and digest(seen.data) != now.get(file, UNREADABLE)
        }
        return Rewound(kept, tuple(left))

    def _by_hunks(self, but: Collection[str], *, force: bool) -> ReviewVerdict:
        asked = self._desk.changes
        left = {*but, *(() if force else (each.file for each in self.unfit))}
        pieces = (piece for piece in every(asked) if asked.files[piece[0]].file not in left)
        return ReviewVerdict(asked.id, frozenset(pieces))

    def _read(self, file: str) -> SeenFile | None:
        """Return the file as it is; None for one that cannot be read, and so not be kept."""
        with suppress(UntouchableError):
            return self._folder.read(file)
        return None

    def _keep_mode(self, file: str, before: SeenFile | None) -> None:
        """Restore the mode: git, and so a server, stores only whether a file can be run."""
        now = self._read(file)
        if before is None or before.data is None or now is None or now.data is None:
            return
        if bool(before.mode & _RUN) == bool(now.mode & _RUN) and before.mode != now.mode:
            with suppress(UntouchableError):
                self._folder.write(file, now.data, replace(now, mode=before.mode))


def _unfit(file: Change, folder: Folder) -> str:
    """Return why a file is not as the turn left it, or why that is unknown; "" where it is."""
    try:
        data = folder.read(file.file).data
        if file.status == "deleted":
            return BACK if data is not None else ""
        revised(file, data, ())
    except (HunkError, UntouchableError) as error:
        return str(error)
    return UNKNOWN_TEXT if file.opaque else ""


def _tells_too_little(file: Change, folder: Folder) -> bool:
    """Return whether the file may have been a link, which hunks show as a line without an end."""
    if file.status != "modified":
        return False
    before = revised(file, folder.read(file.file).data, range(len(file.pieces))) or b""
    return b"\n" not in before and b"\0" not in before


@dataclass(frozen=True)
class _Step:
    """A file to be written."""

    file: str
    now: SeenFile
    data: bytes | None
    mode: int | None = None


class Return:
    """The files of undone turns that are to be as they were before the undo.

    `changed` are those that are not as the undo left them, `lost` those that cannot be brought back
    any more. What the undo kept is brought back as it was; after a restart of the kernel, the hunks
    of the turns' diffs are applied again.

    Parameters
    ----------
    kept:
        the files as the undo found and left them, None where that is no longer known.
    diff:
        the changes that were taken out, turn by turn, the oldest first.
    folder:
        where the files are.
    """

    def __init__(
        self, kept: Mapping[str, RewoundFile] | None, diff: Iterable[FileDiff], folder: Folder
    ) -> None:
        self._folder = folder
        self._steps: list[_Step] = []
        self.changed: tuple[Left, ...] = ()
        self.lost: tuple[Left, ...] = ()
        for file, one in (kept or {}).items():
            self._plan_kept(file, one)
        by_file: dict[str, list[FileDiff]] = {}
        for said in diff if kept is None else ():
            by_file.setdefault(said.file, []).append(said)
        for file, all_said in by_file.items():
            self._plan_hunks(file, all_said)

    def carry_out(self) -> tuple[Left, ...]:
        """Write the files. Return those that could not be written, and why."""
        left = []
        for step in self._steps:
            try:
                self._folder.write(step.file, step.data, step.now, mode=step.mode)
            except UntouchableError as error:
                left.append(Left(step.file, str(error)))
        return tuple(left)

    def _plan_kept(self, file: str, one: RewoundFile) -> None:
        try:
            now = self._folder.read(file)
        except UntouchableError as error:
            self.lost += (Left(file, str(error)),)
            return
        if digest(now.data) != one.left:
            self.changed += (Left(file, NOT_AS_LEFT),)
        before = one.before
        if now.data != before.data or (now.data is not None and now.mode != before.mode):
            seen = now if now.data is None else replace(now, mode=before.mode)
            self._steps.append(_Step(file, seen, before.data, before.mode))

    def _plan_hunks(self, file: str, all_said: Iterable[FileDiff]) -> None:
        try:
            now = self._folder.read(file)
            data = now.data
            for said in all_said:
                back = inverse(change(said))
                data = revised(back, data, range(len(back.pieces)))
        except (HunkError, UntouchableError) as error:
            why = NOT_AS_LEFT if str(error) == CHANGED else str(error)
            self.lost += (Left(file, why),)
        else:
            if data != now.data:
                self._steps.append(_Step(file, now, data))
