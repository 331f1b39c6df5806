"""What a turn looks like: a pure way from its transcript to blocks, HTML, Markdown and text."""

from __future__ import annotations

from ..transcript import Turn
from .describe import document
from .html import document_html
from .text import document_markdown, document_text

__all__ = ["turn_bundle"]


def turn_bundle(turn: Turn) -> dict[str, str]:
    """The static form of a turn, by mime type."""
    items = document(turn)
    return {
        "text/html": document_html(items),
        "text/markdown": document_markdown(items),
        "text/plain": document_text(items),
    }
