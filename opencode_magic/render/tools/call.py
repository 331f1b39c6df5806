"""A tool call as the looks read it: any field may be missing, of another type, or huge."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from ...model.messages import ToolPart
from ...model.tools import given, told
from ...text.ansi import settled
from ...text.visible import as_text, shorten
from ..blocks import PRINTED, Block, Code, State
from ..paths import inside


@dataclass(frozen=True)
class ToolLook:
    """What a reader wants to know of a call: what was done, to what, with which result."""

    verb: str
    target: str = ""
    detail: str = ""
    body: tuple[Block, ...] = ()
    state: State | None = None
    """How it really ended, where the server only says "completed"."""
    open: bool = False
    """True if a reader wants to see the body at once."""


@dataclass(frozen=True)
class ToolCall:
    """A tool call with tolerant access to its fields.

    `directory` is where it was made; `nested` means that a subagent's own rows stand under it.
    `foreseen` is the patch that was shown with the request to allow it, "" where none was.
    """

    part: ToolPart
    directory: str = ""
    nested: bool = False
    foreseen: str = ""

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
        """The output the model got."""
        return self.part.state.output

    def text(self, name: str) -> str:
        """Return an argument as text, "" where there is none."""
        return as_text(self.argument(name))

    def path(self, name: str) -> str:
        """Return an argument that is a path, relative to the project if it lies inside."""
        return inside(self.text(name), self.directory)

    def argument(self, name: str) -> Any:
        """Return an argument as it came, by our name for it."""
        return given(self.part.state.input, name)

    def meta(self, name: str) -> Any:
        """Return a field of the call's metadata, by our name for it; None if missing."""
        return told(self.part.state.metadata, name)

    def number(self, name: str) -> int | None:
        """Return a whole number of the call's metadata, else None."""
        return whole(self.meta(name))


def whole(value: Any) -> int | None:
    """Return `value` if it is a whole number, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def as_list(value: Any, most: int | None = None) -> list[Any]:
    """Return `value`, or its `most` first, if it is a list; else nothing."""
    return value[:most] if isinstance(value, list) else []


def code(text: Any, language: str = "") -> tuple[Block, ...]:
    """Return a block of code or output, however long; none for blank text."""
    shown = as_text(text)
    return (Code(shown, language),) if shown and not shown.isspace() else ()


def printed(text: Any) -> tuple[Block, ...]:
    """Return a block of what a program printed for a terminal; none for blank text."""
    return code(settled(as_text(text)), PRINTED)


def exact(text: Any, language: str = "") -> tuple[Block, ...]:
    """Return a block of what would be done, with every character, even escape sequences."""
    shown = shorten(as_text(text), lines=5_000, chars=200_000)
    return (Code(shown, language, exact=True),) if shown.strip() else ()


def language_of(path: str) -> str:
    """Return the language of a file, by its name."""
    return PurePosixPath(path[-200:]).suffix.removeprefix(".").lower()
