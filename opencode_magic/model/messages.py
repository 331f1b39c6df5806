"""Messages and their parts."""

from __future__ import annotations

from typing import Any, Literal

from .base import Wire
from .files import FileDiff


class Times(Wire, frozen=True):
    """Start and end, in milliseconds since the epoch; 0 is "not yet"."""

    start: float = 0
    end: float = 0
    created: float = 0
    updated: float = 0
    completed: float = 0
    archived: float = 0


class Cache(Wire, frozen=True):
    """Prompt tokens read from and written to the provider's cache."""

    read: int = 0
    write: int = 0


class Tokens(Wire, frozen=True):
    """What a message, step or session used."""

    input: int = 0
    output: int = 0
    reasoning: int = 0
    cache: Cache = Cache()

    @property
    def whole(self) -> int:
        """All that was read and written."""
        return self.input + self.output + self.reasoning + self.cache.read + self.cache.write

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(
            self.input + other.input,
            self.output + other.output,
            self.reasoning + other.reasoning,
            Cache(self.cache.read + other.cache.read, self.cache.write + other.cache.write),
        )


class ModelRef(Wire, frozen=True):
    """A model as a message names it; `id` is the spelling inside a session."""

    provider_id: str = ""
    model_id: str = ""
    id: str = ""
    variant: str | None = None

    def __str__(self) -> str:
        return f"{self.provider_id}/{self.model_id or self.id}"


class ErrorData(Wire, frozen=True):
    """The details of a failure; which are there depends on its name."""

    message: str = ""
    status_code: int = 0
    is_retryable: bool = False


ErrorKind = Literal[
    "aborted", "overflow", "auth", "filter", "length", "no-value", "provider", "other"
]
"""What went wrong, in our words: stopped on purpose; too long for the model; no valid login; held
back by the provider's filter; the longest output reached; no value of the form that was asked for;
refused or failed at the provider; anything else."""


class Failure:
    """A failure of a turn. Not a struct, so that a dialect's hook can name its `kind`."""

    __slots__ = ()

    name: str
    data: ErrorData
    kind: ErrorKind

    @property
    def aborted(self) -> bool:
        """True where the turn was stopped on purpose."""
        return self.kind == "aborted"


class Error(Failure, Wire, frozen=True):
    """A failure as the server reports it in a message or event, under the `name` it gives it."""

    name: str = "UnknownError"
    data: ErrorData = ErrorData()
    kind: ErrorKind = "other"


class UserSummary(Wire, frozen=True):
    """What a user message's turn changed, filled in by and by."""

    diffs: list[FileDiff] = []


class MessageFolder(Wire, frozen=True):
    """Where a message was worked on: the folder, and the root of its repository."""

    cwd: str = ""
    root: str = ""


class MessageInfo(Wire, frozen=True):
    """A message without its parts."""

    id: str
    session_id: str
    role: str
    time: Times = Times()
    parent_id: str = ""
    agent: str = ""
    provider_id: str = ""
    model_id: str = ""
    model: ModelRef | None = None
    cost: float = 0
    tokens: Tokens = Tokens()
    finish: str | None = None
    error: Failure | None = None
    # True on the assistant message that holds a compaction; an object on a user message.
    summary: UserSummary | bool | None = None
    structured: Any = None
    path: MessageFolder = MessageFolder()
    sequence: str = ""
    """Orders the messages of a session, where their ids do not."""

    @property
    def order(self) -> str:
        """Return what orders the messages of a session: it ascends, as text, from old to new."""
        return self.sequence or self.id

    @property
    def model_name(self) -> str:
        """`provider/model`, or "" where none is named."""
        if self.provider_id:
            return f"{self.provider_id}/{self.model_id}"
        return str(self.model) if self.model else ""


class Part:
    """A piece of a message. Not a struct, so that one hook can choose the kind by `type`."""

    __slots__ = ()

    id: str
    """It orders the parts of a message."""
    message_id: str
    session_id: str


class TextPart(Part, Wire, frozen=True):
    """Text of the agent or the user; `synthetic` text is for the model only."""

    id: str
    message_id: str
    session_id: str
    text: str = ""
    synthetic: bool = False
    ignored: bool = False
    time: Times = Times()
    metadata: dict[str, Any] | None = None
    """What a client keeps with it; ours says what was attached."""
    of_shell: bool = False
    """True where it tells the model of a command that the user had the shell run."""


class ReasoningPart(Part, Wire, frozen=True):
    """What the model thought before it answered."""

    id: str
    message_id: str
    session_id: str
    text: str = ""
    time: Times = Times()


class ToolState(Wire, frozen=True):
    """How far a tool call is: `pending`, `running`, `completed` or `error`."""

    status: str = "pending"
    input: dict[str, Any] = {}
    raw: str = ""
    title: str = ""
    output: str = ""
    error: str = ""
    metadata: dict[str, Any] = {}
    time: Times = Times()
    attachments: Any = None
    """The files of the answer, as they came."""


class ToolPart(Part, Wire, frozen=True, weakref=True):
    """A tool call of the agent."""

    id: str
    message_id: str
    session_id: str
    tool: str
    call_id: str = ""
    state: ToolState = ToolState()
    child: str = ""
    """The session of the subagent that the call started, "" where it has none (yet)."""


class StepStartPart(Part, Wire, frozen=True):
    """The model is asked once more."""

    id: str
    message_id: str
    session_id: str


class StepFinishPart(Part, Wire, frozen=True):
    """The model has answered once more."""

    id: str
    message_id: str
    session_id: str
    reason: str = ""
    cost: float = 0
    tokens: Tokens = Tokens()


class PatchPart(Part, Wire, frozen=True):
    """The files a step changed, as absolute paths."""

    id: str
    message_id: str
    session_id: str
    hash: str = ""
    files: list[str] = []


class FilePart(Part, Wire, frozen=True):
    """An attached file or image."""

    id: str
    message_id: str
    session_id: str
    mime: str = ""
    filename: str | None = None
    url: str = ""


class AgentPart(Part, Wire, frozen=True):
    """A mention of an agent."""

    id: str
    message_id: str
    session_id: str
    name: str = ""


class SubtaskPart(Part, Wire, frozen=True):
    """A subagent the user asked for."""

    id: str
    message_id: str
    session_id: str
    agent: str = ""
    description: str = ""
    prompt: str = ""


class CompactionPart(Part, Wire, frozen=True):
    """The conversation was summarised to make room."""

    id: str
    message_id: str
    session_id: str
    auto: bool = False
    overflow: bool | None = None


class UnknownPart(Part, Wire, frozen=True):
    """A part of a kind, or in a shape, we do not know; `raw` is what came."""

    id: str = ""
    message_id: str = ""
    session_id: str = ""
    type: str = ""
    raw: dict[str, Any] = {}


Origin = Literal["person", "shell", "compaction", "server"]
"""Who wrote a user message: a person, a person to the shell, or the server around a compaction or
for reasons of its own."""


class Message(Wire, frozen=True):
    """A message with its parts."""

    info: MessageInfo
    parts: tuple[Part, ...] = ()

    @property
    def origin(self) -> Origin:
        """Return who wrote this user message."""
        if any(isinstance(p, CompactionPart) for p in self.parts):
            return "compaction"
        if any(isinstance(p, TextPart) and p.of_shell for p in self.parts):
            return "shell"
        written = any(not isinstance(p, TextPart) or not p.synthetic for p in self.parts)
        return "person" if written else "server"
