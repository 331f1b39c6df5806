"""How a server is spoken to while a turn runs: the seam between our words and its protocol.

A dialect knows the routes, the spellings and the rules of one major version. Everything outside
`protocol` asks it in the words of `model`, and works on any server that has a dialect.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
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

if TYPE_CHECKING:
    from ..model.transcript import Ask

Mark = str
"""A place in a session: the `order` of the message before it, "" before the first."""


@dataclass(frozen=True)
class Timing:
    """How long to wait for what a server does by itself, in seconds."""

    refused_s: float = 0
    """Until a failure told before the turn began is its end."""
    unbegun_s: float = 0
    """Until a prompt that was stored and then stopped begins no more."""
    stop_again_s: float = 0.5
    """Until it is told to stop once more: one told too early stopped nothing."""
    quiet_s: float = 15
    """Of silence, until it is asked whether the turn still runs."""
    behind_s: float = 2
    """The same, once events were found to come late or not at all."""
    last_write_s: float = 0
    """Until the last word of a turn is stored, after it has ended."""


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
    decode: Callable[[str], Event]
    """Reads one event; it may remember what earlier ones have left open."""
    matters: Callable[[str], bool] = field(default=lambda data: True)
    """Whether an event is worth reading though nobody listens."""


class Sign(Enum):
    """What is known of the end of a turn."""

    NOTHING = "nothing"
    MAYBE_OVER = "maybe over"
    """It is over unless the server, when asked, says that the session still runs."""
    OVER = "over"


class Life(ABC):
    """When a turn begins and ends, told from events and from the server's record. Does no I/O.

    Parameters
    ----------
    prompt_id:
        the message that began the turn, where that is known already: then it runs.
    """

    def __init__(self, prompt_id: str = "") -> None:
        self.prompt_id = prompt_id
        """The user message that began the turn, "" until it is known."""
        self.active = bool(prompt_id)
        """Whether the server has begun the turn."""

    @abstractmethod
    def sent(self, ids: PromptIds) -> None:
        """Take in that a prompt goes out with these ids."""

    @abstractmethod
    def take(self, event: Event, transcript: Transcript) -> Sign:
        """Take in an event; `transcript` has it already."""

    @abstractmethod
    def resync(self, transcript: Transcript) -> Sign:
        """Take in the server's own record, with the session's status."""

    @abstractmethod
    def owns(self, ask: Ask) -> bool:
        """Return whether a request that waits in the session is of this turn."""


class Dialect(ABC):
    """What a turn needs of a server. Routes raise what `Connection.call` raises."""

    name: str
    timing: Timing = Timing()
    streams: frozenset[str] = frozenset()
    """The routes that never end."""
    answer_tool: str = ""
    """The tool by which the model gives an answer that has a form."""

    # -- the session ---------------------------------------------------------------------------

    @abstractmethod
    def running(self) -> Mapping[str, Status]:
        """Return what each session of the directory does that is not idle."""

    @abstractmethod
    def newest(self, session: Session) -> Mark:
        """Return the place behind the session's newest message."""

    @abstractmethod
    def messages(self, session_id: str, after: Mark = "") -> Sequence[Message]:
        """Return the messages of a session behind a place, oldest first."""

    @abstractmethod
    def message(self, session_id: str, message_id: str) -> Message:
        """Return one message."""

    # -- a turn --------------------------------------------------------------------------------

    @abstractmethod
    def prompt_ids(self, session: Session, after: Mark, prompt: Prompt) -> PromptIds:
        """Return the ids for a prompt that is sent behind a place."""

    @abstractmethod
    def submit(self, session: Session, prompt: Prompt, ids: PromptIds) -> Message | None:
        """Send a prompt; return the last message where the server answers with it."""

    @abstractmethod
    def bodies(self, pieces: Sequence[Piece]) -> tuple[Mapping[str, Any], ...]:
        """Return pieces of a prompt as the server gets them."""

    def answers_at_end(self, prompt: Prompt) -> bool:
        """Return whether the request with this prompt is answered when the turn has ended."""
        return False

    def has_listing(self, prompt: Prompt) -> bool:
        """Return whether the session's messages can be listed once this prompt was sent."""
        return True

    @abstractmethod
    def life(self, session_id: str, after: Mark, prompt_id: str = "") -> Life:
        """Return the life of a turn that begins behind a place, or has begun with that prompt."""

    @abstractmethod
    def stop(self, session_id: str, *, timeout_s: float | None = None) -> None:
        """Have the server stop what the session does."""

    def diff(
        self,
        session_id: str,
        prompt_id: str,
        *,
        patches: Sequence[PatchPart],
        fits: Callable[[Sequence[FileDiff]], bool] | None = None,
    ) -> Sequence[FileDiff]:
        """Return what the turn of that prompt changed.

        Parameters
        ----------
        patches:
            what its steps changed, as they say themselves.
        fits:
            whether a diff is what is on disk; None where that cannot be told.
        """
        return ()

    def put_back(
        self, session_id: str, prompt_id: str, end: str, files: Collection[str]
    ) -> set[str]:
        """Put files back as they were before a turn; return those that were.

        Parameters
        ----------
        prompt_id, end:
            the message that began the turn, and the first one after it, "" where there is none.
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
        """Answer a request: `once`, `reject` (a `message` lets the turn go on) or `answer`.

        Raises
        ------
        NotFoundError
            nothing waits for this answer any more.
        """

    # -- beside turns --------------------------------------------------------------------------

    def note(self, session_id: str, prompt: Prompt, *, timeout_s: float | None = None) -> None:
        """Store a text that the model reads with the next prompt, as nobody's own words."""
        raise NotImplementedError

    def feed(self, directory: str | None, *, everywhere: bool = False) -> Feed:
        """Return the event stream of a directory, or of all."""
        raise NotImplementedError
