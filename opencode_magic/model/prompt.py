"""A prompt before it is sent: its words, and the pieces that go behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..answer.schema import Form
from ..text.characters import halves

PromptKind = Literal["text", "command", "shell", "compact", "follow"]


@dataclass(frozen=True)
class Mentioned:
    """Where a prompt names something: the words, and their first and last character in it."""

    value: str
    start: int
    end: int


@dataclass(frozen=True)
class TextPiece:
    """Text of a prompt.

    `synthetic` text is for the model and nobody's own words; `note` is the line that a reader sees
    of what is in it.
    """

    text: str
    synthetic: bool = False
    note: str = ""


@dataclass(frozen=True)
class FilePiece:
    """A file or picture, by its address; `path` and `place` say which mention brought it."""

    mime: str
    filename: str
    url: str
    path: str = ""
    place: Mentioned | None = None


@dataclass(frozen=True)
class AgentPiece:
    """A subagent that the prompt asks for."""

    name: str
    place: Mentioned


Piece: TypeAlias = "TextPiece | FilePiece | AgentPiece"


@dataclass(frozen=True)
class Prompt:
    """What is to be sent: `text`, a `command` of the server (`/name args`) or for its `shell`.

    `compact` has the conversation summarised; its text is for the record. `follow` sends nothing:
    a turn that runs already is joined.
    """

    text: str
    kind: PromptKind = "text"
    model: str = ""
    agent: str = ""
    variant: str = ""
    window: int = 0
    """How many tokens the context of `model` holds, where that is known already."""
    form: Form | None = None
    """The form of the answer."""
    pieces: tuple[Piece, ...] = ()
    """What goes behind the text, in order."""
    note: str = ""
    """What a reader should know of the text, in one line."""

    @property
    def content(self) -> tuple[Piece, ...]:
        """Return all that is sent, the text first."""
        return TextPiece(self.text, note=self.note), *self.pieces

    @property
    def halves(self) -> int:
        """Return how many halves of a character stand in it, which arrive as U+FFFD."""
        return sum(halves(piece.text) for piece in self.content if isinstance(piece, TextPiece))
