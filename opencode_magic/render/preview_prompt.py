"""A prompt before it is sent: each part as it would go, how long it is, what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..text.amounts import count_words
from ..text.visible import as_text, one_line, size_words
from .attached import file_words
from .blocks import Block, Code, Fold, Item, Notice, Plain
from .shown import Shown
from .user_message import noted

BYTES_PER_TOKEN = 4  # of English; an estimate, and called one

Parts = tuple[Mapping[str, Any], ...]


def preview(parts: Sequence[Mapping[str, Any]], model: str, window: int = 0) -> Shown[Parts]:
    """What would be sent: the parts themselves as the value."""
    total = sum(map(bytes_of, parts))
    tokens = -(-total // BYTES_PER_TOKEN)
    of = f" of {window:,} that {one_line(model)} reads" if window else f", to {one_line(model)}"
    head = (
        f"Not sent. This would be {count_words(len(parts), 'part')}, {_size(total)}, "
        f"about {tokens:,} tokens{of}; files are read by the server and come on top."
    )
    items = [Item("head", Notice(head))]
    items += [Item(f"part{n}", _block(n, part)) for n, part in enumerate(parts, 1)]
    return Shown(tuple(parts), tuple(items))


def _block(n: int, part: Mapping[str, Any]) -> Block:
    kind, text = as_text(part.get("type")), as_text(part.get("text"))
    if kind == "text":
        said = noted(part.get("metadata")) or "your words"
        return Fold(f"{n}. {said} ({_size(bytes_of(part))})", (Code(text),), "prompt")
    if kind == "file":
        words = file_words(*(as_text(part.get(key)) for key in ("filename", "mime", "url")))
        return Plain(f"{n}. File: {words}")
    return Plain(f"{n}. {kind}: {one_line(as_text(part.get('name')))}")


def bytes_of(part: Mapping[str, Any]) -> int:
    """How many bytes of text or of a picture a part brings itself."""
    url = as_text(part.get("url"))
    carried = as_text(part.get("text")) or (url if url.startswith("data:") else "")
    return len(carried.encode("utf-8", "replace"))


def _size(count: int) -> str:
    return size_words(count, "byte")


def filled(tokens: int, window: int, model: str) -> Shown[tuple[int, int]]:
    """How full the context of a session is, after the last answer."""
    share = f" of {window:,} ({tokens / window:.0%})" if window else ""
    words = f"The conversation fills {tokens:,} tokens{share} of the context of {one_line(model)}."
    return Shown((tokens, window), (Item("filled", Plain(words)),))
