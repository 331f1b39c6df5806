"""Interrupts at random moments of a turn: idle afterwards, nothing leaked, the next one works."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from opencode_magic import conversation
from opencode_magic.app import App
from opencode_magic.demo.script import Call, Say, Tokens, script
from opencode_magic.live.surface import Action, Answer, Picture
from opencode_magic.options import Options
from opencode_magic.permissions import Mode
from opencode_magic.place import Place
from opencode_magic.review import Changes, Verdict
from opencode_magic.sending import Prompt
from opencode_magic.server.trust import TrustStore
from opencode_magic.transcript import Ask, Turn
from tests.harness.machine import MODEL_ID
from tests.harness.server import PlainServer

IDLE_WITHIN_S = 10


@dataclass
class Configured:
    """The settings of an app that uses a server which runs already."""

    base_url: str
    opencode: str = ""
    model: str = MODEL_ID
    variant: str = ""
    agent: str = ""
    permission: Mode = "allow"
    answer_timeout_s: float = 1800
    start_timeout_s: float = 90
    review: bool = False


class Nowhere:
    """A surface nobody sees."""

    def draw(self, picture: Picture) -> None: ...
    def actions(self, timeout_s: float) -> list[Action]:
        return []

    def ask(self, request: Ask) -> Answer | None:
        return Answer(request.id, "once")

    def review(self, asked: Changes) -> Verdict | None:
        return Verdict(asked.id)

    def finish(self, bundle: dict[str, str]) -> None: ...


@pytest.fixture
def app(plain_server: PlainServer, tmp_path: Path) -> Iterator[App]:
    app = App(
        Configured(plain_server.url),
        Place(plain_server.directory, "notebook.ipynb"),
        ask_trust=None,
        say=lambda _: None,
        trust=TrustStore(tmp_path / "trust.json"),
        environ={"OPENCODE_SERVER_PASSWORD": plain_server.password},
    )
    yield app
    app.disconnect()


@pytest.fixture
def alarm() -> Iterator[Callable[[float], None]]:
    """Interrupt the main thread after some seconds, as a kernel does; 0 takes it back."""
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)

    def set_alarm(seconds: float) -> None:
        signal.setitimer(signal.ITIMER_REAL, seconds)

    yield set_alarm
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def ask(app: App, text: str) -> Turn:
    return app.ask(Prompt(text), Options(), Nowhere(), [])


def becomes_idle(app: App) -> bool:
    until = time.monotonic() + IDLE_WITHIN_S
    while app.connect().session.statuses():
        if time.monotonic() > until:
            return False
    return True


@pytest.mark.parametrize("seed", [1, 2])
def test_an_interrupt_at_any_moment_leaves_all_in_order(
    app: App, alarm: Callable[[float], None], seed: int
) -> None:
    chance = random.Random(seed)
    shell = Call("bash", {"command": "echo hi; sleep 0.05", "description": "d"})
    text = "x " + script([Say("so far "), shell], [Say("then "), Tokens(30, per_second=300)])
    ask(app, "first " + script(Say("THE FIRST ANSWER")))
    began = time.monotonic()
    ask(app, text)
    whole = time.monotonic() - began
    threads = threading.active_count()
    for _ in range(15):
        turn = None
        try:
            try:
                alarm(chance.uniform(0.001, whole))
                turn = ask(app, text)
            finally:
                alarm(0)
        except KeyboardInterrupt:
            pass  # before anything was sent
        assert becomes_idle(app)
        assert turn is None or "THE FIRST ANSWER" not in turn.text
        assert conversation._busy == {}
        assert not [
            t for t in threading.enumerate() if t.name == "opencode-events" and t.is_alive()
        ]
        assert ask(app, "y " + script(Say("works"))).text == "works"
    assert threading.active_count() <= threads + 2  # the model's, of this very moment
