"""The click bridge in real kernels: what is not ours passes, what is false does nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Say, Wait
from tests.cell.cells import LOAD, ask
from tests.harness.machine import make_machine

from .rows import ROWS, Row
from .test_rows import built
from .turn import RECEIVES
from .wire import Wire

MANY = 10_000
KERNELS = {row.ipykernel: row for row in reversed(ROWS) if not row.python}
IN_CI = ("6.29", "7.4")


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(row, id=name, marks=[] if name in IN_CI else [pytest.mark.long])
        for name, row in sorted(KERNELS.items())
    ],
)
def wire(
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
    wire = Wire(built(row), machine, machine.project())
    try:
        wire.run(f"{LOAD}\nreceives = {RECEIVES}")
        yield wire
    finally:
        wire.close()


@pytest.fixture
def gate(request: pytest.FixtureRequest) -> str:
    """A gate of the model's for this test alone."""
    return f"gate-{request.node.name}"


def as_it_was(wire: Wire) -> bool:
    return bool(wire.value(f"{RECEIVES} is receives"))


def begin(wire: Wire, gate: str, words: str) -> str:
    """Begin a turn that says these words and then waits; the id of its request."""
    request = wire.execute(ask("go", [Say(f"{words}. "), Wait(gate), Say("The end.")]))
    wire.wait_said(words)
    return request


def test_ten_thousand_messages_of_a_slider_pass_unchanged_and_in_order_and_stop_works(
    wire: Wire, model: ScriptedModel, gate: str
) -> None:
    wire.run(
        "import ipywidgets\nseen = []\n"
        f"slider = ipywidgets.IntSlider(max={MANY})\n"
        "slider.observe(lambda change: seen.append(change.new), 'value')"
    )
    slider = wire.comm("IntSliderModel")
    request = begin(wire, gate, "Move the slider")
    wire.send_while_listening(wire.update(slider, value=n) for n in range(1, MANY + 1))
    assert request not in wire.replies
    wire.send(wire.custom(wire.view, wire.click("stop")))
    wire.wait_reply(request)
    assert wire.value("[_oc.state, len(seen), seen == list(range(1, len(seen) + 1))]") == [
        "stopped",
        MANY,
        True,
    ]
    assert as_it_was(wire)
    model.gate(gate).set()
