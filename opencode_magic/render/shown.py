"""A value that displays itself everywhere as given blocks, and can still be used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from .blocks import Item
from .html import document_html
from .limits import STATIC_CHARS, TEXT_CHARS, share
from .text import document_markdown, document_text

T = TypeVar("T")


@dataclass(frozen=True)
class Shown(Generic[T]):
    """A `value`, and the blocks a reader sees of it. Indexing and iterating give the value's."""

    value: T
    items: tuple[Item, ...] = ()

    def __getitem__(self, key: Any) -> Any:
        value: Any = self.value
        return value[key]

    def __len__(self) -> int:
        value: Any = self.value
        return len(value)

    def __iter__(self) -> Iterator[Any]:
        value: Any = self.value
        return iter(value)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return document_text(self.items, share(self.items, TEXT_CHARS)).rstrip()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        short = share(self.items, TEXT_CHARS)
        return {
            "text/html": document_html(self.items, share(self.items, STATIC_CHARS)),
            "text/markdown": document_markdown(self.items, short),
            "text/plain": repr(self),
        }
