"""What a turn asked, and how it was answered: by us or elsewhere, each once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from ..client import Client
from ..errors import NotFoundError, OpencodeError
from ..model.asks import PermissionRequest
from ..model.events import PermissionReplied, QuestionClosed
from ..model.transcript import Ask
from ..model.turn import ELSEWHERE, Decision


class Answers:
    """The answers given in one turn, in order, as `decisions`."""

    def __init__(self, client: Client) -> None:
        self.decisions: list[Decision] = []
        self._client = client
        self._given: set[str] = set()
        self._late: dict[str, Ask] = {}

    def give(
        self, ask: Ask, reply: str, *, message: str, answers: Sequence[Sequence[str]], by: str
    ) -> None:
        """Send an answer, as `TurnRun.answer` takes it."""
        try:
            if isinstance(ask, PermissionRequest) and reply != "reject":
                self._client.permission.reply(ask.id, "once")
            elif reply == "answer":
                self._client.question.reply(ask.id, answers)
            else:
                self._client.refuse(ask, message=message)
        except NotFoundError:
            self._late[ask.id] = ask
        else:
            said = message or ", ".join(label for labels in answers for label in labels)
            self.decisions.append(Decision(ask, reply, by, said))
        self._given.add(ask.id)

    def refuse(self, ask: Ask) -> None:
        """Reject what nobody waits for any more, without a word where it is gone already."""
        with suppress(OpencodeError):
            self._client.refuse(ask)
        self._given.add(ask.id)

    def has(self, ask: Ask) -> bool:
        """Whether this was answered: the event that asks may come later than the record told."""
        return ask.id in self._given

    def notice(self, event: PermissionReplied | QuestionClosed, ask: Ask | None) -> None:
        """Take in that `ask` was answered; what still waited for us was answered elsewhere."""
        ask = ask or self._late.pop(event.request_id, None)
        if ask is not None:
            self.decisions.append(Decision(ask, event.reply, ELSEWHERE))
