"""Blocks outside any turn, as a value that displays itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .blocks import Block, Item
from .cut import LIVE, Limit
from .html import document_html
from .text import document_markdown, document_text


@dataclass(frozen=True)
class Page:
    """What is to be read, one block below the other."""

    blocks: tuple[Block, ...]
    limit: Limit = LIVE
    """How much of each long text is shown."""

    def __repr__(self) -> str:
        return document_text(self._items(), self.limit).rstrip()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        items = self._items()
        return {
            "text/html": document_html(items, self.limit),
            "text/markdown": document_markdown(items, self.limit),
            "text/plain": repr(self),
        }

    def _items(self) -> list[Item]:
        return [Item(f"{n}", block) for n, block in enumerate(self.blocks)]
