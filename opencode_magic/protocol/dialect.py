"""The interface to a server while a turn runs: between our words and its protocol.

A dialect knows the routes, the spellings and the rules of one major version. Everything outside
`protocol` asks it in the words of `model`, and works on any server that has a dialect. A turn uses
it in this order: `running` and `newest`, then `life`, `prompt_ids` and `submit`, while it runs
`pending`, `answer` and `stop`, and at the end `messages` and `diff`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from ..model.asks import PermissionRequest, QuestionRequest
from ..model.events import Event
from ..model.files import FileDiff
from ..model.messages import Message, PatchPart
from ..model.prompt import Piece, Prompt
from ..model.sessions import Session, Status
from ..model.transcript import Transcript
from .reading import Reading

if TYPE_CHECKING:
    from ..model.transcript import Ask

Mark = str
"""A place in a session: the `order` of the message before it, "" before the first."""


@dataclass(frozen=True)
class Timing:
    """How long to wait for what a server does by itself, in seconds."""

    refused_s: float = 0
    """After a prompt was sent: an error that came before the turn began is then its end."""
    unbegun_s: float = 0
    """After a stop: a prompt that was stored but has not begun by then never will."""
    stop_again_s: float = 0.5
    """Between two stops: one that arrived before the turn began stopped nothing."""
    quiet_s: float = 15
    """Of silence: the server is then asked whether the turn still runs."""
    behind_s: float = 2
    """The same, once events were found to come late or not at all."""
    last_write_s: float = 0
    """After a turn has ended: its last message is stored by then."""


@dataclass(frozen=True)
class PromptIds:
    """The ids a prompt and its first part will have; "" where the server makes them."""

    message: str = ""
    part: str = ""


@dataclass(frozen=True)
class Feed:
    """An event stream of the server, and how to read it."""

    path: str
    params: Mapping[str, str]
    decode: Callable[[str], Iterable[Event]]
    """Reads what the server sends at once; it may remember what earlier ones have left open."""
    stale_s: float = 15.0
    """Of silence: the connection may then be dead, as the server sends heartbeats more often."""
    matters: Callable[[str], bool] = field(default=lambda data: True)
    """Whether an event is worth reading though nobody listens."""


class Sign(Enum):
    """What is known of the end of a turn."""

    NOTHING = "nothing"
    MAYBE_OVER = "maybe over"
    """It is over unless the server, when asked, says that the session still runs."""
    OVER = "over"


class Life(ABC):
    """Tells from events and from the server's record when a turn begins and ends. Does no I/O.

    Parameters
    ----------
    prompt_id:
        the message that began the turn, "" for a turn that is yet to begin.
    """

    def __init__(self, prompt_id: str = "") -> None:
        self.prompt_id = prompt_id
        """The user message that began the turn, "" until it is known."""
        self.active = bool(prompt_id)
        """Whether the server has begun the turn."""

    @abstractmethod
    def sent(self, ids: PromptIds) -> None:
        """Take in that a prompt is about to be sent with these ids."""

    @abstractmethod
    def take(self, event: Event, transcript: Transcript) -> Sign:
        """Take in an event, which `transcript` has already; return what it says of the end."""

    @abstractmethod
    def resync(self, transcript: Transcript) -> Sign:
        """Take in the server's own record, with the session's status; return the same."""

    @abstractmethod
    def owns(self, ask: Ask) -> bool:
        """Return whether a request that waits in the session was made by this turn."""


class Dialect(ABC):
    """What a turn needs of a server. Its methods raise what `Connection.call` raises."""

    name: str
    reading: Reading
    """How a connection reads this server's answers."""
    timing: Timing = Timing()
    streams: frozenset[str] = frozenset()
    """The routes that never end."""

    @property
    def answer_tool(self) -> str:
        """The tool by which the model gives an answer that has a form, "" where there is none."""
        return ""

    # -- the session ---------------------------------------------------------------------------

    @abstractmethod
    def running(self) -> Mapping[str, Status]:
        """Return the status of each session of the directory that is not idle."""

    def may_run_elsewhere(self, session: Session) -> bool:
        """Return whether a session that does not run here may run in a server on the same data."""
        return False

    @abstractmethod
    def newest(self, session: Session) -> Mark:
        """Return the place after the session's newest message."""

    @abstractmethod
    def messages(self, session_id: str, after: Mark = "") -> Sequence[Message]:
        """Return the messages of a session after a place, oldest first."""

    @abstractmethod
    def message(self, session_id: str, message_id: str) -> Message:
        """Return one message."""

    # -- a turn --------------------------------------------------------------------------------

    @abstractmethod
    def prompt_ids(self, session: Session, after: Mark, prompt: Prompt) -> PromptIds:
        """Return the ids for a prompt that is to be sent after a place."""

    @abstractmethod
    def submit(self, session: Session, prompt: Prompt, ids: PromptIds) -> Message | None:
        """Send a prompt; return the turn's last message if the request is answered with it."""

    def add(self, session: Session, prompt: Prompt) -> None:
        """Send a word for a turn that runs: the agent reads it after its present step.

        Where nothing runs any more it begins a turn of its own.
        """
        raise NotImplementedError

    @abstractmethod
    def bodies(self, pieces: Sequence[Piece]) -> tuple[Mapping[str, Any], ...]:
        """Return pieces of a prompt as the server gets them."""

    def answers_at_end(self, prompt: Prompt) -> bool:
        """Return whether the request with this prompt is only answered when the turn has ended."""
        return False

    def has_listing(self, prompt: Prompt) -> bool:
        """Return whether the session's messages can be listed once this prompt was sent."""
        return True

    @abstractmethod
    def life(self, session_id: str, after: Mark, prompt_id: str = "") -> Life:
        """Return the life of a turn that begins after a place, or was begun by that prompt."""

    @abstractmethod
    def stop(self, session_id: str, *, timeout_s: float | None = None) -> None:
        """Stop what the session does; wait for `timeout_s` at most, None for the usual limit."""

    def printed(self, transcript: Transcript) -> Iterable[Event]:
        """Yield what running commands have printed meanwhile, where no event tells it.

        The server is asked, and not waited for long; what it does not answer is left out.
        """
        return ()

    def diff(
        self,
        session_id: str,
        patches: Mapping[str, Sequence[PatchPart]],
        *,
        fits: Callable[[Sequence[FileDiff]], bool] | None = None,
    ) -> Sequence[FileDiff]:
        """Return what a turn changed; nothing where the server does not keep that.

        Parameters
        ----------
        session_id:
            the session.
        patches:
            by the message that began the turn, and by each word that was added to it, what the
            steps on it changed, as they say themselves.
        fits:
            tells whether a diff is what is on disk; None where that cannot be told.
        """
        return ()

    def take_back(self, session_id: str, first: Mark, last: Mark) -> bool:
        """Remove the messages from one place to another, for good; files stay as they are.

        Parameters
        ----------
        session_id:
            the session.
        first, last:
            the `order` of the first and the last one.

        Returns
        -------
        bool
            False where the server cannot: it only cuts off the end of a session, and more came.
        """
        raise NotImplementedError

    def put_back(
        self, session_id: str, prompt_id: str, end: str, files: Collection[str]
    ) -> set[str]:
        """Put files back to where they were before a turn; return those it was done for.

        Parameters
        ----------
        session_id, prompt_id, end:
            the session, the message that began the turn, and the first one after the turn, "" where
            there is none.
        files:
            the files, by their whole paths.
        """
        return set()

    # -- what waits for an answer --------------------------------------------------------------

    @abstractmethod
    def pending(self) -> list[PermissionRequest | QuestionRequest] | None:
        """Return what waits for an answer in the directory; None where the server cannot say."""

    @abstractmethod
    def answer(
        self,
        ask: Ask,
        reply: str,
        *,
        message: str = "",
        answers: Sequence[Sequence[str]] = (),
    ) -> None:
        """Answer a request.

        Parameters
        ----------
        ask:
            the request.
        reply:
            `once` or `reject`, and for a question `answer`. What counts for longer is kept by us.
        message:
            what the model is told with a rejection; with one the turn goes on.
        answers:
            a list of labels for each question, in order.

        Raises
        ------
        NotFoundError
            nothing waits for this answer any more.
        """

    # -- beside turns: a turn itself runs without these ------------------------------------------

    def note(self, session_id: str, prompt: Prompt, *, timeout_s: float | None = None) -> None:
        """Store a text for the model to read with the next prompt, not as the user's words."""
        raise NotImplementedError

    def feed(self, directory: str | None, *, everywhere: bool = False) -> Feed:
        """Return the event stream of a directory, or of all."""
        raise NotImplementedError
