"""The rest of a long text or diff, in pieces, for a reader who asks for it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..text.visible import plain_output
from .blocks import PRINTED, Code
from .diffhtml import Rest
from .html import Long, block_html, next_lines
from .limits import PIECE_CHARS, Limit, cut, missing_words


@dataclass(frozen=True)
class Piece:
    """Finished HTML, how much of what was missing is shown with it, and in words what is left.

    A text is counted in characters, a diff in lines.
    """

    html: str
    shown: int
    left: str = ""


def piece(block: Long, limit: Limit, shown: int) -> Piece:
    """Return the next piece of what was cut.

    Parameters
    ----------
    block:
        the text or the lines of a diff that were cut.
    limit:
        what cut the text; a diff has its own.
    shown:
        how much of what was missing is shown already: characters, or lines of a diff.
    """
    if isinstance(block, Rest):
        html, until = next_lines(block, shown)
        rest = replace(block, lines=block.lines - until)
        return Piece(html, until, rest.words if rest.lines > 0 else "")
    gap = cut(block.text, limit)
    start = min(gap.start + max(shown, 0), gap.stop)
    end = min(start + PIECE_CHARS, gap.stop)
    if end < gap.stop:
        end = block.text.rfind("\n", start, end) + 1 or end
    text = block.text[start:end]
    if block.language != PRINTED:
        text = plain_output(text)
    html = block_html(Code(text, block.language, exact=True))
    left = missing_words(block.text, end, gap.stop) if end < gap.stop else ""
    return Piece(html, end - gap.start, left)
