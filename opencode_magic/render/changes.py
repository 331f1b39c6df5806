"""Changes to files outside any turn, as a value that displays itself: what would or did change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..wire import FileDiff
from .blocks import Files, Item, Notice
from .cut import STATIC_CHARS, TEXT_CHARS, Limit
from .diff import changed_file
from .html import document_html
from .text import document_markdown, document_text


@dataclass(frozen=True)
class ChangeList(Sequence[FileDiff]):
    """Files with their diffs, what happens to them, and what else to know.

    Indexing and iterating give the files.
    """

    title: str
    diff: tuple[FileDiff, ...] = ()
    notes: tuple[str, ...] = ()

    def __getitem__(self, index: Any) -> Any:
        return self.diff[index]

    def __len__(self) -> int:
        return len(self.diff)

    def __iter__(self) -> Iterator[FileDiff]:
        return iter(self.diff)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return document_text(self._items(), Limit(TEXT_CHARS)).rstrip()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        items = self._items()
        return {
            "text/html": document_html(items, Limit(STATIC_CHARS)),
            "text/markdown": document_markdown(items, Limit(TEXT_CHARS)),
            "text/plain": repr(self),
        }

    def _items(self) -> list[Item]:
        changed = Files(tuple(map(changed_file, self.diff)))
        return [
            Item("title", Notice(self.title)),
            *([Item("files", changed)] if self.diff else []),
            *(Item(f"note:{n}", Notice(note)) for n, note in enumerate(self.notes)),
        ]
