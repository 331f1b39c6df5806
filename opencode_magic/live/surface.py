"""The interface of whatever shows a turn and lets the user answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..changes.review import Changes, ReviewVerdict
from ..model.transcript import Ask
from ..render.asks import AskText
from ..render.blocks import Header, Item
from .described import describe

Bundle = dict[str, str]

TICK_S = 0.05
"""The page gets at most one message in this time."""
STOPPING = "stopping"
"""The phase in which another interrupt gives the turn up."""


@dataclass(frozen=True)
class Stop:
    """The user wants the turn to end."""


@dataclass(frozen=True)
class Answer:
    """The user's answer to what the server asked: `once`, `always`, `reject` or `answer`.

    `message` goes to the agent with a `reject`; `answers` are the labels chosen for each question
    with an `answer`. `by` names who answered, "" for the user.
    """

    ask_id: str
    reply: str
    message: str = ""
    answers: Sequence[Sequence[str]] = ()
    by: str = ""


@dataclass(frozen=True)
class AddedWord:
    """The user has something to add for the agent, which goes on working."""

    text: str


Action = Answer | Stop | AddedWord | ReviewVerdict


@dataclass(frozen=True)
class Snapshot:
    """Everything there is to see of a turn at one moment."""

    items: tuple[Item, ...]
    header: Header
    phase: str
    elapsed_s: float
    asks: tuple[Ask, ...] = ()
    review: Changes | None = None
    """The changes to keep or undo, while the cell waits for that decision."""
    checkpoint: Callable[[], Bundle] = dict
    """Builds the static form of what has happened so far."""
    describe: Callable[[Ask], AskText] = describe
    """Returns the words for one of the asks: who asks, and for what in this project."""
    row: Callable[[Ask], str] = lambda _: ""
    """Returns the key of the item that one of the asks belongs to; "" if it is not known."""

    @property
    def who(self) -> str:
        """The model and the agent that answer, in one line; "" before they are known."""
        return " · ".join(filter(None, (self.header.model, self.header.agent)))


class Surface(Protocol):
    """Where a driver shows a turn and gets answers, always from the main thread."""

    def draw(self, picture: Snapshot) -> None:
        """Show the latest state. It limits its own rate: call it as often as you like."""

    def actions(self, timeout_s: float) -> list[Action]:
        """Return what the user did since the last call; wait at most `timeout_s` for something."""

    def stop_waits(self) -> bool:
        """Return whether Stop was pressed and not handled yet; may be called from any thread."""

    def ask(self, request: Ask) -> Answer | None:
        """Ask a question that nothing has decided, once. None: the answer comes by `actions`."""

    def review(self, asked: Changes) -> ReviewVerdict | None:
        """Ask which changes are to stay, once. None: the verdict comes by `actions`."""

    def finish(self, bundle: Bundle, items: Sequence[Item] = ()) -> None:
        """Replace the live form by the static one. Calling it twice is fine.

        Parameters
        ----------
        bundle:
            the static form; empty to leave nothing.
        items:
            the blocks of the turn that has ended, for surfaces that print what is not printed yet.
        """


class Buttonless:
    """Base of surfaces on which nothing can be clicked: an interrupt stops."""

    def actions(self, timeout_s: float) -> list[Action]:
        """Return nothing."""
        return []

    def stop_waits(self) -> bool:
        """Return False: there is no button."""
        return False
