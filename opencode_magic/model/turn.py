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
"""Who decided, where it was another client of the server."""


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
    """One prompt and everything that followed: what is shown and kept of it is made from this."""

    session: str
    prompt: str
    transcript: Transcript
    state: TurnState = "completed"
    diff: tuple[FileDiff, ...] = ()
    """What the turn changed, a patch for each file; what a review undid of it is not in here."""
    decisions: tuple[Decision, ...] = ()
    notes: tuple[str, ...] = ()
    """What the reader should know of how this was obtained, in words."""
    confirmed: bool = True
    """True where this equals the server's own record."""
    failure: Failure | None = None
    seconds: float = 0
    title: str = ""
    """The session's title."""
    review: Review | None = None
    """What became of the changes before the cell ended; None where no review was wanted."""
    window: int = 0
    """How many tokens the model's context holds; 0 where that is not known."""
    value: Any = None
    """The answer in the form that was asked for with a schema; None where none was."""
    fault: UnforeseenError | None = field(default=None, compare=False)
    """The fault of opencode_magic itself that ended it, with its traceback in `__cause__`."""
    unrecorded: tuple[Unrecorded, ...] = ()
    """The completed edits that the server's record, and so the diff, does not tell of."""

    @property
    def prompt_id(self) -> str:
        """The id of the user message that began it, "" where that is not known."""
        messages = self.transcript.messages()
        return next((m.info.id for m in messages if m.info.role == "user"), "")

    @property
    def answers(self) -> tuple[Message, ...]:
        """The agent's messages, oldest first."""
        return self.transcript.answers

    @property
    def text(self) -> str:
        """What the agent wrote, without reasoning and tools."""
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
        """What the agent's messages used, summed."""
        return sum((m.info.tokens for m in self.answers), Tokens())

    @property
    def context(self) -> int:
        """How many tokens the conversation fills: what the model read and wrote last."""
        return next((m.info.tokens.whole for m in reversed(self.answers) if m.info.tokens.whole), 0)

    @property
    def context_used(self) -> float:
        """The share of the model's context that is full, 1.0 is all; 0 where it is not known."""
        return self.context / self.window if self.window else 0.0

    @property
    def structured(self) -> Any:
        """The answer in the form that was asked for; None where none was."""
        found = (m.info.structured for m in reversed(self.answers))
        return next((value for value in found if value is not None), None)

    @property
    def cost(self) -> float:
        """What the agent's messages cost, in US dollars."""
        return sum(m.info.cost for m in self.answers)

    @property
    def model(self) -> str:
        """`provider/model` of the answer."""
        return next((m.info.model_name for m in reversed(self.answers)), "")

    @property
    def agent(self) -> str:
        """The agent that answered."""
        return next((m.info.agent for m in reversed(self.answers)), "")

    @property
    def error(self) -> Failure | None:
        """Why the turn failed, or None."""
        return self.failure
