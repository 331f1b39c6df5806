"""The page of a running turn, and the smallest operations that bring it up to date.

Pure: it takes items, returns operations, and sends nothing. An operation is a list that JSON can
carry; its first entry names it:

    ["html", key, parent, after, html]                a finished block; `after` is its elder sibling
    ["set",  key, html]                               the same block, changed
                                                      (both: seconds to count down may follow)
    ["fold", key, parent, after, summary, kind]       a fold; its body are blocks under it
    ["sum",  key, summary]
    ["md",   key, parent, after, [html...], tail]     the agent's text: chunks and open tail
    ["add",  key, [html...]]                          finished chunks that replace the tail
    ["cut",  key, count]                              keep that many chunks; the tail goes
    ["txt",  key, text]                               more of the open tail
    ["tail", key, text]                               another open tail
    ["del",  key]                                     a block and everything under it
    ["head", {...}] ["phase", text]
    ["ask", ...] ["under", ...] ["unask", ...]        questions, see prompts.py
    ["over"]                                          only the blocks are to be seen

HTML comes only from the sanitiser; everything else is shown as text.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from ...render.blocks import Block, Fold, Header, Item, Markdown, Notice
from ...text.splitter import Splitter
from ...text.visible import visible
from ..prompts import Asked, Prompt

Op: TypeAlias = list[Any]
Html = Callable[[Block], str]

BYTES_PER_S = 400_000  # how fast one growing block, e.g. a tool's output, is sent again
DEEPEST = 12  # levels of blocks under blocks
DRIFT_S = 2.0  # the page counts the seconds itself, and is corrected if it is off by more

NOBODY = Header()


@dataclass(frozen=True)
class Head:
    """The header line: who answers, for how long, and whether it still runs."""

    header: Header = NOBODY
    elapsed_s: float = 0
    running: bool = True


START = Head()


@dataclass(frozen=True)
class Scene:
    """Everything that is to be seen."""

    items: tuple[Item, ...] = ()
    head: Head = START
    asks: tuple[Prompt, ...] = ()
    phase: str = ""


@dataclass
class _Html:
    """A finished block; a big one that keeps changing is not sent at every tick."""

    parent: str
    block: Block
    html: str
    wall: Callable[[], float]
    not_before: float = 0
    late: bool = False

    def op(self, key: str, after: str) -> Op:
        return ["html", key, self.parent, after, self.html, *self._left()]

    def change(self, key: str, block: Block, html: Html, now: float) -> Iterator[Op]:
        if block == self.block:
            return
        if now < self.not_before:
            self.late = True
            return
        self.late = False
        self.block, new = block, html(block)
        if new != self.html or self._left():
            self.html = new
            self.not_before = now + len(new) / BYTES_PER_S
            yield ["set", key, new, *self._left()]

    def _left(self) -> list[float]:
        """Return the seconds a notice still waits: the page's clock may differ from ours."""
        until = self.block.until_ms if isinstance(self.block, Notice) else 0
        return [round(max(until / 1000 - self.wall(), 0), 1)] if until else []


@dataclass
class _Fold:
    parent: str
    summary: str
    kind: str

    def op(self, key: str, after: str) -> Op:
        return ["fold", key, self.parent, after, self.summary, self.kind]

    def change(self, key: str, block: Fold) -> Iterator[Op]:
        summary = visible(block.summary)
        if summary != self.summary:
            self.summary = summary
            yield ["sum", key, summary]


class _Markdown:
    """The agent's text: chunks that nothing later can change, sent once, and the tail as text."""

    def __init__(self, parent: str) -> None:
        self.parent = parent
        self.source = ""
        self.open = True
        self.splitter = Splitter()
        self.chunks: list[str] = []
        self.html: list[str] = []
        self.tail = ""

    def op(self, key: str, after: str) -> Op:
        return ["md", key, self.parent, after, list(self.html), self.tail]

    def change(self, key: str, block: Markdown, html: Html) -> Iterator[Op]:
        if block.source == self.source and block.open == self.open:
            return
        kept = len(self.chunks)
        if self.open and block.source.startswith(self.source):
            new = list(self.splitter.feed(block.source[len(self.source) :]))
        else:
            self.splitter = Splitter()
            chunks = list(self.splitter.feed(block.source))
            kept = _equal_at_first(self.chunks, chunks)
            new = chunks[kept:]
        tail = self.splitter.tail
        if not block.open and tail.strip():
            new.append(tail)
        self.source, self.open = block.source, block.open
        if kept < len(self.chunks):
            del self.chunks[kept:], self.html[kept:]
            self.tail = ""
            yield ["cut", key, kept]
        if new:
            added = [html(Markdown(chunk)) for chunk in new]
            self.chunks += new
            self.html += added
            self.tail = ""
            yield ["add", key, added]
        old, self.tail = self.tail, visible(tail) if block.open else ""
        if self.tail != old:
            more = self.tail.startswith(old)
            yield ["txt", key, self.tail[len(old) :]] if more else ["tail", key, self.tail]


_Node: TypeAlias = _Html | _Fold | _Markdown
_KINDS: dict[type, type[_Node]] = {Markdown: _Markdown, Fold: _Fold}


class Board:
    """The page as it was last described to the front end. `ops` describes the difference.

    Parameters
    ----------
    html:
        renders a block.
    wall:
        returns the seconds since the epoch, for notices that count down.
    """

    def __init__(self, html: Html, *, wall: Callable[[], float] = time.time) -> None:
        self._html = html
        self._wall = wall
        self._nodes: dict[str, _Node] = {}
        self._order: dict[str, list[str]] = {}  # parent -> keys
        self._items: tuple[Item, ...] = ()
        self._head = START
        self._head_at = 0.0
        self._phase = ""
        self._asked = Asked()

    def ops(self, scene: Scene, now: float, *, all_of_it: bool = False) -> list[Op]:
        """Return what turns the page into `scene`, at the time `now` by a monotonic clock.

        Big blocks may wait a little, unless `all_of_it` is needed now.
        """
        ops: list[Op] = []
        if scene.items is not self._items or self.late:
            self._items = scene.items
            blocks = list(flat(scene.items))
            if all_of_it:
                for node in self._blocks():
                    node.not_before = 0
            ops += [*self._removals(blocks), *self._changes(blocks, now)]
        ops += self._frame(scene, now)
        return ops

    @property
    def late(self) -> bool:
        """Whether a big block still waits to be sent."""
        return any(node.late for node in self._blocks())

    def snapshot(self, now: float) -> list[Op]:
        """Return the operations that build the page as it stands from nothing."""
        return [
            *self._build(""),
            _head_op(self._head_now(now)),
            ["phase", self._phase],
            *self._asked.snapshot(),
        ]

    def _blocks(self) -> Iterator[_Html]:
        return (node for node in self._nodes.values() if isinstance(node, _Html))

    # -- blocks --------------------------------------------------------------------------------

    def _removals(self, flat: list[tuple[str, str, Block]]) -> Iterator[Op]:
        """Remove what is gone, changed its kind or moved; what moved is added again later."""
        wanted = {key: (parent, _KINDS.get(type(block), _Html)) for key, parent, block in flat}
        for key, node in list(self._nodes.items()):
            if wanted.get(key) != (node.parent, type(node)):
                yield from self._remove(key)
        orders: dict[str, list[str]] = {}
        for key, parent, _ in flat:
            if key in self._nodes:
                orders.setdefault(parent, []).append(key)
        for parent, order in orders.items():
            shown = [key for key in self._order.get(parent, ()) if key in wanted]
            for key in shown[_equal_at_first(shown, order) :]:
                yield from self._remove(key)

    def _remove(self, key: str) -> Iterator[Op]:
        if key not in self._nodes:  # it went with the block above
            return
        self._order[self._nodes[key].parent].remove(key)
        for gone in [key, *self._under(key)]:
            del self._nodes[gone]
            self._order.pop(gone, None)
        yield ["del", key]

    def _under(self, key: str) -> Iterator[str]:
        for child in self._order.get(key, ()):
            yield child
            yield from self._under(child)

    def _changes(self, flat: list[tuple[str, str, Block]], now: float) -> Iterator[Op]:
        last: dict[str, str] = {}
        for key, parent, block in flat:
            after, last[parent] = last.get(parent, ""), key
            match self._nodes.get(key), block:
                case None, _:
                    node = self._nodes[key] = self._make(parent, block)
                    order = self._order.setdefault(parent, [])
                    order.insert(order.index(after) + 1 if after else 0, key)
                    yield node.op(key, after)
                case _Markdown() as text, Markdown():
                    yield from text.change(key, block, self._html)
                case _Fold() as fold, Fold():
                    yield from fold.change(key, block)
                case _Html() as finished, _:
                    yield from finished.change(key, block, self._html, now)

    def _make(self, parent: str, block: Block) -> _Node:
        if isinstance(block, Markdown):
            node = _Markdown(parent)
            deque(node.change("", block, self._html), maxlen=0)
            return node
        if isinstance(block, Fold):
            return _Fold(parent, visible(block.summary), block.kind)
        return _Html(parent, block, self._html(block), self._wall)

    def _build(self, parent: str) -> Iterator[Op]:
        after = ""
        for key in self._order.get(parent, ()):
            yield self._nodes[key].op(key, after)
            yield from self._build(key)
            after = key

    # -- around the blocks ---------------------------------------------------------------------

    def _frame(self, scene: Scene, now: float) -> Iterator[Op]:
        head = scene.head
        expected = self._head_now(now)
        if (head.header, head.running) != (expected.header, expected.running) or (
            abs(head.elapsed_s - expected.elapsed_s) > DRIFT_S
        ):
            self._head, self._head_at = head, now
            yield _head_op(head)
        phase = visible(scene.phase)
        if phase != self._phase:
            self._phase = phase
            yield ["phase", phase]
        yield from self._asked.ops(scene.asks)

    def _head_now(self, now: float) -> Head:
        passed = now - self._head_at if self._head.running and self._head_at else 0.0
        return Head(self._head.header, self._head.elapsed_s + passed, self._head.running)


def flat(items: Sequence[Item]) -> Iterator[tuple[str, str, Block]]:
    """Yield key, parent and block of everything; the blocks in a fold stand under it.

    An item whose parent is unknown stands at the top; of two with one key the first counts. What
    is nested deeper than a reader can follow stands at the deepest level.
    """
    depths = {"": 0}
    parents: dict[str, str] = {}
    todo = deque((item.key, item.parent, item.block) for item in items)
    while todo:
        key, parent, block = todo.popleft()
        if key in depths:
            continue
        parent = parent if parent in depths else ""
        if depths[parent] == DEEPEST:
            parent = parents[parent]
        parents[key], depths[key] = parent, depths[parent] + 1
        yield key, parent, block
        if isinstance(block, Fold):
            body = [(f"{key}/{number}", key, inner) for number, inner in enumerate(block.body)]
            todo.extendleft(reversed(body))


def _equal_at_first(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many strings two sequences share from their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))


def _head_op(head: Head) -> Op:
    return [
        "head",
        {**asdict(head.header), "elapsed": round(head.elapsed_s, 1), "running": head.running},
    ]
