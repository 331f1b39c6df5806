"""The live kernel as tools: a real kernel, a real server, a scripted model that calls them."""

from __future__ import annotations

import json

import pytest

from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Call, Say
from tests.cell.cells import LOAD, RUN, ask, code
from tests.cell.running import KeptKernel, shown
from tests.conftest import OpenNotebook

LEFT = """\
import threading
print("THREADS", [t.name for t in threading.enumerate() if "opencode-magic" in t.name])"""


def results(model: ScriptedModel) -> str:
    """What the tools told the model in the last turn."""
    asked = [request for request in model.requests if request.tools]
    return json.dumps([m for m in asked[-1].messages if m["role"] == "tool"])


def test_code_runs_among_the_users_variables_and_its_output_appears(
    kept_kernel: KeptKernel, model: ScriptedModel
) -> None:
    cells = [
        LOAD,
        "x = 20",
        ask("x", code("x += 22; print('from', 'agent'); x"), Say("end"), options=RUN),
        "print('x is', x)",
        "%opencode /kernel off",
        LEFT,
    ]
    done = kept_kernel.run(cells)
    assert "from agent" in json.dumps(
        [o for o in done.cells[2].outputs if o.output_type == "stream"]
    )
    assert "x is 42" in shown(done.cells[3])
    assert "from agent" in results(model)
    assert "42" in results(model)
    assert "THREADS []" in shown(done.cells[5])


def test_a_top_level_await_works_and_the_next_cell_is_not_lost(kept_kernel: KeptKernel) -> None:
    waits = "import asyncio; y = await asyncio.sleep(0.1, 'awaited')"
    cells = [LOAD, ask("x", code(waits), Say("end"), options=RUN), "print('y', y)"]
    done = kept_kernel.run(cells)
    assert "y awaited" in shown(done.cells[2])


def test_reading_asks_nobody_and_running_is_not_offered(
    kept_kernel: KeptKernel, model: ScriptedModel
) -> None:
    cells = [
        LOAD,
        "answer = 4242; api_key = 'sk-very-secret-value-1234567890'",
        ask("x", [Call("kernel_*_describe_variable", {"name": "answer"}),
                  Call("kernel_*_describe_variable", {"name": "api_key"})],
            code("answer = 0"), Say("end"), options="--kernel read"),
        "print('answer', answer)",
    ]  # fmt: skip
    done = kept_kernel.run(cells)
    assert "4242" in results(model)
    assert "very-secret" not in results(model)
    assert not [name for name in model.requests[-1].tools if name.endswith("run_code")]
    assert "answer 4242" in shown(done.cells[3])


def test_running_asks_and_nobody_there_is_a_no(kept_kernel: KeptKernel) -> None:
    cells = [
        LOAD,
        ask("x", code("z = 1"), Say("end"), options="--kernel run"),
        "print('z' in dir())",
    ]
    done = kept_kernel.run(cells)
    assert "False" in shown(done.cells[2])
    assert "Nobody is there to ask" in shown(done.cells[1])


@pytest.mark.parametrize("runaway", ["while True: pass", "import time; time.sleep(1000)"])
@pytest.mark.parametrize("how", ["button", "interrupt"])
def test_code_that_never_ends_is_stopped_and_the_kernel_lives(
    same_notebook: OpenNotebook, runaway: str, how: str
) -> None:
    begun = f"print('be' + 'gun', flush=True)\n{runaway}"
    notebook = same_notebook(
        [LOAD, ask("x", code(begun), Say("never"), options=RUN), "print('next', 'cell')"]
    )
    notebook.run_all()
    notebook.wait_for(1, "begun", timeout_s=60)
    if how == "button":
        notebook.click("Stop", cell=1)
    else:
        notebook.interrupt()
    notebook.wait_done(2)
    assert "next cell" in notebook.text(2)
