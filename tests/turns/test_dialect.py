"""How a dialect is written: a turn runs on one of a few lines, no server of OpenCode."""

from __future__ import annotations

import itertools
import queue
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any, cast

import pytest

from opencode_magic.answer.schema import form_of
from opencode_magic.client import Client
from opencode_magic.errors import BusyError
from opencode_magic.model.asks import PermissionRequest, QuestionRequest
from opencode_magic.model.events import Connected, Event, MessageUpdated, PermissionAsked
from opencode_magic.model.events import SessionCompacted as Ended
from opencode_magic.model.messages import Message, MessageInfo, TextPart, Times
from opencode_magic.model.prompt import Piece, Prompt
from opencode_magic.model.sessions import Session, Status
from opencode_magic.model.transcript import Ask, Transcript
from opencode_magic.protocol.dialect import Dialect, Life, PromptIds, Sign
from opencode_magic.turns.answer_form import value_in
from opencode_magic.turns.run import TurnRun
from opencode_magic.turns.turn import Turn

SESSION = Session("echo")


class UntilEnded(Life):
    """A turn of a server that says when it is over."""

    def sent(self, ids: PromptIds) -> None:
        self.prompt_id = ids.message

    def take(self, event: Event, transcript: Transcript) -> Sign:
        self.active = self.active or isinstance(event, MessageUpdated)
        return Sign.OVER if isinstance(event, Ended) else Sign.NOTHING

    def resync(self, transcript: Transcript) -> Sign:
        return Sign.NOTHING

    def owns(self, ask: Ask) -> bool:
        return True


class Echo(Dialect):
    """A server that says what it was told. Its ids are words, and only `order` sorts them."""

    name = "echo"

    def __init__(self) -> None:
        self.stored: list[Message] = []
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.said: list[str] = []
        self.answers: list[str] = []
        """What it says instead of what it was told."""
        self.busy: dict[str, Status] = {}
        self._numbers = itertools.count()

    def _store(self, id: str, role: str, text: str) -> None:
        order = f"{next(self._numbers):04}"
        info = MessageInfo(id, "echo", role, Times(1, completed=2), finish="stop", sequence=order)
        self.stored.append(Message(info, (TextPart(f"p{order}", id, "echo", text),)))
        self.events.put(MessageUpdated(info))

    def running(self) -> Mapping[str, Status]:
        return self.busy

    def newest(self, session: Session) -> str:
        return self.stored[-1].info.order if self.stored else ""

    def messages(self, session_id: str, after: str = "") -> Sequence[Message]:
        return [m for m in self.stored if m.info.order > after]

    def message(self, session_id: str, message_id: str) -> Message:
        return next(m for m in self.stored if m.info.id == message_id)

    def prompt_ids(self, session: Session, after: str, prompt: Prompt) -> PromptIds:
        return PromptIds(f"you-{after}")

    def submit(self, session: Session, prompt: Prompt, ids: PromptIds) -> Message | None:
        self._store(ids.message, "user", prompt.text)
        if prompt.text == "ask":
            self.events.put(PermissionAsked(PermissionRequest("q", "echo", "edit")))
        else:
            self._answer(prompt.text)
        return None

    def bodies(self, pieces: Sequence[Piece]) -> tuple[Mapping[str, Any], ...]:
        return tuple(asdict(piece) for piece in pieces)

    def _answer(self, text: str) -> None:
        text = self.answers.pop(0) if self.answers else text
        self._store(f"echo-{len(self.stored)}", "assistant", text)
        self.events.put(Ended("echo"))

    def life(self, session_id: str, after: str, prompt_id: str = "") -> Life:
        return UntilEnded(prompt_id)

    def stop(self, session_id: str, *, timeout_s: float | None = None) -> None:
        self.said.append("stop")

    def pending(self) -> list[PermissionRequest | QuestionRequest] | None:
        return []

    def answer(self, ask: Ask, reply: str, **more: Any) -> None:
        self.said.append(reply)
        self._answer(reply)


class Line:
    """The events of the echo, as a turn listens to them."""

    failure = None

    def __init__(self, echo: Echo) -> None:
        self._events = echo.events

    def open(self) -> None:
        self._events.put(Connected())

    def close(self) -> None: ...

    def get(self, timeout_s: float) -> list[Event]:
        try:
            return [self._events.get(timeout=timeout_s)] if timeout_s else []
        except queue.Empty:
            return []


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def client(echo: Echo) -> Client:
    client = Client("http://127.0.0.1:1")  # nothing listens there: a request would fail
    client._dialect = cast(Any, echo)
    client.fanout = cast(Any, SimpleNamespace(share=lambda directory: Line(echo)))
    return client


def test_a_turn_runs_on_any_dialect(client: Client, echo: Echo) -> None:
    for text in ("first", "second"):
        with TurnRun(client, SESSION, Prompt(text)) as run:
            while not run.done:
                run.step(5)
            turn = run.settle()
        assert (turn.text, turn.state, turn.confirmed) == (text, "completed", True)
        assert [m.info.role for m in turn.transcript.messages()] == ["user", "assistant"]
    assert echo.said == []


def test_what_it_asks_is_answered_in_our_words(client: Client, echo: Echo) -> None:
    with TurnRun(client, SESSION, Prompt("ask")) as run:
        while not run.done:
            for ask in run.step(5).asks:
                run.answer(ask, "always")
        turn = run.settle()
    assert echo.said == ["once"]  # what counts for longer is kept by us
    assert [d.reply for d in turn.decisions] == ["always"]


def test_what_runs_already_is_told_by_the_dialect(client: Client, echo: Echo) -> None:
    echo.busy["echo"] = Status("busy")
    with TurnRun(client, SESSION, Prompt("late")) as run, pytest.raises(BusyError):
        run.step(5)
    assert echo.stored == []


NUMBER = form_of({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]})


def asked_for_a_number(client: Client, echo: Echo, *answers: str) -> Turn:
    echo.answers = list(answers)
    with TurnRun(client, SESSION, Prompt("how many?", form=NUMBER)) as run:
        while not run.done:
            run.step(5)
        return run.settle()


def test_where_a_server_knows_no_forms_one_is_asked_for_in_words_and_corrected(
    client: Client, echo: Echo
) -> None:
    turn = asked_for_a_number(client, echo, "many", '{"n": "seven"}', '{"n": 7}')
    assert (turn.value, turn.state, turn.failure) == ({"n": 7}, "completed", None)
    _, first, second = (m.texts[0] for m in echo.stored if m.info.role == "user")
    assert "there was no JSON value in it" in first
    assert "is not of type 'integer' - at n" in second


def test_an_answer_that_never_has_its_form_is_a_failure_after_two_corrections(
    client: Client, echo: Echo
) -> None:
    turn = asked_for_a_number(client, echo, "many", "more", "most", '{"n": 7}')
    assert (turn.value, turn.state) == (None, "failed")
    assert turn.failure is not None
    assert turn.failure.data.message == "there was no JSON value in it (3 tries)"
    assert echo.answers == ['{"n": 7}']


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"n": 1}', {"n": 1}),
        ("\n [1, 2]\n", [1, 2]),
        ('Here:\n```json\n{"n": 1}\n```\nDone.', {"n": 1}),
        ('```\n{"n": 1}\n```\nno, better:\n```json\n{"n": 2}\n```', {"n": 2}),
        ('The answer is {"n": {"m": [1]}}.', {"n": {"m": [1]}}),
        ("17", 17),
        ("none of it", None),
        ("a } b { c", None),
        ("[" * 100_000, None),
        ("", None),
    ],
)
def test_the_value_is_found_in_what_the_model_wrote(text: str, value: object) -> None:
    assert value_in(text) == value
