"""What a turn looks like: a pure way from its transcript to blocks, HTML, Markdown and text."""

from __future__ import annotations

from collections.abc import Sequence

from ..transcript import Turn
from .blocks import Code, Item
from .describe import document
from .html import document_html
from .text import document_markdown, document_text

__all__ = ["checkpoint_bundle", "turn_bundle"]

CHECKPOINT_CHARS = 50_000
"""A longer turn is kept as plain text meanwhile: laying it out took the page half a second."""


def turn_bundle(turn: Turn) -> dict[str, str]:
    """The static form of a turn, by mime type."""
    return _bundle(document(turn))


def checkpoint_bundle(turn: Turn) -> dict[str, str]:
    """The static form of a turn that still runs, cheap enough to be made again and again."""
    items = document(turn)
    text = document_text(items)
    if len(text) <= CHECKPOINT_CHARS:
        return _bundle(items)
    return {"text/html": document_html([Item("", Code(text))]), "text/plain": text}


def _bundle(items: Sequence[Item]) -> dict[str, str]:
    return {
        "text/html": document_html(items),
        "text/markdown": document_markdown(items),
        "text/plain": document_text(items),
    }
