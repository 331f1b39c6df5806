"""Why the record of a turn does not mention an edit, found out on disk."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from ..disk.folder import OUTSIDE, Folder
from ..disk.places import real_place
from ..disk.repository import ignored_anyhow, name_of, nested, size_of, snapshot_trouble
from ..model.files import FileDiff
from ..model.review import Unrecorded
from ..model.turn import TurnRecord
from .authorship import Authorship
from .edits import Edit, Edits

Record = TypeVar("Record", bound=TurnRecord)

LARGE = 2 * 1024 * 1024
"""The snapshots of a server hold no new file with more bytes."""

NESTED = "it lies in a repository of its own, of which the server takes no snapshot"
IGNORED = "git ignores it, so the server takes no snapshot of it"
TOO_LARGE = "the server takes no snapshot of so large a file"
CUT_SHORT = "the step it changed in did not end, so the server has no diff of it"
NO_SNAPSHOT = "what the commands changed is not known, the server could take no snapshot ({})"
UNSURE = "no change of it was recorded; it may have held that already"
UNKNOWN = "the server's record has nothing of it"


def unrecorded(edits: Edits, diff: tuple[FileDiff, ...], folder: Folder) -> tuple[Unrecorded, ...]:
    """Return the completed edits of a turn that its record does not cover, and why each is missing.

    What keeps a server from taking snapshots now did so during a turn that has just ended. Later it
    may be gone, and an edit that leaves no trace is then not `sure`.
    """
    return tuple(filter(None, (_looked_at(edit, folder) for edit in edits.unrecorded(diff))))


def with_unrecorded(turn: Record, folder: Folder | None) -> Record:
    """Return the turn with the edits its record does not cover, if `folder` can be read here."""
    if folder is None or not turn.confirmed:
        return turn
    edits = Edits(turn.transcript, str(folder.root), real_place)
    found = tuple(each for each in unrecorded(edits, turn.diff, folder) if each.sure)
    if turn.diff or found or not Authorship(turn.transcript).commands:
        return replace(turn, unrecorded=found)
    trouble = snapshot_trouble(folder)
    notes = (*turn.notes, NO_SNAPSHOT.format(trouble)) if trouble else turn.notes
    return replace(turn, notes=notes)


def _looked_at(edit: Edit, folder: Folder) -> Unrecorded | None:
    file = name_of(edit.file, folder)
    if file is None:
        return Unrecorded(edit.file, OUTSIDE, outside=True)
    if why := _out_of_view(file, folder):
        return Unrecorded(file, why, outside=True)
    if edit.quiet:
        return None
    if not edit.whole:
        return Unrecorded(file, CUT_SHORT, cut_short=True)
    trouble = snapshot_trouble(folder)
    if not (edit.sure or trouble):
        return Unrecorded(file, UNSURE, sure=False)
    return Unrecorded(file, f"{UNKNOWN} ({trouble})" if trouble else UNKNOWN)


def _out_of_view(file: str, folder: Folder) -> str:
    """Return why no snapshot ever holds this file of the project; "" where one should."""
    if nested(file, folder):
        return NESTED
    if ignored_anyhow(file, folder):
        return IGNORED
    return TOO_LARGE if size_of(file, folder) > LARGE else ""
