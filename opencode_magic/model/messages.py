"""Messages and their parts."""

from __future__ import annotations

from typing import Any, Literal

from .base import ADDED, KEY, Wire
from .files import FileDiff
from .tools import tool_kind


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
    """The tokens that a message, step or session used."""

    input: int = 0
    output: int = 0
    reasoning: int = 0
    cache: Cache = Cache()

    @property
    def whole(self) -> int:
        """The sum of all that was read and written."""
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


ErrorKind = Literal[
    "aborted",
    "overflow",
    "auth",
    "filter",
    "length",
    "no-value",
    "no-model",
    "summary",
    "provider",
    "other",
    "cut-off",
    "gave-up",
    "misfit",
]
"""What went wrong, in our words.

Told by the server: stopped on purpose; too long for the model; no valid login; held back by the
provider's filter; the longest output reached; no value of the requested form; no such model; the
summary that was to make room failed; refused or failed at the provider; anything else. Found by us:
not followed to its end; ended while it waited to ask the provider again; a value that does not have
the requested form.
"""

TOOL_CALLS = "tool-calls"
"""How an answer finishes that continues with the results of its tools."""
ENDED_EARLY: dict[str, ErrorKind] = {"length": "length", "content-filter": "filter"}
"""How an answer finishes that stopped before its end, and the failure that means the same."""


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
    """The changes of the turn a user message began; the server fills them in step by step."""

    diffs: list[FileDiff] = []


class MessageFolder(Wire, frozen=True):
    """The folder a message was worked on in, and the root of its repository."""

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
        """A text to sort the messages of a session by, oldest first."""
        return self.sequence or self.id

    @property
    def is_summary(self) -> bool:
        """True for an answer that summarises the conversation to make room."""
        return self.summary is True

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
    message_id: str
    session_id: str

    @property
    def order(self) -> str:
        """A text to sort the parts of a message by."""
        return self.id


class _Ordered(Part, Wire, frozen=True, kw_only=True):
    """A part with a place in its message."""

    sequence: str = ""
    """Orders the parts of a message, where their ids do not."""

    @property
    def order(self) -> str:
        return self.sequence or self.id


class _Sent(_Ordered, frozen=True):
    """A part with the ids that every kind has."""

    id: str
    message_id: str
    session_id: str


class TextPart(_Sent, frozen=True):
    """Text of the agent or the user; `synthetic` text is for the model only."""

    text: str = ""
    synthetic: bool = False
    ignored: bool = False
    time: Times = Times()
    metadata: dict[str, Any] | None = None
    """What a client stores with it; ours says what was attached."""
    of_shell: bool = False
    """True where it tells the model of a command that the user had the shell run."""

    @property
    def shown(self) -> bool:
        """True for text that a reader is meant to see."""
        return not (self.synthetic or self.ignored)


class ReasoningPart(_Sent, frozen=True):
    """What the model thought before it answered."""

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
    """The files of the answer, as the server sent them."""

    @property
    def interrupted(self) -> bool:
        """True for a call that was stopped with its turn."""
        return self.metadata.get("interrupted") is True

    @property
    def killed(self) -> bool | None:
        """True for a command that was ended from outside; None where the server does not tell."""
        return self.metadata["exit"] is None if "exit" in self.metadata else None


class ToolPart(_Sent, frozen=True, weakref=True):
    """A tool call of the agent."""

    tool: str
    call_id: str = ""
    state: ToolState = ToolState()
    child: str = ""
    """The session of the subagent that the call started, "" where it has none (yet)."""

    @property
    def kind(self) -> str:
        """What the tool is for, in our words; "" for a tool we do not know."""
        return tool_kind(self.tool)


class StepStartPart(_Sent, frozen=True):
    """The model is asked once more."""


class StepFinishPart(_Sent, frozen=True):
    """The model has answered once more."""

    reason: str = ""
    cost: float = 0
    tokens: Tokens = Tokens()


class PatchPart(_Sent, frozen=True):
    """The files a step changed, as absolute paths."""

    hash: str = ""
    files: list[str] = []


class FilePart(_Sent, frozen=True):
    """An attached file or image."""

    mime: str = ""
    filename: str | None = None
    url: str = ""


class AgentPart(_Sent, frozen=True):
    """A mention of an agent."""

    name: str = ""


class SubtaskPart(_Sent, frozen=True):
    """A subagent the user asked for."""

    agent: str = ""
    description: str = ""
    prompt: str = ""


class CompactionPart(_Sent, frozen=True):
    """The conversation was summarised to make room, or could not be."""

    auto: bool = False
    overflow: bool | None = None
    failed: bool = False


class RetryPart(_Sent, frozen=True):
    """The provider failed and was asked again; `said` is its message, in any shape."""

    said: Any = None


class UnknownPart(Part, Wire, frozen=True):
    """A part of a kind, or in a shape, we do not know; `raw` is what came."""

    id: str = ""
    message_id: str = ""
    session_id: str = ""
    type: str = ""
    raw: dict[str, Any] = {}
    quiet: bool = False
    """True for what is only a note of the server to itself."""


Origin = Literal["person", "shell", "compaction", "server"]
"""Who wrote a user message: a person, a person to the shell, or the server around a compaction or
for reasons of its own."""


class Message(Wire, frozen=True):
    """A message with its parts."""

    info: MessageInfo
    parts: tuple[Part, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts that were written for a reader, and not for the model alone."""
        return tuple(p.text for p in self.parts if isinstance(p, TextPart) and not p.synthetic)

    @property
    def added(self) -> str:
        """The mark of a word that was added to a turn while it ran; "" for any other message."""
        ours = ((p.metadata or {}).get(KEY) for p in self.parts if isinstance(p, TextPart))
        marks = (told.get(ADDED) for told in ours if isinstance(told, dict))
        return next((mark for mark in marks if isinstance(mark, str)), "")

    @property
    def patches(self) -> tuple[PatchPart, ...]:
        """The changes that the server saw in this step."""
        return tuple(p for p in self.parts if isinstance(p, PatchPart))

    @property
    def begun(self) -> bool:
        """True once the model has said something in this step."""
        return not all(isinstance(p, StepStartPart) for p in self.parts)

    @property
    def ended(self) -> bool:
        """True once the server has closed the step: only then its patches are complete."""
        return any(isinstance(p, StepFinishPart) for p in self.parts)

    @property
    def made_room(self) -> bool:
        """True where the conversation was summarised."""
        return any(isinstance(p, CompactionPart) for p in self.parts)

    @property
    def origin(self) -> Origin:
        """Who wrote this user message."""
        if self.made_room:
            return "compaction"
        if any(isinstance(p, TextPart) and p.of_shell for p in self.parts):
            return "shell"
        written = any(not isinstance(p, TextPart) or not p.synthetic for p in self.parts)
        return "person" if written else "server"
