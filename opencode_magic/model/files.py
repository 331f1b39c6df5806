"""Files: how a turn changed one, and what a server tells about those of a project."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import msgspec

from .base import Wire


class FileDiff(Wire, frozen=True):
    """One file of a turn's diff: a patch (1.14 and later), or both texts (before that)."""

    file: str
    patch: str = ""
    before: str = ""
    after: str = ""
    additions: int = 0
    deletions: int = 0
    status: str = ""


class Text(Wire, frozen=True):
    """Text as ripgrep reports it; `bytes` (base64) where it is not UTF-8."""

    text: str = ""
    bytes: str = ""

    def __str__(self) -> str:
        if self.text or not self.bytes:
            return self.text
        return base64.b64decode(self.bytes).decode("utf-8", "replace")


class Submatch(Wire, frozen=True):
    """Where a pattern matched within a line; `start` and `end` count bytes of UTF-8."""

    match: Text = Text()
    start: int = 0
    end: int = 0


class Match(Wire, frozen=True):
    """A line that a text search found; lines count from 1."""

    path: Text
    lines: Text = Text()
    line_number: int = msgspec.field(default=0, name="line_number")
    submatches: list[Submatch] = []


@dataclass(frozen=True)
class Found:
    """The lines that a search found, and notes about those that are missing."""

    matches: tuple[Match, ...] = ()
    notes: tuple[str, ...] = ()


class Position(Wire, frozen=True):
    """A position in a text; line and character count from 0, as in language servers."""

    line: int = 0
    character: int = 0


class Range(Wire, frozen=True):
    """From one position to another."""

    start: Position = Position()
    end: Position = Position()


class Location(Wire, frozen=True):
    """A range of a file, named by its URI."""

    uri: str = ""
    range: Range = Range()


class Symbol(Wire, frozen=True):
    """A function, class or other name that a language server knows."""

    name: str
    kind: int = 0
    location: Location = Location()


class FileNode(Wire, frozen=True):
    """An entry of a folder; `type` is `file` or `directory`, `path` relative to the project."""

    name: str
    path: str = ""
    absolute: str = ""
    type: str = "file"
    ignored: bool = False


class FileContent(Wire, frozen=True):
    """The content of a file. The server drops a final newline of text."""

    type: str = "text"
    content: str = ""
    encoding: str = ""
    mime_type: str = ""

    @property
    def data(self) -> bytes:
        """The content as bytes."""
        if self.encoding == "base64":
            return base64.b64decode(self.content)
        return self.content.encode()


class FileStatus(Wire, frozen=True):
    """A file that differs from the last commit: `added`, `modified` or `deleted`."""

    file: str = ""
    path: str = ""
    additions: int = 0
    deletions: int = 0
    added: int = 0
    removed: int = 0
    status: str = ""


class Vcs(Wire, frozen=True):
    """The branch of the project; None outside git."""

    branch: str | None = None
    default_branch: str | None = msgspec.field(default=None, name="default_branch")
