"""The outcome of a review: which of a turn's changes were kept, and which were undone."""

from __future__ import annotations

from dataclasses import dataclass

from .files import FileDiff


@dataclass(frozen=True)
class FileReview:
    """How one file came out, its pieces counted from 0.

    `left` are those that were to be undone and are still there, `why` is the reason; it also says
    why there was nothing to choose in a file without pieces.
    """

    file: str
    pieces: int = 0
    undone: tuple[int, ...] = ()
    left: tuple[int, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class Unrecorded:
    """A file that a completed edit wrote and the record of its turn does not tell of, and why.

    `outside` where no record ever tells of such a file: what the record does tell is whole.
    """

    file: str
    why: str
    outside: bool = False
    cut_short: bool = False
    """True where the step it was written in did not end: a snapshot of before it there is."""
    sure: bool = True
    """False where it may have held before what was written."""


@dataclass(frozen=True)
class Review:
    """What became of a turn's changes before the cell ended."""

    files: tuple[FileReview, ...] = ()
    by: str = "user"
    """Who decided; other than `user` it is in words why nobody did, and everything was kept."""
    notes: tuple[str, ...] = ()
    taken: tuple[FileDiff, ...] = ()
    """The hunks that were undone: what the turn did and the files no longer hold."""

    @property
    def undone(self) -> bool:
        """True where anything was undone."""
        return any(file.undone for file in self.files)
