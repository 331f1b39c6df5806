"""A turn as a value: what was asked, what followed, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from ..errors import UnforeseenError
from .files import FileDiff
from .messages import Failure, Message, Tokens, ToolPart
from .review import Review, Unrecorded
from .sessions import Todo
from .transcript import Ask, Transcript

ELSEWHERE = "answered elsewhere"
"""The decider, where it was another client of the server."""


@dataclass(frozen=True)
class Decision:
    """How something the server asked was answered.

    `reply` is `once`, `always`, `reject` or `answer`; `by` says who decided: `user`, `ELSEWHERE`,
    or the words of the policy that did.
    """

    ask: Ask
    reply: str
    by: str = "user"
    message: str = ""


TurnState = Literal["running", "completed", "stopped", "failed", "cut off"]


@dataclass(frozen=True)
class TurnRecord:
    """One prompt and everything that followed; what is shown and saved is made from this."""

    session: str
    prompt: str
    transcript: Transcript
    state: TurnState = "completed"
    diff: tuple[FileDiff, ...] = ()
    """What the turn changed, a patch for each file, without what a review undid."""
    decisions: tuple[Decision, ...] = ()
    notes: tuple[str, ...] = ()
    """Remarks for the reader on how this was obtained."""
    confirmed: bool = True
    """True where this equals the server's own record."""
    failure: Failure | None = None
    seconds: float = 0
    title: str = ""
    """The session's title."""
    review: Review | None = None
    """The outcome of the review of the changes; None where no review was wanted."""
    window: int = 0
    """How many tokens the context of the model holds; 0 where that is not known."""
    value: Any = None
    """The answer in the requested form; None where none was requested."""
    fault: UnforeseenError | None = field(default=None, compare=False)
    """The error of opencode_magic itself that ended it, with its traceback in `__cause__`."""
    unrecorded: tuple[Unrecorded, ...] = ()
    """The completed edits that the server's record, and so the diff, does not mention."""

    @property
    def prompt_id(self) -> str:
        """The id of the user message that began the turn, "" where that is not known."""
        messages = self.transcript.messages()
        return next((m.info.id for m in messages if m.info.role == "user"), "")

    @property
    def answers(self) -> tuple[Message, ...]:
        """The agent's messages, oldest first."""
        return self.transcript.answers

    @property
    def text(self) -> str:
        """The text the agent wrote, without reasoning and tools."""
        answers = (m for m in self.answers if not m.info.is_summary)
        return "\n\n".join(text for m in answers for text in m.texts)

    @property
    def files(self) -> list[str]:
        """The files the turn changed, relative to the project."""
        return [d.file for d in self.diff]

    @property
    def tools(self) -> list[ToolPart]:
        """The agent's tool calls, oldest first."""
        return self.transcript.tools

    @property
    def todos(self) -> list[Todo]:
        """The agent's task list as it stood at the end."""
        return list(self.transcript.todos.get(self.session, ()))

    @property
    def tokens(self) -> Tokens:
        """The sum of tokens of the agent's messages."""
        return sum((m.info.tokens for m in self.answers), Tokens())

    @property
    def context(self) -> int:
        """How many tokens the conversation fills: all that the model read and wrote last."""
        return next((m.info.tokens.whole for m in reversed(self.answers) if m.info.tokens.whole), 0)

    @property
    def context_used(self) -> float:
        """The share of the model's context that is full, from 0 to 1; 0 where it is not known."""
        return self.context / self.window if self.window else 0.0

    @property
    def structured(self) -> Any:
        """The answer in the requested form as the server has it; None where none was requested."""
        found = (m.info.structured for m in reversed(self.answers))
        return next((value for value in found if value is not None), None)

    @property
    def cost(self) -> float:
        """The cost of the agent's messages, in US dollars."""
        return sum(m.info.cost for m in self.answers)

    @property
    def model(self) -> str:
        """The model that answered, as `provider/model`."""
        return next((m.info.model_name for m in reversed(self.answers)), "")

    @property
    def agent(self) -> str:
        """The agent that answered."""
        return next((m.info.agent for m in reversed(self.answers)), "")

    @property
    def error(self) -> Failure | None:
        """Why the turn failed, or None."""
        return self.failure
