"""Where a turn is shown and answered: what a driver says to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..changes.review import Changes, ReviewVerdict
from ..model.transcript import Ask
from ..render.asks import AskText
from ..render.blocks import Block, Header, Item
from .described import describe

Bundle = dict[str, str]

TICK_S = 0.05
"""At most one message to the page in each."""
STOPPING = "stopping"
"""The phase from which on another interrupt gives the turn up."""


@dataclass(frozen=True)
class Stop:
    """The user wants the turn to end."""


@dataclass(frozen=True)
class Answer:
    """The user's answer to what the server asked: `once`, `always`, `reject` or `answer`.

    `message` goes to the agent with a `reject`; `answers` are the labels chosen for each question
    with an `answer`. `by` is in whose name, "" for the user's own.
    """

    ask_id: str
    reply: str
    message: str = ""
    answers: Sequence[Sequence[str]] = ()
    by: str = ""


Action = Answer | Stop | ReviewVerdict


@dataclass(frozen=True)
class Snapshot:
    """All there is to see of a turn at one moment."""

    items: tuple[Item, ...]
    header: Header
    phase: str
    elapsed_s: float
    asks: tuple[Ask, ...] = ()
    footer: Block | None = None
    review: Changes | None = None
    """What is to be kept or undone, while the cell waits for that."""
    checkpoint: Callable[[], Bundle] = dict
    """Builds the static form of what has happened so far."""
    describe: Callable[[Ask], AskText] = describe
    """The words for one of the asks: who asks, and for what in this project."""
    row: Callable[[Ask], str] = lambda _: ""
    """The key of the item one of the asks belongs to; "" where it is not known."""

    @property
    def who(self) -> str:
        """The model and the agent that answer, in a line; "" before they are known."""
        return " · ".join(filter(None, (self.header.model, self.header.agent)))


class Surface(Protocol):
    """What a driver talks to, always from the main thread."""

    def draw(self, picture: Snapshot) -> None:
        """Show the latest state. Calm by itself: call it as often as you like."""

    def actions(self, timeout_s: float) -> list[Action]:
        """What the user did since the last call; waits at most `timeout_s` for something."""

    def stop_waits(self) -> bool:
        """Whether Stop was pressed and not taken yet; may be asked from any thread."""

    def ask(self, request: Ask) -> Answer | None:
        """Put a question that nothing has decided, once. None: the answer comes by `actions`."""

    def review(self, asked: Changes) -> ReviewVerdict | None:
        """Put the question which changes are to stay, once. None: it comes by `actions`."""

    def finish(self, bundle: Bundle, items: Sequence[Item] = ()) -> None:
        """Leave the static form in place of the live one, or nothing where there is none ({}).

        `items` are the blocks of the turn that has ended, for whoever prints what was not printed
        yet. Calling it twice is fine.
        """


class Buttonless:
    """Base of surfaces on which nothing can be clicked: an interrupt stops."""

    def actions(self, timeout_s: float) -> list[Action]:
        """Nothing."""
        return []

    def stop_waits(self) -> bool:
        """There is no button."""
        return False
