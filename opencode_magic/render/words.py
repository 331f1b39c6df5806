"""States, times, counts and prices in words: colour never says anything alone."""

from __future__ import annotations

from collections.abc import Sequence

from ..text.amounts import cost_words, count_words, seconds_words
from .blocks import ChangedFiles, Diff, Footer, Header, Row, State

STATES: dict[State, str] = {
    "pending": "waiting",
    "running": "running",
    "completed": "done",
    "failed": "failed",
    "stopped": "stopped",
    "rejected": "rejected",
}
MARKS: dict[State, str] = {
    "pending": "○",
    "running": "●",
    "completed": "✓",
    "failed": "✗",
    "stopped": "■",
    "rejected": "⊘",
}
"""A sign before the words, which the usual fonts have."""
_FILE_STATES = {"added": "new", "deleted": "deleted", "renamed": "renamed", "copied": "copied"}


def row_words(row: Row) -> str:
    """Say how far a tool call is: `done, exit code 1, 0.3 s`."""
    time = seconds_words(row.seconds) if row.seconds >= 0.1 else ""
    state, answer = STATES[row.state], row.answer
    if row.state == "rejected" and answer:
        state, answer = f"{state}: {answer}", ""
    return ", ".join(filter(None, (state, answer, row.detail, time)))


def text_and_code(text: str) -> tuple[str, ...]:
    """Split words of ours at backticks: every second piece is code."""
    pieces = tuple(text.split("`"))
    return pieces if len(pieces) % 2 else (text,)


def header_words(header: Header) -> tuple[str, ...]:
    """Return model, agent and session, as far as they are known."""
    return tuple(filter(None, (header.model, header.agent, header.session)))


def footer_words(footer: Footer) -> tuple[str, ...]:
    """Return state, tokens, context, cost and time, as far as they are known."""
    tokens = context = ""
    if footer.input_tokens or footer.output_tokens:
        tokens = f"{footer.input_tokens:,} tokens in, {footer.output_tokens:,} out"
    if footer.context >= 0.01:
        context = f"{footer.context:.0%} of the context used"
    time = seconds_words(footer.seconds) if footer.seconds else ""
    return tuple(filter(None, (footer.state, tokens, context, cost_words(footer.cost), time)))


def diff_words(diff: Diff) -> str:
    """Say what happened to a file: `+12 -3`, `new, +4`, `renamed, now executable`."""
    changes = change_words(diff.additions, diff.deletions)
    return ", ".join(filter(None, (_FILE_STATES.get(diff.status, ""), diff.note, changes)))


def change_words(additions: int, deletions: int) -> str:
    """Say how many lines were added and removed: `+1,200 -3`, "" for none."""
    signed = (("+", additions), ("-", deletions))
    return " ".join(f"{sign}{count:,}" for sign, count in signed if count)


def words_of_many(diffs: Sequence[Diff]) -> str:
    """Say what happened in a folder: `3 files, +12 -3`."""
    return ", ".join(filter(None, (count_words(len(diffs), "file"), _changes_of(diffs))))


def files_words(files: ChangedFiles) -> str:
    """Say how many files changed, and how much: `2 files changed (+12 -3)`."""
    changes = _changes_of(files.files)
    words = f"{count_words(len(files.files), 'file')} changed"
    return f"{words} ({changes})" if changes and len(files.files) > 1 else words


def _changes_of(diffs: Sequence[Diff]) -> str:
    return change_words(sum(d.additions for d in diffs), sum(d.deletions for d in diffs))
