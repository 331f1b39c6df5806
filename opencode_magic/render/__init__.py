"""What a turn looks like: a pure way from its transcript to blocks, HTML, Markdown and text."""

from __future__ import annotations

from dataclasses import dataclass

from ..model.turn import TurnRecord
from .blocks import Code, Item, Notice
from .describe import document
from .html import Long, document_html
from .limits import STATIC_CHARS, TEXT_CHARS, Limit, share
from .text import document_markdown, document_text

__all__ = ["StaticForm", "checkpoint_bundle", "static_form", "turn_bundle"]

CHECKPOINT_CHARS = 20_000
"""Of a longer running turn only the beginning and the end are kept, as plain text.

Each copy sends everything again: a token would cost more the longer the answer is.
"""
CHECKPOINT_CUT = (
    "This cell was cut off while it ran. The middle of a long turn is not kept until its end: "
    "`%opencode /resume` shows all that the server has of it."
)


@dataclass(frozen=True)
class StaticForm:
    """The static form of a turn by mime type, and what its HTML leaves out.

    `limit` cuts texts; diffs have a limit of their own.
    """

    bundle: dict[str, str]
    limit: Limit
    cuts: tuple[Long, ...] = ()


def static_form(turn: TurnRecord) -> StaticForm:
    """Return the static form of a turn, with what it leaves out."""
    items = document(turn)
    limit, short = share(items, STATIC_CHARS), share(items, TEXT_CHARS)
    cuts: list[Long] = []
    bundle = {
        "text/html": document_html(items, limit, cuts),
        "text/markdown": document_markdown(items, short),
        "text/plain": document_text(items, short),
    }
    return StaticForm(bundle, limit, tuple(cuts))


def turn_bundle(turn: TurnRecord) -> dict[str, str]:
    """Return the static form of a turn, by mime type."""
    return static_form(turn).bundle


def checkpoint_bundle(turn: TurnRecord) -> dict[str, str]:
    """Return the static form of a turn that still runs, cheap enough to be made repeatedly.

    It is seen where the kernel or the page died in the middle.
    """
    items = document(turn)
    text = document_text(items)
    if len(text) <= CHECKPOINT_CHARS:
        return turn_bundle(turn)
    short = [Item("text", Code(text)), Item("cut", Notice(CHECKPOINT_CUT))]
    return {"text/html": document_html(short, Limit(CHECKPOINT_CHARS))}
