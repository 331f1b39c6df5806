"""What an OpenCode server sends, as frozen structs that shrug at new fields and new kinds.

Only the fields we use are declared; the rest is skipped. A part of an unknown type, or of a known
type in a shape we do not know, is an `UnknownPart` that keeps the raw value.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from ..text.shellline import SHELLS, without_word

T = TypeVar("T")
KEY = "opencode_magic"
"""Our entry in the metadata of a session or a part; the server keeps it."""


def wire_name(field: str) -> str | None:
    """The server's spelling of one of our field names: `message_id` is `messageID`."""
    first, *rest = field.split("_")
    return first + "".join("ID" if word == "id" else word.capitalize() for word in rest)


class Wire(msgspec.Struct, frozen=True, rename=wire_name, omit_defaults=True):
    """The base of every struct that is read from the server."""


class Span(Wire, frozen=True):
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


class Error(Wire, frozen=True):
    """A failure as the server reports it in a message or event."""

    name: str = "UnknownError"
    data: ErrorData = ErrorData()

    @property
    def aborted(self) -> bool:
        """True where the turn was stopped on purpose."""
        return self.name == "MessageAbortedError"


class FileDiff(Wire, frozen=True):
    """One file of a turn's diff: a patch (1.14 and later), or both texts (before that)."""

    file: str
    patch: str = ""
    before: str = ""
    after: str = ""
    additions: int = 0
    deletions: int = 0
    status: str = ""


class Todo(Wire, frozen=True):
    """One line of the agent's task list."""

    content: str
    status: str = "pending"
    priority: str = ""


class Revert(Wire, frozen=True):
    """Where a session was rolled back to."""

    message_id: str
    part_id: str = ""
    diff: str = ""


class Rule(Wire, frozen=True):
    """A permission rule; in a list, the last one that matches wins."""

    permission: str
    pattern: str = "*"
    action: str = "ask"


class Share(Wire, frozen=True):
    """Where a conversation can be read by everybody."""

    url: str = ""


class Session(Wire, frozen=True):
    """A conversation on the server."""

    id: str
    title: str = ""
    directory: str = ""
    parent_id: str = ""
    agent: str | None = None
    model: ModelRef | None = None
    metadata: dict[str, Any] | None = None
    revert: Revert | None = None
    share: Share | None = None
    permission: list[Rule] | None = None
    cost: float = 0
    time: Span = Span()


class UserSummary(Wire, frozen=True):
    """What a user message's turn changed, filled in by and by."""

    diffs: list[FileDiff] = []


class Place(Wire, frozen=True):
    """Where a message was worked on: the folder, and the root of its repository."""

    cwd: str = ""
    root: str = ""


class MessageInfo(Wire, frozen=True):
    """A message without its parts."""

    id: str
    session_id: str
    role: str
    time: Span = Span()
    parent_id: str = ""
    agent: str = ""
    provider_id: str = ""
    model_id: str = ""
    model: ModelRef | None = None
    cost: float = 0
    tokens: Tokens = Tokens()
    finish: str | None = None
    error: Error | None = None
    # True on the assistant message that holds a compaction; an object on a user message.
    summary: UserSummary | bool | None = None
    structured: Any = None
    path: Place = Place()

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


class TextPart(Part, Wire, frozen=True):
    """Text of the agent or the user; `synthetic` text is for the model only."""

    id: str
    message_id: str
    session_id: str
    text: str = ""
    synthetic: bool = False
    ignored: bool = False
    time: Span = Span()
    metadata: dict[str, Any] | None = None
    """What a client keeps with it; ours says what was attached."""


class ReasoningPart(Part, Wire, frozen=True):
    """What the model thought before it answered."""

    id: str
    message_id: str
    session_id: str
    text: str = ""
    time: Span = Span()


class ToolState(Wire, frozen=True):
    """How far a tool call is: `pending`, `running`, `completed` or `error`."""

    status: str = "pending"
    input: dict[str, Any] = {}
    raw: str = ""
    title: str = ""
    output: str = ""
    error: str = ""
    metadata: dict[str, Any] = {}
    time: Span = Span()
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


PART_TYPES: dict[str, type[Part]] = {
    "text": TextPart,
    "reasoning": ReasoningPart,
    "tool": ToolPart,
    "step-start": StepStartPart,
    "step-finish": StepFinishPart,
    "patch": PatchPart,
    "file": FilePart,
    "agent": AgentPart,
    "subtask": SubtaskPart,
    "compaction": CompactionPart,
}


class PermissionCall(Wire, frozen=True):
    """The tool call a permission or question belongs to."""

    message_id: str = ""
    call_id: str = ""


class PermissionRequest(Wire, frozen=True):
    """The server asks whether a tool may act."""

    id: str
    session_id: str
    permission: str = ""
    patterns: list[str] = []
    metadata: dict[str, Any] = {}
    always: list[str] = []
    tool: PermissionCall | None = None

    def __post_init__(self) -> None:
        if self.permission in SHELLS:
            for name in ("patterns", "always"):
                kept = without_word(getattr(self, name))
                msgspec.structs.force_setattr(self, name, kept)

    @property
    def command(self) -> str:
        """The whole shell text that is asked about; "" where the server does not tell it."""
        text = self.metadata.get("command")
        return text if isinstance(text, str) else ""


class QuestionOption(Wire, frozen=True):
    """One possible answer."""

    label: str
    description: str = ""


class QuestionItem(Wire, frozen=True):
    """One question with its options; `custom` allows an answer of one's own."""

    question: str
    header: str = ""
    options: list[QuestionOption] = []
    multiple: bool | None = None
    custom: bool | None = None


class QuestionRequest(Wire, frozen=True):
    """The agent asks the user something."""

    id: str
    session_id: str
    questions: list[QuestionItem] = []
    tool: PermissionCall | None = None


class Agent(Wire, frozen=True):
    """An agent the server knows; `mode` is `primary`, `subagent` or `all`."""

    name: str
    mode: str = "all"
    description: str | None = None
    native: bool = False
    hidden: bool | None = None
    model: ModelRef | None = None
    permission: list[Rule] = []

    @property
    def is_helper(self) -> bool:
        """Whether a prompt may mention it, to have it called."""
        return self.mode != "primary" and not self.hidden


class ModelLimit(Wire, frozen=True):
    """How many tokens a model takes, and gives, at most; 0 where that is not known."""

    context: float = 0
    output: float = 0


class Price(Wire, frozen=True):
    """US dollars for a million tokens."""

    input: float = 0
    output: float = 0


class ModelInfo(Wire, frozen=True):
    """A model a provider offers."""

    id: str
    name: str = ""
    variants: dict[str, Any] | None = None
    limit: ModelLimit | None = None
    cost: Price | None = None
    status: str = ""
    capabilities: dict[str, Any] | None = None

    @property
    def images(self) -> bool:
        """Whether it takes images; where the server does not say, it may."""
        given = (self.capabilities or {}).get("input")
        return bool(given.get("image", True)) if isinstance(given, dict) else True

    @property
    def window(self) -> int:
        """How many tokens its context holds; 0 is not known."""
        return int(self.limit.context) if self.limit else 0


FREE_PROVIDER = "opencode"
PUBLIC_KEY = "public"
"""The key everybody has: the server uses it for its makers' free models where nobody logged in."""


class KeyOption(Wire, frozen=True):
    """Of a provider's options whether its key is the public one; any other is forgotten at once."""

    api_key: Any = msgspec.field(default=None, name="apiKey")

    def __post_init__(self) -> None:
        if self.api_key != PUBLIC_KEY:
            msgspec.structs.force_setattr(self, "api_key", None)


class Provider(Wire, frozen=True):
    """A usable provider with its models by id. Keys and other options are not kept."""

    id: str
    name: str = ""
    models: dict[str, ModelInfo] = {}
    options: KeyOption | None = None

    @property
    def needs_no_login(self) -> bool:
        """Whether it is the free, hosted one, which answers without credentials of the user's."""
        return self.id == FREE_PROVIDER and self.options == KeyOption(PUBLIC_KEY)


class Providers(Wire, frozen=True):
    """`GET /config/providers`: what is usable, and each provider's default model."""

    providers: list[Provider] = []
    default: dict[str, str] = {}


class Config(Wire, frozen=True):
    """The two settings of `GET /config` we need; the rest may hold keys and is not read."""

    model: str | None = None
    default_agent: str | None = msgspec.field(default=None, name="default_agent")


class Status(Wire, frozen=True):
    """What a session does now: `idle`, `busy`, or `retry` with attempt and time of the next."""

    type: str = "idle"
    attempt: int = 0
    message: str = ""
    next: float = 0


class Health(Wire, frozen=True):
    """`GET /global/health`."""

    healthy: bool
    version: str


class Command(Wire, frozen=True):
    """A slash command of the server; `subtask` ones run in a subagent."""

    name: str
    description: str | None = None
    agent: str | None = None
    subtask: bool | None = None
    source: str | None = None


class Paths(Wire, frozen=True):
    """`GET /path`: where the server works and keeps its things."""

    directory: str = ""
    worktree: str = ""
    home: str = ""
    config: str = ""
    state: str = ""


class Project(Wire, frozen=True):
    """The project of a directory; `vcs` is `git`, or None where undo cannot work."""

    id: str
    worktree: str = ""
    vcs: str | None = None
    name: str | None = None
    time: Span = Span()


class Message(Wire, frozen=True):
    """A message with its parts, as `GET /session/:id/message` lists it."""

    info: MessageInfo
    parts: tuple[Part, ...] = ()


def _choose(kind: type[Any], value: Any) -> Any:
    if kind is object:  # whatever it is
        return value
    if kind is not Part:
        raise TypeError(f"no rule to read {kind}")
    return part(value)


def part(value: Any) -> Part:
    """One part, whatever it is."""
    if not isinstance(value, dict):
        return UnknownPart(type=type(value).__name__, raw={"value": value})
    known = PART_TYPES.get(str(value.get("type")))
    if known is not None:
        try:
            return msgspec.convert(value, known)
        except msgspec.ValidationError:
            pass  # a known type in a new shape: kept raw below
    ids = {ours: str(value.get(theirs, "")) for ours, theirs in _PART_IDS.items()}
    return UnknownPart(**ids, type=str(value.get("type", "")), raw=value)


_PART_IDS = {"id": "id", "message_id": "messageID", "session_id": "sessionID"}


def decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    """A prepared JSON decoder for one of our kinds, with open parts."""
    return msgspec.json.Decoder(kind, dec_hook=_choose)


def convert(value: Any, kind: type[T]) -> T:
    """A struct from plain JSON data, with open parts."""
    return msgspec.convert(value, kind, dec_hook=_choose)
