"""A turn's changes as pieces that can be kept or undone, and the files with pieces undone.

A piece is a hunk; a file that was added or deleted is one piece. Undoing is exact or it is refused:
the patch must fit the bytes of the file, and what the server could not send as text cannot be put
back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ..model.files import FileDiff
from ..model.review import Review
from ..text.redact import MARK
from .hunks import HunkError, compare, cut, turned, undo
from .patch import Hunk, Line, parse, written

Status = Literal["added", "deleted", "modified"]

MOST_PIECES = 200
"""A file with more hunks is one piece: nobody would tick so many boxes."""

BINARY = "it is binary, or not text the server could send"
NO_TEXT = "the server sent no text of the change"
ONLY_MODE = "only its mode changed, and the server does not say how"
NOT_UTF8 = "it is not UTF-8 text"
REPLACED = "it was not UTF-8: bytes of it were replaced that no diff shows"
RENAMED = "it was renamed"
HELD_A_KEY = "it held a password or key"
UNREADABLE = "its patch could not be read whole"
CHANGED = "it is not as the turn left it"
GONE = "it is gone"
BACK = "there is a file of that name again"

_BOM = "\ufeff"
_MANGLED = "\ufffd"
"""What a server sends for bytes that it cannot read."""
_TURNED: dict[Status, Status] = {"added": "deleted", "deleted": "added", "modified": "modified"}


@dataclass(frozen=True)
class Change:
    """The change of one file. `why` says why it cannot be undone, "" where it can."""

    file: str
    status: Status = "modified"
    hunks: tuple[Hunk, ...] = ()
    """The hunks with a few lines of context, as they are shown and chosen."""
    why: str = ""
    after: str | None = None
    """The whole text the turn left, None where the server did not send it."""
    opaque: bool = False
    """True for a new file whose bytes the server could not send: it can be deleted."""

    @property
    def pieces(self) -> tuple[tuple[Hunk, ...], ...]:
        """The pieces that can be chosen, each with its hunks; none where nothing can be undone.

        A new, deleted or emptied file without lines is a piece without hunks.
        """
        if self.why:
            return ()
        if self.status != "modified" or len(self.hunks) > MOST_PIECES:
            return (self.hunks,)
        return tuple((hunk,) for hunk in self.hunks)


@dataclass(frozen=True)
class Changes:
    """The question to the user which of a turn's changes to keep."""

    id: str
    files: tuple[Change, ...]


Piece = tuple[int, int]
"""The indexes of a file in `Changes`, and of a piece of it."""


@dataclass(frozen=True)
class ReviewVerdict:
    """The pieces to undo. `by` says who decided, "" for the user."""

    id: str
    undone: frozenset[Piece] = frozenset()
    by: str = ""


def changes(id: str, diff: Iterable[FileDiff]) -> Changes:
    """Return the changes of a turn's diff that can be reviewed."""
    return Changes(id, tuple(map(change, diff)))


def every(asked: Changes) -> frozenset[Piece]:
    """Return all pieces that can be undone."""
    files = enumerate(asked.files)
    return frozenset((f, p) for f, file in files for p in range(len(file.pieces)))


def parted(
    diff: Iterable[FileDiff], asked: Changes, review: Review
) -> tuple[tuple[FileDiff, ...], tuple[FileDiff, ...]]:
    """Return two parts of a turn's diff: what a review left in the files, and what it took out."""
    kept: list[FileDiff] = []
    taken: list[FileDiff] = []
    for said, file, done in zip(diff, asked.files, review.files, strict=True):
        out = set(done.undone)
        if len(out) < done.pieces or not out:
            kept.append(_only(said, file, out, undone=False) if out else said)
        if out:
            taken.append(_only(said, file, out, undone=True) if len(out) < done.pieces else said)
    return tuple(kept), tuple(taken)


def _only(said: FileDiff, file: Change, out: Collection[int], *, undone: bool) -> FileDiff:
    """Return the undone or the kept hunks of a file; kept ones move up where others are gone."""
    hunks = []
    shift = 0
    for number, hunk in enumerate(file.hunks):
        if (number in out) is undone:
            hunks.append(hunk if undone else replace(hunk, new_start=hunk.new_start - shift))
        else:
            shift += hunk.added - hunk.removed
    added, removed = sum(h.added for h in hunks), sum(h.removed for h in hunks)
    patch = f"{written(hunks)}\n"
    return FileDiff(said.file, patch, additions=added, deletions=removed, status=file.status)


def change(diff: FileDiff) -> Change:
    """Return the change of one file from a server's diff, which has a patch or both texts."""
    if not diff.patch and (diff.before or diff.after):
        return _of_texts(diff)
    return _of_patch(diff)


def inverse(change: Change) -> Change:
    """Return the change that brings back what undoing this one takes out."""
    hunks = tuple(map(turned, change.hunks))
    why = change.why if change.why not in (NOT_UTF8, HELD_A_KEY) else ""
    status = _TURNED[change.status]
    after = None
    if status == "added":
        after = "".join(line.whole for hunk in hunks for line in hunk.lines)
    elif status == "modified" and change.after is not None and not why:
        after = undo(change.after, change.hunks)
    if change.opaque:
        why = why or BINARY
    return Change(change.file, status, hunks, why or _lossy(hunks), after)


def revised(change: Change, data: bytes | None, undone: Collection[int]) -> bytes | None:
    """Return the content of a file with pieces of a change undone.

    Parameters
    ----------
    change:
        the change.
    data:
        the content as it is now, None for no file.
    undone:
        the indexes of the pieces to undo.

    Returns
    -------
    bytes | None
        The content, None where the file has to go.

    Raises
    ------
    HunkError
        The content is not what the turn left; the message says why in words.
    """
    if change.why:
        raise HunkError(change.why)
    if change.status == "deleted":
        if data is not None:
            raise HunkError(BACK)
        return _restored(change) if undone else None
    if data is None:
        raise HunkError(GONE)
    if change.status == "added":
        if not change.opaque and not _same_text(change.after, data):
            raise HunkError(CHANGED)
        return None if undone else data
    return _modified(change, data, undone)


def _of_texts(diff: FileDiff) -> Change:
    before, after = diff.before, diff.after
    status = _status(diff.status)
    hunks = compare(before, after)
    if not diff.status and not (before and after):
        # Nothing says whether an empty file or none stands on the other side.
        return Change(
            diff.file, "modified", hunks, "the server does not say if it was there before"
        )
    # What looks the same on both sides may have been different bytes before.
    why = _lossy(hunks) or (REPLACED if _MANGLED in before and _MANGLED in after else "")
    return Change(diff.file, status, hunks, why, after, opaque=_is_opaque(status, after))


def _of_patch(diff: FileDiff) -> Change:
    status = _status(diff.status)
    if diff.status == "renamed":
        return Change(diff.file, status, why=RENAMED)
    files = parse(diff.patch)
    if not files:
        opaque = status == "added"
        return Change(diff.file, status, why="" if opaque else BINARY, opaque=opaque)
    (file, *others) = files
    hunks = cut(file.hunks)
    if others or file.broken or (hunks and not diff.patch.endswith("\n")):
        why = UNREADABLE
    elif file.status in ("renamed", "copied"):
        why = RENAMED
    elif file.binary:
        why = BINARY
    elif not hunks and status == "added" and (diff.additions or diff.deletions):
        return Change(diff.file, status, opaque=True)  # 1.18 does so for names it has to quote
    elif (file.added, file.removed) != (diff.additions, diff.deletions):
        mangled = any(_MANGLED in line.text for hunk in hunks for line in hunk.lines)
        why = REPLACED if mangled else NO_TEXT
    elif not hunks and status == "modified":
        why = ONLY_MODE
    elif (status == "added" and file.removed) or (status == "deleted" and file.added):
        why = UNREADABLE
    else:
        why = _lossy(hunks)
    text = _whole(file.hunks, status)
    return Change(diff.file, status, hunks, why, text, opaque=_is_opaque(status, text))


def _status(status: str) -> Status:
    return status if status in ("added", "deleted") else "modified"  # type: ignore[return-value]


def _lossy(hunks: Iterable[Hunk]) -> str:
    """Return why the deleted lines are not the original ones: another encoding, or a secret."""
    gone = [line.text for hunk in hunks for line in hunk.lines if line.kind == "del"]
    if any(_MANGLED in text for text in gone):
        return NOT_UTF8
    return HELD_A_KEY if any(MARK in text for text in gone) else ""


def _is_opaque(status: Status, text: str | None) -> bool:
    """Return whether the known text of a new file may differ from its bytes."""
    return status == "added" and text is not None and _MANGLED in text


def _whole(hunks: Sequence[Hunk], status: Status) -> str | None:
    """Return the whole new text, None where the hunks do not contain all of it."""
    if status == "deleted" or not (status == "added" or _tells_all(hunks)):
        return None
    return "".join(line.whole for hunk in hunks for line in hunk.lines if line.kind != "del")


def _tells_all(hunks: Sequence[Hunk]) -> bool:
    """Return whether this is the single hunk with the whole file in it which servers send."""
    if len(hunks) != 1 or hunks[0].new_start > 1:
        return False
    runs = _runs(hunks[0].lines)
    inside = max(runs[1:-1], default=0)
    return runs[0] > 3 or inside > 6 or runs[-1] != 3


def _runs(lines: Iterable[Line]) -> list[int]:
    """Return the numbers of unchanged lines before, between and after the changed ones."""
    runs = [0]
    for line in lines:
        if line.kind == "same":
            runs[-1] += 1
        else:
            runs.append(0)
    return runs


def _restored(change: Change) -> bytes:
    try:
        return _bytes(undo("", change.hunks))
    except HunkError:
        raise HunkError(UNREADABLE) from None


def _modified(change: Change, data: bytes, undone: Collection[int]) -> bytes:
    text = _text(data)
    if change.after is not None and not _same_text(change.after, data):
        raise HunkError(CHANGED)
    pieces = [hunk for n, piece in enumerate(change.pieces) for hunk in piece if n in undone]
    # A server's library removes the byte order mark from the text.
    marks = (_BOM, "") if text.startswith(_BOM) else ("",)
    for mark in marks:
        body = text.removeprefix(mark)
        try:
            undo(body, change.hunks)
        except HunkError:
            continue
        return _bytes(mark + undo(body, pieces))
    raise HunkError(CHANGED)


def _same_text(text: str | None, data: bytes) -> bool:
    found = data.decode("utf-8", "replace")
    return text is not None and text in (found, found.removeprefix(_BOM))


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise HunkError(NOT_UTF8) from None


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:  # half a pair cannot stand in a file
        raise HunkError(NOT_UTF8) from None
