"""The outcome of a review: which of a turn's changes were kept, and which were undone."""

from __future__ import annotations

from dataclasses import dataclass

from .files import FileDiff


@dataclass(frozen=True)
class FileReview:
    """The outcome for one file, its pieces counted from 0.

    `left` are the pieces that could not be undone, and `why` is the reason; it also says why there
    was nothing to choose in a file without pieces.
    """

    file: str
    pieces: int = 0
    undone: tuple[int, ...] = ()
    left: tuple[int, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class Unrecorded:
    """A file that a completed edit wrote but the record of its turn does not mention, and why.

    `outside` is True where no record ever mentions such a file: the record is complete without it.
    """

    file: str
    why: str
    outside: bool = False
    cut_short: bool = False
    """True where the step it was written in did not end; there is a snapshot from before it."""
    sure: bool = True
    """False where the file may have held the same before."""


@dataclass(frozen=True)
class Review:
    """What became of a turn's changes before the cell ended."""

    files: tuple[FileReview, ...] = ()
    by: str = "user"
    """Who decided: `user`, or in words why nobody did, and everything was kept."""
    notes: tuple[str, ...] = ()
    taken: tuple[FileDiff, ...] = ()
    """The hunks that were undone: changes of the turn that the files no longer hold."""

    @property
    def undone(self) -> bool:
        """True where anything was undone."""
        return any(file.undone for file in self.files)
