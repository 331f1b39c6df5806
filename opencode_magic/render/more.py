"""The rest of a long text, piece by piece: what an output leaves out, for a reader who asks."""

from __future__ import annotations

from dataclasses import dataclass

from .blocks import PRINTED, Code
from .cut import Limit, cut, missing_words, piece_end
from .html import block_html
from .visible import plain_output


@dataclass(frozen=True)
class Piece:
    """Finished HTML, how many characters of what was missing are shown with it, what is left."""

    html: str
    shown: int
    left: str = ""


def piece(block: Code, limit: Limit, shown: int) -> Piece:
    """The next piece of what `limit` cut out of a text, `shown` characters on."""
    gap = cut(block.text, limit)
    start = min(gap.start + max(shown, 0), gap.stop)
    end = piece_end(block.text, start, gap.stop)
    text = block.text[start:end]
    if block.language != PRINTED:
        text = plain_output(text)
    html = block_html(Code(text, block.language, exact=True))
    left = missing_words(block.text, end, gap.stop) if end < gap.stop else ""
    return Piece(html, end - gap.start, left)
