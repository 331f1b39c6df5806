"""A prompt before it is sent: its text, and the pieces that follow it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..answer.schema import Form
from ..text.characters import halves
from .base import ADDED

PromptKind = Literal["text", "command", "shell", "compact", "follow"]


@dataclass(frozen=True)
class Mentioned:
    """Where a prompt names something: the words, and where they start and end in it."""

    value: str
    start: int
    end: int


@dataclass(frozen=True)
class TextPiece:
    """Text of a prompt.

    `synthetic` text is written for the model and not by the user; `note` is the line that a reader
    sees instead of it. `added` is the mark of a word that was added to a turn while it ran.
    """

    text: str
    synthetic: bool = False
    note: str = ""
    added: str = ""

    @property
    def metadata(self) -> dict[str, str]:
        """What is kept with it in our name."""
        told = {"attached": self.note, ADDED: self.added}
        return {name: value for name, value in told.items() if value}


@dataclass(frozen=True)
class FilePiece:
    """A file or picture, by its URL; `path` and `place` say which mention brought it."""

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

    `compact` has the conversation summarised; its text is only for the record. `follow` sends
    nothing: it joins a turn that runs already.
    """

    text: str
    kind: PromptKind = "text"
    model: str = ""
    agent: str = ""
    variant: str = ""
    window: int = 0
    """How many tokens the context of `model` holds; 0 where that is not known yet."""
    form: Form | None = None
    """The form the answer must have."""
    pieces: tuple[Piece, ...] = ()
    """What follows the text, in order."""
    note: str = ""
    """A remark for the reader about the text, in one line."""
    added: str = ""
    """The mark of a word that is added to a turn while it runs."""

    @property
    def content(self) -> tuple[Piece, ...]:
        """All that is sent, the text first."""
        return TextPiece(self.text, note=self.note, added=self.added), *self.pieces

    @property
    def halves(self) -> int:
        """How many lone surrogates it holds, which arrive as U+FFFD."""
        return sum(halves(piece.text) for piece in self.content if isinstance(piece, TextPiece))
