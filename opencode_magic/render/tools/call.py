"""A tool call as the looks read it: any field may be missing, of another type, or huge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from ...model.messages import ToolPart
from ...text.ansi import settled
from ...text.visible import as_text, shorten
from ..blocks import PRINTED, Block, Code, State
from ..paths import inside

EXACT_LINES = 5_000
EXACT_CHARS = 200_000


@dataclass(frozen=True)
class ToolLook:
    """What a reader wants of a call: what was done, to what, with which result."""

    verb: str
    target: str = ""
    detail: str = ""
    body: tuple[Block, ...] = ()
    state: State | None = None
    """How it really ended, where the server only says "completed"."""
    open: bool = False
    """True where the body is what a reader wants to see at once."""


@dataclass(frozen=True)
class ToolCall:
    """A tool call with tolerant access to what it holds.

    `directory` is where it was made; `nested` says that a subagent's own rows stand under it.
    """

    part: ToolPart
    directory: str = ""
    nested: bool = False

    @property
    def tool(self) -> str:
        """The tool's name."""
        return self.part.tool

    @property
    def title(self) -> str:
        """The server's own short words for the call."""
        return self.part.state.title

    @property
    def output(self) -> str:
        """What the model was given back."""
        return self.part.state.output

    def text(self, name: str) -> str:
        """An argument as text, "" where there is none."""
        return as_text(self.part.state.input.get(name))

    def path(self, name: str) -> str:
        """An argument that is a path, relative to the project where it lies inside."""
        return inside(self.text(name), self.directory)

    def argument(self, name: str) -> Any:
        """An argument as it came."""
        return self.part.state.input.get(name)

    def meta(self, *path: str) -> Any:
        """A value of the metadata, by its path; None where there is none."""
        return dig(self.part.state.metadata, *path)

    def number(self, *path: str) -> int | None:
        """A whole number of the metadata."""
        return whole(self.meta(*path))


def dig(value: Any, *path: str) -> Any:
    """A value inside nested objects; None where the path ends early."""
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def whole(value: Any) -> int | None:
    """A whole number, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def code(text: Any, language: str = "") -> tuple[Block, ...]:
    """A block of what a program read or wrote, however long; nothing for nothing."""
    shown = as_text(text)
    return (Code(shown, language),) if shown and not shown.isspace() else ()


def printed(text: Any) -> tuple[Block, ...]:
    """A block of what a program printed for a terminal; nothing for nothing."""
    return code(settled(as_text(text)), PRINTED)


def exact(text: Any, language: str = "") -> tuple[Block, ...]:
    """A block of what would be done, every character of it: an escape sequence too is shown."""
    shown = shorten(as_text(text), lines=EXACT_LINES, chars=EXACT_CHARS)
    return (Code(shown, language, exact=True),) if shown.strip() else ()


def language_of(path: str) -> str:
    """The language of a file, by its name."""
    return PurePosixPath(path[-200:]).suffix.removeprefix(".").lower()
