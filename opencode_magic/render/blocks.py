"""What a reader sees of a turn, as frozen values without HTML, widgets or text layout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

PRINTED = "ansi"
"""The language of what a program printed for a terminal; its colours are shown."""

Level = Literal["info", "warning", "error"]
Look = Literal["", "code", "quiet", "strong", "hit", "good", "warn", "bad"]
EntryKind = Literal["folder", "file", "link"]
Mark = Literal["", "added", "modified", "deleted", "ignored"]
State = Literal["pending", "running", "completed", "failed", "stopped", "rejected"]


@dataclass(frozen=True)
class Markdown:
    """What the agent wrote; `open` while more may come."""

    source: str
    open: bool = False


@dataclass(frozen=True)
class Plain:
    """Words that are shown exactly as they are."""

    text: str


@dataclass(frozen=True)
class Code:
    """Source, a command or output: monospaced, highlighted where `language` is known.

    The text is whole, however long: whoever shows it cuts it, unless it must be shown `exact`.
    """

    text: str
    language: str = ""
    exact: bool = False


@dataclass(frozen=True)
class Checklist:
    """Short lines, each with a mark and a word for it, e.g. tasks and how far they are."""

    lines: tuple[Check, ...]
    title: str = ""


@dataclass(frozen=True)
class Check:
    """A line of a checklist: `✓ run the tests (done)`."""

    mark: str
    text: str
    word: str = ""


@dataclass(frozen=True)
class Diff:
    """A unified diff of one file; `file` is empty where the surroundings name it.

    `old` is the former name of a renamed or copied file; `note` says what the lines of the diff do
    not, e.g. `now executable`.
    """

    patch: str
    file: str = ""
    additions: int = 0
    deletions: int = 0
    status: str = ""
    old: str = ""
    note: str = ""


@dataclass(frozen=True)
class Notice:
    """Something the reader must know, in words, with what to do next.

    The text is ours: backticks in it mark code. The `quote` is what others said, shown as it is.
    `until_ms` is the moment something waits for (milliseconds since the epoch), 0 for none.
    """

    text: str
    level: Level = "info"
    until_ms: float = 0
    quote: str = ""


@dataclass(frozen=True)
class Fold:
    """A body behind a one-line summary, e.g. the model's reasoning."""

    summary: str
    body: tuple[Block, ...] = ()
    kind: str = ""


@dataclass(frozen=True)
class Row:
    """A tool call: what was done, to what, how far it is; the body is folded unless `open`.

    `answer` is what the user said when the server asked for it.
    """

    verb: str
    target: str = ""
    state: State = "pending"
    detail: str = ""
    seconds: float = 0
    body: tuple[Block, ...] = ()
    answer: str = ""
    open: bool = False


@dataclass(frozen=True)
class ChangedFiles:
    """The files a turn changed, each with its diff."""

    files: tuple[Diff, ...]


@dataclass(frozen=True)
class Span:
    """Words within a cell of a grid, and how they look; `hit` is what a search found."""

    text: str
    look: Look = ""


Cell: TypeAlias = str | tuple[Span, ...]


@dataclass(frozen=True)
class Grid:
    """Rows of cells under columns, which may be unnamed; those in `right` are aligned right."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...] = ()
    right: frozenset[int] = frozenset()
    title: str = ""


@dataclass(frozen=True)
class Entry:
    """A line of a folder's listing: a file with its size in bytes, or a folder.

    `mark` is what happened since the last commit, `changed` how many files below it changed.
    """

    name: str
    kind: EntryKind = "file"
    size: int | None = None
    mark: Mark = ""
    changed: int = 0


@dataclass(frozen=True)
class Entries:
    """The entries of a folder, or the first of them; `total` counts all."""

    entries: tuple[Entry, ...] = ()
    total: int = 0


@dataclass(frozen=True)
class FileTree:
    """A folder as a tree: its known folders by their path in it ("" is the folder itself)."""

    title: str
    folders: Mapping[str, Entries] = field(default_factory=dict)


@dataclass(frozen=True)
class Header:
    """Who answers: model, agent, session."""

    model: str = ""
    agent: str = ""
    session: str = ""


@dataclass(frozen=True)
class Footer:
    """What a turn took: state, tokens, cost in US dollars, time in seconds.

    `context` is the share of the model's context that is full, 0 if unknown.
    """

    state: str
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0
    seconds: float = 0
    context: float = 0


Block = (
    Markdown
    | Plain
    | Code
    | Checklist
    | Diff
    | Notice
    | Fold
    | Row
    | ChangedFiles
    | Grid
    | FileTree
    | Header
    | Footer
)


@dataclass(frozen=True)
class Item:
    """A block with a key that stays the same while it changes; `parent` is the key above it.

    Two drawings are compared by key: equal blocks cost nothing, changed ones are replaced in place.
    """

    key: str
    block: Block
    parent: str = ""
