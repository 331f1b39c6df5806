"""A prompt before it is sent: its parts and how long they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..model.prompt import AgentPiece, FilePiece, Piece, TextPiece
from ..text.amounts import count_words
from ..text.visible import one_line, size_words
from .attached import file_words
from .blocks import Block, Code, Fold, Item, Notice, Plain
from .shown import Shown
from .user_message import MOST_NOTED

BYTES_PER_TOKEN = 4  # of English; an estimate, and called one

Bodies = tuple[Mapping[str, Any], ...]


def preview(pieces: Sequence[Piece], bodies: Bodies, model: str, window: int = 0) -> Shown[Bodies]:
    """Show what would be sent.

    Parameters
    ----------
    pieces:
        what the prompt is made of.
    bodies:
        the same as the server would get it: the value of what is shown.
    model, window:
        who would read it, and how many tokens that model's context holds; 0 is not known.
    """
    total = sum(map(bytes_of, pieces))
    tokens = -(-total // BYTES_PER_TOKEN)
    of = f" of {window:,} that {one_line(model)} reads" if window else f", to {one_line(model)}"
    head = (
        f"Not sent. This would be {count_words(len(pieces), 'part')}, {size_words(total, 'byte')}, "
        f"about {tokens:,} tokens{of}; files are read by the server and come on top."
    )
    items = [Item("head", Notice(head))]
    items += [Item(f"part{n}", _block(n, piece)) for n, piece in enumerate(pieces, 1)]
    return Shown(bodies, tuple(items))


def _block(n: int, piece: Piece) -> Block:
    match piece:
        case TextPiece(text=text, note=note):
            said = one_line(note, chars=MOST_NOTED) or "your words"
            size = size_words(bytes_of(piece), "byte")
            return Fold(f"{n}. {said} ({size})", (Code(text),), "prompt")
        case FilePiece(filename=name, mime=mime, url=url):
            return Plain(f"{n}. File: {file_words(name, mime, url)}")
        case AgentPiece(name=name):
            return Plain(f"{n}. agent: {one_line(name)}")


def bytes_of(piece: Piece) -> int:
    """Return how many bytes of text or of a picture a piece carries itself."""
    match piece:
        case TextPiece(text=text):
            carried = text
        case FilePiece(url=url) if url.startswith("data:"):
            carried = url
        case _:
            return 0
    return len(carried.encode("utf-8", "replace"))


def filled(tokens: int, window: int, model: str) -> Shown[tuple[int, int]]:
    """Return how full a model's context is; `window` is its size in tokens, 0 if unknown."""
    share = f" of {window:,} ({tokens / window:.0%})" if window else ""
    words = f"The conversation fills {tokens:,} tokens{share} of the context of {one_line(model)}."
    return Shown((tokens, window), (Item("filled", Plain(words)),))
