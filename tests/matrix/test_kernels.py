"""The click bridge in real kernels: what is not ours passes, what is false does nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Say, Wait
from tests.cell.cells import LOAD, RUN, ask, bash, code
from tests.harness.machine import make_machine
from tests.harness.processes import command_line, descendants

from .rows import ROWS, Row
from .test_rows import built
from .turn import RECEIVES
from .wire import Wire

HELD_S = 400  # a turn that waits for the test: a flood took 24 s, and on a busy machine over 60
FLOODS = [3_000, pytest.param(10_000, marks=pytest.mark.long)]
"""An ipykernel 7 stops reading behind some 2,000 messages. A kernel takes 2 ms for each."""
KERNELS = {row.ipykernel: row for row in reversed(ROWS) if not row.python}
IN_CI = ("6.29", "7.4")


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(row, id=name, marks=[] if name in IN_CI else [pytest.mark.long])
        for name, row in sorted(KERNELS.items())
    ],
)
def started(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    model: ScriptedModel,
    opencode_executable: Path,
) -> Iterator[Wire]:
    """A kernel with the extension loaded; `receives` is its stream's callback as it was."""
    row: Row = request.param
    machine = make_machine(
        tmp_path_factory.mktemp("wire") / "machine",
        opencode=opencode_executable,
        model_url=model.url,
    )
    started = Wire(built(row), machine, machine.project())
    try:
        started.run(f"{LOAD}\nreceives = {RECEIVES}")
        yield started
    finally:
        started.close()


@pytest.fixture
def wire(started: Wire) -> Wire:
    """The same kernel for all tests; what it said to the others is forgotten."""
    started.forget()
    return started


@pytest.fixture
def gate(request: pytest.FixtureRequest) -> str:
    """A gate of the model's for this test alone."""
    return f"gate-{request.node.name}"


def as_it_was(wire: Wire) -> bool:
    return bool(wire.value(f"{RECEIVES} is receives"))


def begin(wire: Wire, gate: str, words: str) -> str:
    """Begin a turn that says these words and then waits; the id of its request."""
    request = wire.execute(
        ask("go", [Say(f"{words}. ", size=0), Wait(gate, HELD_S), Say("The end.")])
    )
    wire.wait_said(words)
    return request


@pytest.mark.timeout(500)
@pytest.mark.parametrize("many", FLOODS)
def test_the_messages_of_a_slider_pass_unchanged_and_in_order_and_stop_works(
    wire: Wire, model: ScriptedModel, gate: str, many: int
) -> None:
    wire.run(
        "import ipywidgets\nseen = []\n"
        f"slider = ipywidgets.IntSlider(max={many})\n"
        "slider.observe(lambda change: seen.append(change.new), 'value')"
    )
    slider = wire.value("slider.comm.comm_id")
    request = begin(wire, gate, "Move the slider")
    moves = [wire.update(slider, value=n) for n in range(1, many + 1)]
    wire.send_while_listening(moves, within_s=HELD_S)
    assert request not in wire.replies
    wire.send(wire.custom(wire.view, wire.click("stop")))
    wire.wait_reply(request, within_s=HELD_S)
    broken = "[(n, m) for n, m in zip([0, *seen], seen) if m != n + 1]"
    assert wire.value(f"[_oc.state, len(seen), {broken}]") == ["stopped", many, []]
    assert as_it_was(wire)
    model.gate(gate).set()


def test_forged_replayed_and_malformed_messages_do_nothing(
    wire: Wire, model: ScriptedModel, gate: str
) -> None:
    request = begin(wire, gate, "Try to fool me")
    view = wire.view
    wire.send(wire.custom(view, wire.click("stop"), key=b"another key"))
    tampered = wire.custom(view, wire.click("soon"))
    tampered[-1] = tampered[-1].replace(b"soon", b"stop")
    wire.send(tampered)
    for frames in malformed(wire, view):
        wire.send(frames)
    again = wire.custom(view, wire.click("ready", view="replayed"))
    wire.send(again, again, wire.custom(view, wire.click("ready", view="last")))
    # What was sent before the last one has been read before it.
    wire.wait_until(lambda: bool(wire.snapshots("last")), "the answer to the last message")
    assert wire.snapshots("replayed") == 1
    assert request not in wire.replies
    model.gate(gate).set()
    wire.wait_reply(request)
    assert wire.value("[_oc.state, _oc.text]")[0] == "completed"
    assert as_it_was(wire)


def malformed(wire: Wire, comm: str) -> list[list[bytes]]:
    """Messages that no front end sends."""
    session = wire.client.session

    def signed(*parts: bytes) -> list[bytes]:
        return [b"<IDS|MSG>", session.sign(list(parts)), *parts]

    header = b'{"msg_type": "comm_msg"}'
    no_click: Any = (
        None,
        3,
        "stop",
        [],
        {},
        {"k": "stop"},
        {"k": "stop", "nonce": 3},
    )
    return [
        [b"no delimiter"],
        [b"<IDS|MSG>"],
        [b"<IDS|MSG>", b"no signature", header],
        signed(header, b"{}", b"{}", b"not json"),
        signed(header, b"{}", b"{}", f'{{"comm_id": "{comm}", "data": 3}}'.encode()),
        signed(header, b"{}", b"{}", b"\xff\xfe"),
        *(wire.custom(comm, content) for content in no_click),
    ]


def runs(text: str) -> str:
    """An agent cell whose model runs code in the kernel."""
    return ask("run", code(text), Say("end"), options=RUN)


def test_code_of_the_agent_may_await_and_the_cell_behind_it_is_not_lost(wire: Wire) -> None:
    awaits = "import asyncio\nwaited = await asyncio.sleep(0.1, 'awaited')\nprint('in', 'loop')"
    requests = [wire.execute(runs(awaits)), *(wire.execute(f"n{i} = waited") for i in range(3))]
    for request in requests:
        wire.wait_reply(request)
    assert wire.value("[_oc.state, n0, n1, n2]") == ["completed", "awaited", "awaited", "awaited"]
    assert wire.has_said("in loop")
    # The loop is the user's as before: their own awaits work, too.
    wire.run("own = await asyncio.sleep(0.1, 'own')")
    assert wire.value("own") == "own"
    assert as_it_was(wire)


@pytest.mark.parametrize("runaway", ["while True: pass", "import time; time.sleep(1000)"])
def test_a_click_on_stop_ends_code_that_never_ends_and_the_next_cell_runs(
    wire: Wire, runaway: str
) -> None:
    request = wire.execute(runs(f"kept = 'it'; print('never', 'ends', flush=True)\n{runaway}"))
    following = wire.execute("following = kept")
    wire.wait_said("never ends")
    wire.send(wire.custom(wire.view, wire.click("stop")))
    wire.wait_reply(request)
    wire.wait_reply(following)
    assert wire.value("[_oc.state, following]") == ["stopped", "it"]
    assert as_it_was(wire)


DEAF = """\
stream = get_ipython().kernel.shell_stream
loop = stream.io_loop
loop.add_callback(loop.remove_handler, stream.socket)
try:
    get_ipython().run_cell_magic("opencode", "", {prompt!r})
finally:
    loop.add_callback(loop.add_handler, stream.socket, stream._handle_events, loop.READ)
"""


def test_a_click_is_heard_by_a_kernel_whose_shell_channel_sleeps(
    wire: Wire, model: ScriptedModel, gate: str
) -> None:
    """As an ipykernel before 7.4 does after a reply that crossed a message."""
    steps = [Say("Nobody listens. ", size=0), Wait(gate, HELD_S), Say("The end.")]
    prompt = ask("go", steps).partition("\n")[2]
    request = wire.execute(DEAF.format(prompt=prompt))
    wire.wait_said("Nobody listens")
    wire.send(wire.custom(wire.view, wire.click("stop")))
    wire.wait_reply(request)
    assert wire.value("_oc.state") == "stopped"
    assert as_it_was(wire)
    model.gate(gate).set()


NESTED = """\
from tests.live import feed
from opencode_magic.live.choose import choose_surface
outer = feed.Feed(choose_surface(get_ipython()))
outer.tick()
feed.play(per_s=10_000, asks=["bash"])
outer.wait(60)
outer.end()
"""


def test_a_turn_in_a_turn_takes_its_own_clicks_and_turns_may_follow_each_other(wire: Wire) -> None:
    request = wire.execute(NESTED)
    wire.wait_until(lambda: len(wire.views) == 2, "the second view")
    outer, inner = wire.views
    wire.wait_said("per_bash")
    wire.send(wire.custom(outer, wire.click("stop")))
    wire.send(wire.custom(inner, wire.click("answer", ask="per_bash", reply="once")))
    wire.wait_reply(request)
    assert wire.value("[outer.stopped, feed.last.stopped, sorted(feed.last.answers)]") == [
        True,
        False,
        ["per_bash"],
    ]
    assert as_it_was(wire)
    for number in range(3):
        wire.run(ask("again", Say(f"turn {number}")))
        assert wire.value("[_oc.state, _oc.text.strip()]") == ["completed", f"turn {number}"]
        assert as_it_was(wire)


FAILING = f"""\
from opencode_magic.live.driver import Driver
tick, tapped = Driver._tick, []
def failing(driver):
    tick(driver)
    tapped.append({RECEIVES} is not receives)
    if len(tapped) > 2:
        raise %s
Driver._tick = failing
try:
    get_ipython().run_cell_magic("opencode", "", %r)
finally:
    Driver._tick = tick
"""
ERRORS = ("ZeroDivisionError('a bug')", "KeyboardInterrupt", "SystemExit(3)", "MemoryError")


@pytest.mark.parametrize("error", ERRORS)
def test_the_stream_is_as_it_was_after_an_error(
    wire: Wire, model: ScriptedModel, gate: str, error: str
) -> None:
    words = ask("go", [Say("Some words. "), Wait(gate)]).partition("\n")[2]
    wire.run(FAILING % (error, words))
    assert wire.value("tapped")[-1] is True
    assert as_it_was(wire)
    model.gate(gate).set()


def test_the_stream_is_as_it_was_after_the_server_has_died(wire: Wire, gate: str) -> None:
    request = begin(wire, gate, "About to die")
    for process in descendants(wire.pid):
        if " serve " in f"{command_line(process)} ":
            process.kill()
    wire.wait_reply(request)
    assert wire.value("_oc.state") != "completed"
    assert as_it_was(wire)


HIDDEN = """\
from zmq.eventloop.zmqstream import ZMQStream
class Renamed(ZMQStream):
    "A stream whose callback has another name."
    def __init__(self, stream):
        self.stream = stream
    def __getattribute__(self, name):
        if name == "_recv_callback":
            raise AttributeError(name)
        return getattr(object.__getattribute__(self, "stream"), name)
    def __del__(self):
        pass
kernel = get_ipython().kernel
kept, kernel.shell_stream = kernel.shell_stream, %s
try:
    get_ipython().run_cell_magic("opencode", "", %r)
finally:
    kernel.shell_stream = kept
"""


@pytest.mark.parametrize(
    ("instead", "why"),
    [("None", "no shell stream"), ("Renamed(kernel.shell_stream)", "no receive callback")],
)
def test_a_kernel_that_cannot_be_tapped_asks_on_a_line_and_says_why(
    wire: Wire, instead: str, why: str
) -> None:
    words = ask("run", bash("echo typed"), Say("Ran it.")).partition("\n")[2]
    wire.typed.append("o")
    wire.run(HIDDEN % (instead, words))
    wire.wait_said("Clicks do not reach this kernel while a cell runs: the kernel")
    assert wire.has_said(why)
    assert ["allow once" in prompt for prompt in wire.asked] == [True]
    assert wire.value("[_oc.state, _oc.text.strip()]") == ["completed", "Ran it."]
    assert as_it_was(wire)


def test_where_nobody_can_type_either_the_policy_answers(wire: Wire) -> None:
    words = ask("run", bash("echo typed"), Say("Went on.")).partition("\n")[2]
    wire.run(HIDDEN % ("None", words), stdin=False)
    assert not wire.asked
    assert wire.value("[_oc.state, _oc.text.strip()]") == ["completed", "Went on."]
    assert "Nobody is there to ask" in wire.value("repr(_oc.tools) + str(_oc.transcript)")
