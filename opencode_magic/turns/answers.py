"""The requests of a turn and their answers, by us or elsewhere, each once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from ..errors import NotFoundError, OpencodeError
from ..model.events import PermissionReplied, QuestionClosed
from ..model.transcript import Ask
from ..model.turn import ELSEWHERE, Decision
from ..protocol.dialect import Dialect


class Answers:
    """The answers given in one turn, in order, as `decisions`."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._decisions: list[Decision] = []
        self._given: set[str] = set()
        self._late: dict[str, Ask] = {}

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What was decided, in order."""
        return tuple(self._decisions)

    def give(
        self, ask: Ask, reply: str, *, message: str, answers: Sequence[Sequence[str]], by: str
    ) -> None:
        """Send an answer, as `TurnRun.answer` takes it."""
        sent = "once" if reply == "always" else reply  # `always` is kept by us alone
        try:
            self._dialect.answer(ask, sent, message=message, answers=answers)
        except NotFoundError:
            self._late[ask.id] = ask
        else:
            said = message or ", ".join(label for labels in answers for label in labels)
            self._decisions.append(Decision(ask, reply, by, said))
        self._given.add(ask.id)

    def refuse(self, ask: Ask) -> None:
        """Reject a request that nobody waits for any more, silently if it is gone already."""
        with suppress(OpencodeError):
            self._dialect.answer(ask, "reject")
        self._given.add(ask.id)

    def has(self, ask: Ask) -> bool:
        """Return whether this was answered: its event may come later than the record."""
        return ask.id in self._given

    def notice(self, event: PermissionReplied | QuestionClosed, ask: Ask | None) -> None:
        """Take in that a request was answered; `ask` still waited for us, so that was elsewhere."""
        ask = ask or self._late.pop(event.request_id, None)
        if ask is not None:
            self._decisions.append(Decision(ask, event.reply, ELSEWHERE))
