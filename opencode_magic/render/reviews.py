"""A review in words: what can be chosen, what was done, and what the agent is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..changes.patch import Hunk, written
from ..changes.review import Change, Changes, change
from ..model.files import FileDiff
from ..model.review import FileReview, Review
from ..text.amounts import count_words
from ..text.visible import one_line, visible
from .blocks import Block, Check, Checklist, Diff, Fold, Item, Notice, Plain
from .diff import changed_file, of_patch
from .words import change_words, diff_words

MOST_LINES = 400  # of hunks that are shown before anybody asks for them
MOST_FILES = 1_000
NOTE = "The user reviewed the changes of your last turn on disk and undid some of them."
"""The beginning of the message for the agent."""
NOTE_CHARS = 6_000
RANGES = 20  # of lines that are named for one file

_GONE = {"added": "the new file was deleted", "deleted": "the deleted file was put back"}


def piece_words(file: Change, piece: int) -> str:
    """Describe one piece: `lines 10-14, +3 -1`; "" where it is the whole file."""
    hunks = file.pieces[piece]
    if file.status != "modified" or len(hunks) != 1:
        return f"all {count_words(len(hunks), 'hunk')}" if file.status == "modified" else ""
    (hunk,) = hunks
    return f"{lines_words(hunk)}, {change_words(hunk.added, hunk.removed)}"


def lines_words(hunk: Hunk) -> str:
    """Say where a hunk's changed lines are in the file after the turn: `lines 10-14`."""
    at = hunk.new_start + (hunk.new_count == 0)
    touched = []
    for line in hunk.lines:
        if line.kind != "same":
            touched.append(at)
        at += line.kind != "del"
    first, last = (touched[0], touched[-1]) if touched else (at, at)
    if not hunk.added:
        return f"before line {first}"
    return f"line {first}" if first == last else f"lines {first}-{last}"


def piece_diff(file: Change, piece: int) -> Diff:
    """Return the lines of one piece."""
    hunks = file.pieces[piece]
    return Diff(written(hunks), "", *_counts(hunks))


def file_words(file: Change) -> str:
    """Say what happened to a file: `new, +4`."""
    return diff_words(Diff("", "", *_counts(file.hunks), file.status))


def _counts(hunks: Iterable[Hunk]) -> tuple[int, int]:
    return sum(h.added for h in hunks), sum(h.removed for h in hunks)


def size(file: Change) -> int:
    """Count the lines that the pieces of a file show."""
    return sum(len(hunk.lines) for hunk in file.hunks)


def listing(asked: Changes) -> tuple[Block, ...]:
    """Return the files and pieces with the numbers to choose them by: `2` and `2.1`."""
    return tuple(_listed(asked))


def _listed(asked: Changes) -> Iterator[Block]:
    long = sum(map(size, asked.files)) > MOST_LINES
    for number, file in enumerate(asked.files[:MOST_FILES], start=1):
        words = file_words(file)
        name = one_line(visible(file.file)) + (f" ({words})" if words else "")
        if file.why:
            yield Plain(f"-  {name}: cannot be undone, {file.why}")
            continue
        yield Plain(f"{number}  {name}")
        for piece in range(len(file.pieces)):
            if label := piece_words(file, piece):
                yield Plain(f"{number}.{piece + 1}  {label}")
            if not long and file.pieces[piece]:
                yield piece_diff(file, piece)
    if (more := len(asked.files) - MOST_FILES) > 0:
        yield Plain(f"{count_words(more, 'more file')} not listed")
    if long:
        yield Plain("The lines are too many to be shown here; the files on disk hold them.")


def record(review: Review) -> tuple[Item, ...]:
    """Return what was done with a turn's changes, for the saved notebook."""
    return tuple(Item(f"review:{n}", block) for n, block in enumerate(_record(review)))


def _record(review: Review) -> Iterator[Block]:
    taken = {said.file: _gone(said) for said in review.taken[:MOST_FILES]}
    shown = [file for file in review.files if file.undone or file.left or file.why]
    checks = tuple(_check(file, taken.get(file.file, "")) for file in shown[:MOST_FILES])
    yield Checklist(checks, one_line(summary(review), chars=500))
    if review.taken:
        pieces = sum(len(file.undone) for file in review.files)
        title = f"{count_words(pieces, 'hunk')} undone, no longer in the files"
        yield Fold(title, tuple(changed_file(taken) for taken in review.taken[:MOST_FILES]),
                   "review")  # fmt: skip
    if (more := len(shown) - MOST_FILES) > 0:
        yield Notice(f"{count_words(more, 'more file')} not listed.")
    yield from (Notice(note) for note in review.notes)


def summary(review: Review) -> str:
    """Sum a review up in one sentence: `Reviewed: 3 of 5 hunks kept, 2 undone`."""
    if review.by != "user":
        return f"Not reviewed, everything was kept: {review.by}."
    pieces = sum(file.pieces for file in review.files)
    undone = sum(len(file.undone) for file in review.files)
    left = sum(len(file.left) for file in review.files)
    if not undone and not left:
        return f"Reviewed: everything kept ({count_words(pieces, 'hunk')})."
    could_not = f", {left} could not be undone" if left else ""
    kept = f"{pieces - undone} of {count_words(pieces, 'hunk')} kept"
    return f"Reviewed: {kept}, {undone} undone{could_not}."


def _check(file: FileReview, gone: str) -> Check:
    name = one_line(file.file)
    if file.undone:
        count = f"{len(file.undone)} of {count_words(file.pieces, 'hunk')} undone"
        return Check("⊘", name, f"{count}: {gone}" if gone else count)
    if file.left:
        return Check("■", name, f"left alone: {file.why}")
    return Check("■", name, f"could not be chosen: {file.why}")


def note(taken: Iterable[FileDiff]) -> str:
    """Return what the agent is told: which hunks of which files are gone, and their lines."""
    lines = [NOTE, "These changes of yours are no longer in the files:"]
    bodies = []
    for said in taken:
        name = one_line(visible(said.file))
        lines.append(f"- {name}: {_gone(said)}")
        bodies.append(f"--- {name}\n{of_patch(said.patch, name).patch}")
    lines.append("Everything else stayed. Do not bring back what was undone unless you are asked "
                 "to, and read these files again before you change them.")  # fmt: skip
    words = "\n".join(lines)
    undone = "\n".join(bodies)
    if len(words) + len(undone) > NOTE_CHARS:
        return words[:NOTE_CHARS]
    return f"{words}\n\nWhat was undone:\n{undone}"


def _gone(said: FileDiff) -> str:
    if said.status in ("added", "deleted"):
        return _GONE[said.status]
    hunks = change(said).hunks
    words = [f"{lines_words(h)} ({change_words(h.added, h.removed)})" for h in hunks[:RANGES]]
    more = f" and {len(hunks) - RANGES} more hunks" if len(hunks) > RANGES else ""
    return (", ".join(words) or "its changes") + more
