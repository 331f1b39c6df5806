"""A turn without a display: answered by functions and stopped in time, by the one driver."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import opencode_magic
from opencode_magic.errors import ConnectError, OpencodeError
from opencode_magic.live.driver import Driver
from opencode_magic.live.headless import HeadlessSurface, unpainted
from opencode_magic.model.asks import PermissionRequest, QuestionItem, QuestionRequest
from opencode_magic.model.transcript import Ask, Transcript
from opencode_magic.policy.grants import Policy
from opencode_magic.turns.frame import Frame

BASH = PermissionRequest("per_1", "ses_1", "bash", metadata={"command": "ls"})
COLOUR = QuestionRequest("que_1", "ses_1", questions=[QuestionItem("Which?", "Colour")])


class Run:
    """A turn that asks, and is over once that is answered or it was stopped."""

    sent = True

    def __init__(self, *asks: Ask, failures: Sequence[OpencodeError] = ()) -> None:
        self.asks = {ask.id: ask for ask in asks}
        self.failures = list(failures)
        self.said: list[tuple[str, str, Sequence[Sequence[str]], str]] = []
        self.aborts = 0
        self.done = False

    @property
    def frame(self) -> Frame:
        return Frame("asking", Transcript("ses_1", asks=self.asks))

    def step(self, timeout_s: float) -> Frame:
        return self.frame

    def answer(self, ask: Ask, reply: str, *, answers: Any, message: str, by: str) -> None:
        if self.failures:
            raise self.failures.pop()
        self.said.append((ask.id, reply, answers, message))
        self.asks = {id: each for id, each in self.asks.items() if id != ask.id}
        self.done = not self.asks

    def abort(self) -> None:
        if self.failures:
            raise self.failures.pop()
        self.aborts += 1

    def settle(self) -> str:
        return "settled"


def driven(run: Any, surface: HeadlessSurface) -> Any:
    return Driver(run, surface, unpainted, Policy(), step_s=0).follow()


@pytest.mark.parametrize(
    ("reply", "said"),
    [("once", ("once", "")), ("reject", ("reject", "")), ("not now", ("reject", "not now"))],
)
def test_functions_answer(reply: str, said: tuple[str, str]) -> None:
    run = Run(BASH, COLOUR)
    surface = HeadlessSurface(lambda _: reply, lambda _: [["red", "blue"]])
    assert driven(run, surface) == "settled"
    assert run.said == [("per_1", said[0], (), said[1]), ("que_1", "answer", [["red", "blue"]], "")]


def test_without_functions_all_is_rejected() -> None:
    run = Run(BASH, COLOUR)
    driven(run, HeadlessSurface(None, None))
    assert [(id, reply) for id, reply, *_ in run.said] == [("per_1", "reject"), ("que_1", "reject")]
    assert "Nobody is there" in run.said[0][3]


def test_an_answer_that_does_not_arrive_is_given_again_and_not_asked_for_again() -> None:
    asked: list[PermissionRequest] = []

    def once(request: PermissionRequest) -> str:
        asked.append(request)
        return "once"

    run = Run(BASH, failures=[ConnectError("lost")])
    driven(run, HeadlessSurface(once, None))
    assert (asked, len(run.said)) == ([BASH], 1)
    with pytest.raises(ConnectError, match="gone"):
        driven(Run(BASH, failures=[ConnectError("gone")] * 9), HeadlessSurface(once, None))


def test_it_stops_once_when_the_time_is_over_or_the_caller_wants_it() -> None:
    now = [0.0]
    surface = HeadlessSurface(None, None, timeout_s=5, clock=lambda: now[0])
    assert surface.actions(0) == []
    now[0] = 5.1
    assert [len(surface.actions(0)) for _ in range(3)] == [1, 0, 0]
    run = Run(failures=[ConnectError("refused")])
    with pytest.raises(ConnectError, match="could not be told to stop: refused"):
        driven(run, HeadlessSurface(None, None, stopped=lambda: True))


def test_there_is_one_loop_over_a_turn() -> None:
    package = Path(opencode_magic.__file__).parent
    loops = [p for p in package.rglob("*.py") if re.search(r"run\.settle\(", p.read_text("utf-8"))]
    assert [path.relative_to(package).as_posix() for path in loops] == ["live/driver.py"]
