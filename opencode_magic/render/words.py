"""States, times, counts and prices in words: colour never says anything alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from .blocks import Diff, Files, Footer, Header, Row, State

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


def seconds_words(seconds: float) -> str:
    """A duration: `0.4 s`, `12 s`, `2 min 5 s`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s"


MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400
LONG_AGO_S = 7 * DAY_S


def ago_words(then_s: float, now_s: float) -> str:
    """How long ago something was: `3 min ago`, `yesterday`, after a week the date.

    Both are seconds since the epoch.
    """
    past = now_s - then_s
    if past < MINUTE_S:
        return "just now"
    if past < HOUR_S:
        return f"{past // MINUTE_S:.0f} min ago"
    if past < DAY_S:
        return f"{past // HOUR_S:.0f} h ago"
    if past < LONG_AGO_S:
        days = int(past // DAY_S)
        return "yesterday" if days == 1 else f"{days} days ago"
    return f"{datetime.fromtimestamp(then_s).astimezone():%Y-%m-%d}"


def cost_words(dollars: float) -> str:
    """A price in US dollars: `$0.0123`, "" for none."""
    return f"${dollars:.4f}" if dollars else ""


def count_words(count: int, noun: str, plural: str = "") -> str:
    """`1 file`, `2 files`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def listed(words: Sequence[str]) -> str:
    """Several things in a sentence: `a, b and c`."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


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


def files_words(files: Files) -> str:
    """How many files changed, and how much."""
    changes = change_words(
        sum(file.additions for file in files.files), sum(file.deletions for file in files.files)
    )
    words = f"{count_words(len(files.files), 'file')} changed"
    return f"{words} ({changes})" if changes and len(files.files) > 1 else words
