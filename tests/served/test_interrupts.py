"""Interrupts at random moments of a turn: idle afterwards, nothing leaked, the next one works."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from opencode_magic.app import turn as turns
from opencode_magic.app.app import App
from opencode_magic.app.options import Options
from opencode_magic.app.place import Place
from opencode_magic.changes.review import Changes, ReviewVerdict
from opencode_magic.demo.script import Say, StreamTokens, script
from opencode_magic.live.surface import Action, Answer, Snapshot
from opencode_magic.model.prompt import Prompt
from opencode_magic.model.transcript import Ask
from opencode_magic.policy.grants import Mode
from opencode_magic.render.blocks import Item
from opencode_magic.server.trust import TrustStore
from opencode_magic.turns import lock
from opencode_magic.turns.turn import Turn
from tests.conftest import Figures, StartServer
from tests.harness.calls import Calls, both
from tests.harness.machine import MODEL_ID, Machine
from tests.harness.server import PlainServer

IDLE_WITHIN_S = 10
PROMISED_S = 2
RETURNS_WITHIN_S = 10  # of a machine that does other things too
FORGET_AFTER = 10


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
    accept_shell: bool = True


class Nowhere:
    """A surface nobody sees."""

    def draw(self, picture: Snapshot) -> None: ...
    def actions(self, timeout_s: float) -> list[Action]:
        return []

    def ask(self, request: Ask) -> Answer | None:
        return Answer(request.id, "once")

    def review(self, asked: Changes) -> ReviewVerdict | None:
        return ReviewVerdict(asked.id)

    def finish(self, bundle: dict[str, str], items: Sequence[Item] = ()) -> None: ...


@pytest.fixture
def server(start_server: StartServer, machine: Machine) -> PlainServer:
    """A server of the test's own: each event connection that was closed makes one slower."""
    return start_server(machine.project(), password="s3cret-interrupts")


@pytest.fixture
def app(server: PlainServer, tmp_path: Path) -> Iterator[App]:
    app = App(
        Configured(server.url),
        Place(server.directory, "notebook.ipynb"),
        trust=TrustStore(tmp_path / "trust.json"),
        environ={"OPENCODE_SERVER_PASSWORD": server.password},
    )
    yield app
    app.disconnect()


class Alarm:
    """Interrupts the main thread after some seconds, as a kernel does; `struck` is when it did."""

    def __init__(self) -> None:
        self.struck = 0.0

    def set(self, seconds: float) -> None:
        self.struck = 0.0
        signal.setitimer(signal.ITIMER_REAL, seconds)

    def strike(self, _signal: int, _frame: object) -> None:
        self.struck = time.monotonic()
        raise KeyboardInterrupt


@pytest.fixture
def alarm() -> Iterator[Alarm]:
    alarm = Alarm()
    before = signal.signal(signal.SIGALRM, alarm.strike)
    yield alarm
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def ask(app: App, text: str) -> Turn:
    return turns.ask(app, Prompt(text), Options(), Nowhere(), [])


def becomes_idle(app: App) -> bool:
    until = time.monotonic() + IDLE_WITHIN_S
    while app.connect().session.statuses():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)  # asked without a pause, the server would do little else
    return True


def connections(server: PlainServer) -> list[Any]:
    """Our sockets that lead to the server."""
    sockets = psutil.Process().net_connections("tcp")
    return [
        s for s in sockets if s.raddr and s.raddr.port == server.port and s.status == "ESTABLISHED"
    ]


@dataclass
class Outcome:
    """What came of a turn, how long it took, and from its interrupt on; 0 where none struck."""

    whole_s: float
    after_s: float
    turn: Turn | None


def interrupted(app: App, alarm: Alarm, after_s: float, text: str) -> Outcome:
    """Run a turn that is interrupted after some seconds."""
    turn = None
    began = time.monotonic()
    try:
        try:
            alarm.set(after_s)
            turn = ask(app, text)
        finally:
            returned, struck = time.monotonic(), alarm.struck
            alarm.set(0)
    except KeyboardInterrupt:
        pass  # before anything was sent
    return Outcome(returned - began, returned - struck if struck else 0.0, turn)


def many(
    app: App,
    server: PlainServer,
    alarm: Alarm,
    calls: Calls,
    rng: random.Random,
    rounds: int,
) -> list[float]:
    """Interrupts at random moments, each followed by a turn that works; the seconds they took."""
    shell = calls.shell("echo hi; sleep 0.05")
    text = "x " + script([Say("so far "), shell], [Say("then "), StreamTokens(30, per_second=300)])
    ask(app, "first " + script(Say("THE FIRST ANSWER")))
    began = time.monotonic()
    ask(app, text)
    whole = time.monotonic() - began
    threads, sockets = threading.active_count(), len(connections(server))
    took: list[float] = []
    while len(took) < rounds:
        came = interrupted(app, alarm, rng.uniform(0.001, whole), text)
        if not came.after_s:  # it was over already
            whole = min(whole, came.whole_s)
            continue
        assert becomes_idle(app)
        assert came.turn is None or "THE FIRST ANSWER" not in came.turn.text
        assert lock._running == {}
        events = [t for t in threading.enumerate() if t.name == "opencode-events"]
        assert len(events) <= 1  # kept for the next turn
        assert ask(app, "y " + script(Say("works"))).text == "works"
        took.append(came.after_s)
        # A long conversation would only make the model slower.
        if len(took) % FORGET_AFTER == 0:
            app.sessions.leave()
    assert threading.active_count() <= threads + 2  # the model's, of this very moment
    assert len(connections(server)) <= sockets + 1  # one more that is kept for the next request
    return took


def told(took: list[float]) -> str:
    took = sorted(took)
    return (
        f"{len(took)} interrupts at random moments: the cell returned within {took[-1]:.2f} s, "
        f"half the time within {took[len(took) // 2]:.2f} s; "
        f"{sum(s > PROMISED_S for s in took)} took longer than {PROMISED_S} s"
    )


@pytest.mark.timeout(240, method="thread")  # the alarm is ours
@both
def test_an_interrupt_at_any_moment_leaves_all_in_order(
    app: App,
    server: PlainServer,
    alarm: Alarm,
    tool_calls: Calls,
    rng: random.Random,
    rounds: int,
    figures: Figures,
) -> None:
    took = many(app, server, alarm, tool_calls, rng, rounds)
    figures(told(took))
    assert max(took) < RETURNS_WITHIN_S
    app.disconnect()
    assert connections(server) == []


@pytest.mark.long
@pytest.mark.timeout(1800, method="thread")
@pytest.mark.parametrize(
    ("major", "seed"),
    [(major, seed) for major in ("1", "2") for seed in (11, 12, 13, 14)],
    indirect=["major"],
)
def test_a_thousand_interrupts_leave_all_in_order(
    app: App,
    server: PlainServer,
    alarm: Alarm,
    tool_calls: Calls,
    seed: int,
    figures: Figures,
) -> None:
    took = many(app, server, alarm, tool_calls, random.Random(seed), 250)
    figures(told(took))
    assert max(took) < RETURNS_WITHIN_S
    app.disconnect()
    assert connections(server) == []
