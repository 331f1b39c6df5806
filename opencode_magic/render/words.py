"""States, times, counts and prices in words: colour never says anything alone."""

from __future__ import annotations

from collections.abc import Sequence

from ..text.amounts import count_words, seconds_words
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
"""A sign before the words, of those the usual fonts have."""
LEAST_CONTEXT = 0.01
"""A smaller share of the context is not worth a word."""
_FILE_STATES = {"added": "new", "deleted": "deleted", "renamed": "renamed", "copied": "copied"}


def row_words(row: Row) -> str:
    """How far a tool call is: `done, exit code 1, 0.3 s`."""
    time = seconds_words(row.seconds) if row.seconds >= 0.1 else ""
    state = STATES[row.state]
    if row.state == "rejected" and row.answer:
        return ", ".join(filter(None, (f"{state}: {row.answer}", row.detail, time)))
    return ", ".join(filter(None, (state, row.answer, row.detail, time)))


def text_and_code(text: str) -> tuple[str, ...]:
    """Words of ours in pieces: each second one stood between backticks and is code."""
    pieces = tuple(text.split("`"))
    return pieces if len(pieces) % 2 else (text,)


def header_words(header: Header) -> tuple[str, ...]:
    """Model, agent and session, as far as they are known."""
    return tuple(filter(None, (header.model, header.agent, header.session)))


def footer_words(footer: Footer) -> tuple[str, ...]:
    """State, tokens, context, cost and time, as far as they are known."""
    tokens = context = cost = time = ""
    if footer.input_tokens or footer.output_tokens:
        tokens = f"{footer.input_tokens:,} tokens in, {footer.output_tokens:,} out"
    if footer.context >= LEAST_CONTEXT:
        context = f"{footer.context:.0%} of the context used"
    if footer.cost:
        cost = f"${footer.cost:.4f}"
    if footer.seconds:
        time = seconds_words(footer.seconds)
    return tuple(filter(None, (footer.state, tokens, context, cost, time)))


def diff_words(diff: Diff) -> str:
    """What happened to a file: `+12 -3`, `new, +4`, `renamed, now executable`."""
    changes = change_words(diff.additions, diff.deletions)
    return ", ".join(filter(None, (_FILE_STATES.get(diff.status, ""), diff.note, changes)))


def change_words(additions: int, deletions: int) -> str:
    """How many lines came and went: `+1,200 -3`, "" for none."""
    signed = (("+", additions), ("-", deletions))
    return " ".join(f"{sign}{count:,}" for sign, count in signed if count)


def words_of_many(diffs: Sequence[Diff]) -> str:
    """What happened in a folder: `3 files, +12 -3`."""
    changes = change_words(sum(d.additions for d in diffs), sum(d.deletions for d in diffs))
    return ", ".join(filter(None, (count_words(len(diffs), "file"), changes)))


def files_words(files: ChangedFiles) -> str:
    """How many files changed, and how much."""
    changes = change_words(
        sum(file.additions for file in files.files), sum(file.deletions for file in files.files)
    )
    words = f"{count_words(len(files.files), 'file')} changed"
    return f"{words} ({changes})" if changes and len(files.files) > 1 else words
