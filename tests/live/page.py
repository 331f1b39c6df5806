"""A small model of the page: what flow.js and view.js make of the board's operations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Element:
    key: str
    kind: str
    parent: str
    html: str = ""
    summary: str = ""
    chunks: list[str] = field(default_factory=list)
    tail: str = ""
    left: float = 0
    under: list[Element] = field(default_factory=list)


class Page:
    """Applies operations as flow.js does; an operation that does not fit raises."""

    def __init__(self, ops: list[list[Any]] | None = None) -> None:
        self.root = Element("", "root", "")
        self.elements = {"": self.root}
        self.head: dict[str, Any] = {"model": "", "agent": "", "session": "", "running": True}
        self.phase = ""
        self.asks: dict[str, tuple[str, Any]] = {}
        self.apply(ops or [])

    def apply(self, ops: list[list[Any]]) -> None:
        for op in ops:
            getattr(self, f"_{op[0]}")(*op[1:])

    def seen(self) -> Any:
        """Everything a reader sees, comparable; the clock is left out."""
        head = {name: value for name, value in self.head.items() if name != "elapsed"}
        return self.root, head, self.phase, self.asks

    def _place(self, key: str, kind: str, parent: str, after: str) -> Element:
        assert key not in self.elements
        element = Element(key, kind, parent)
        siblings = self.elements[parent].under
        position = siblings.index(self.elements[after]) + 1 if after else 0
        siblings.insert(position, element)
        self.elements[key] = element
        return element

    def _html(self, key: str, parent: str, after: str, html: str, left: float = 0) -> None:
        element = self._place(key, "html", parent, after)
        element.html, element.left = html, left

    def _set(self, key: str, html: str, left: float = 0) -> None:
        self.elements[key].html, self.elements[key].left = html, left

    def _fold(self, key: str, parent: str, after: str, summary: str, kind: str) -> None:
        self._place(key, f"fold {kind}", parent, after).summary = summary

    def _sum(self, key: str, summary: str) -> None:
        self.elements[key].summary = summary

    def _md(self, key: str, parent: str, after: str, chunks: list[str], tail: str) -> None:
        element = self._place(key, "md", parent, after)
        element.chunks, element.tail = list(chunks), tail

    def _add(self, key: str, chunks: list[str]) -> None:
        self.elements[key].chunks += chunks
        self.elements[key].tail = ""

    def _cut(self, key: str, count: int) -> None:
        del self.elements[key].chunks[count:]
        self.elements[key].tail = ""

    def _txt(self, key: str, text: str) -> None:
        self.elements[key].tail += text

    def _tail(self, key: str, text: str) -> None:
        self.elements[key].tail = text

    def _del(self, key: str) -> None:
        element = self.elements[key]
        for child in list(element.under):
            self._del(child.key)
        self.elements[element.parent].under.remove(element)
        del self.elements[key]

    def _head(self, head: dict[str, Any]) -> None:
        self.head = head

    def _phase(self, phase: str) -> None:
        self.phase = phase

    def _ask(self, id: str, under: str, words: Any) -> None:
        assert id not in self.asks
        self.asks[id] = under, words

    def _under(self, id: str, under: str) -> None:
        self.asks[id] = under, self.asks[id][1]

    def _unask(self, id: str) -> None:
        del self.asks[id]

    def _over(self) -> None:
        self.asks, self.head = {}, {}
