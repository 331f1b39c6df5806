"""What a turn looks like: a pure way from its transcript to blocks, HTML, Markdown and text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..transcript import Turn
from .blocks import Code, Item
from .cut import STATIC_CHARS, TEXT_CHARS, Limit, share
from .describe import document
from .html import Long, document_html
from .text import document_markdown, document_text

__all__ = ["StaticForm", "checkpoint_bundle", "static_form", "turn_bundle"]

CHECKPOINT_CHARS = 50_000
"""A longer turn is kept as one plain text meanwhile: laying it out took the page half a second."""


@dataclass(frozen=True)
class StaticForm:
    """The static form of a turn by mime type, and what its HTML leaves out.

    Texts are cut by `limit`, diffs by a limit of their own.
    """

    bundle: dict[str, str]
    limit: Limit
    cuts: tuple[Long, ...] = ()


def static_form(turn: Turn) -> StaticForm:
    """The static form of a turn, with what it leaves out."""
    return _form(document(turn))


def turn_bundle(turn: Turn) -> dict[str, str]:
    """The static form of a turn, by mime type."""
    return static_form(turn).bundle


def checkpoint_bundle(turn: Turn) -> dict[str, str]:
    """The static form of a turn that still runs, cheap enough to be made again and again."""
    items = document(turn)
    text = document_text(items)
    if len(text) <= CHECKPOINT_CHARS:
        return _form(items).bundle
    return {"text/html": document_html([Item("text", Code(text, exact=True))])}


def _form(items: Sequence[Item]) -> StaticForm:
    limit, short = share(items, STATIC_CHARS), share(items, TEXT_CHARS)
    cuts: list[Long] = []
    bundle = {
        "text/html": document_html(items, limit, cuts),
        "text/markdown": document_markdown(items, short),
        "text/plain": document_text(items, short),
    }
    return StaticForm(bundle, limit, tuple(cuts))
