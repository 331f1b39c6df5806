"""Changes of a turn taken out of the files, and brought back: planned whole before a byte moves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from .disk import Folder, Seen, UntouchableError
from .hunks import MisfitError
from .review import Verdict, change, changes, every, inverse, revised
from .undoing import Desk, Left, digest, digests
from .wire import FileDiff

UNKNOWN_TEXT = "its text is not known here"
NOT_AS_LEFT = "it is not as the undo left it"
NO_SNAPSHOT = "the server has no snapshot of it"

PutBack = Callable[[Collection[str]], Collection[str]]
"""Has the server put files back as they were before the turn; says which of them it has."""


@dataclass(frozen=True)
class Kept:
    """A file as an undo found it, and how it left it: its digest, "" where it is gone."""

    before: Seen
    left: str


@dataclass(frozen=True)
class Rewound:
    """What an undo did: the files it changed, and those it could not change and why."""

    kept: Mapping[str, Kept] = field(default_factory=dict)
    left: tuple[Left, ...] = ()


@dataclass(frozen=True)
class Undone:
    """What was undone in a session, message by message, and not forgotten yet."""

    first: str
    last: str
    kept: Mapping[str, Kept] = field(default_factory=dict)
    """The files as they were before and after, by name."""

    def __contains__(self, message_id: object) -> bool:
        return isinstance(message_id, str) and self.first <= message_id <= self.last


@dataclass(frozen=True)
class Reviewed:
    """What a review made of a turn's changes: the files it undid something in, and what stayed."""

    files: frozenset[str]
    stayed: tuple[FileDiff, ...]


class Rewind:
    """The files of a turn that are to be as they were before it.

    `unfit` are those that cannot be taken back exactly, hunk by hunk: they changed since, or the
    server sent no text of them. A server's snapshot can replace them whole.
    """

    def __init__(self, diff: Iterable[FileDiff], folder: Folder) -> None:
        self._folder = folder
        self._desk = Desk(changes("undo", diff), folder)
        self.unfit = tuple(
            Left(file.file, file.why or UNKNOWN_TEXT)
            for file in self._desk.changes.files
            if file.why or file.opaque
        )

    def carry_out(self, put_back: PutBack | None = None, also: Collection[str] = ()) -> Rewound:
        """Take the changes out; the unfit ones, and `also` files, only if they can be put back."""
        asked = self._desk.changes
        whole = [file.file for file in asked.files if file.why] + list(also)
        found = {file.file: self._read(file.file) for file in asked.files}
        found |= {file: self._read(file) for file in whole}
        review = self._desk.carry_out(Verdict(asked.id, every(asked)))
        left = [Left(f.file, f.why) for f in review.files if f.left]
        whole = [file for file in whole if found[file] is not None]
        back = set(put_back(whole)) if put_back and whole else set()
        left += [Left(file, NO_SNAPSHOT) for file in whole if put_back and file not in back]
        now = digests(found, self._folder)
        kept = {
            file: Kept(seen, now[file])
            for file, seen in found.items()
            if seen is not None and file in now and digest(seen.data) != now[file]
        }
        return Rewound(kept, tuple(left))

    def _read(self, file: str) -> Seen | None:
        """The file as it is; None for one that is left alone, as it could not be kept."""
        with suppress(UntouchableError):
            return self._folder.read(file)
        return None


@dataclass(frozen=True)
class _Step:
    """A file to be written."""

    file: str
    now: Seen
    data: bytes | None
    mode: int | None = None


class Return:
    """The files of undone turns that are to be as they were before the undo.

    `changed` are those that are not as the undo left them, `lost` those that nothing can bring back
    any more. What the undo kept is brought back as it was; where the kernel was restarted since,
    the hunks of the turns' diffs are put in again.

    Parameters
    ----------
    kept:
        the files as the undo found and left them, as far as that is known.
    diff:
        what was taken out, turn by turn, the oldest first.
    folder:
        where the files are.
    """

    def __init__(self, kept: Mapping[str, Kept], diff: Iterable[FileDiff], folder: Folder) -> None:
        self._folder = folder
        self._steps: list[_Step] = []
        self.changed: tuple[Left, ...] = ()
        self.lost: tuple[Left, ...] = ()
        for file, one in kept.items():
            self._plan_kept(file, one)
        by_file: dict[str, list[FileDiff]] = {}
        for said in diff:
            if said.file not in kept:
                by_file.setdefault(said.file, []).append(said)
        for file, all_said in by_file.items():
            self._plan_hunks(file, all_said)

    def carry_out(self) -> tuple[Left, ...]:
        """Write the files; those that could not be written, and why."""
        left = []
        for step in self._steps:
            try:
                self._folder.write(step.file, step.data, step.now, mode=step.mode)
            except UntouchableError as error:
                left.append(Left(step.file, str(error)))
        return tuple(left)

    def _plan_kept(self, file: str, one: Kept) -> None:
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
        except MisfitError as error:
            self.lost += (Left(file, str(error).replace("the turn", "the undo")),)
        except UntouchableError as error:
            self.lost += (Left(file, str(error)),)
        else:
            if data != now.data:
                self._steps.append(_Step(file, now, data))
