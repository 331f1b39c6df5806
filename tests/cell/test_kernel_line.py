"""The line between the agent's server and the kernel's tools breaks: that is said, and repaired."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Say, Think
from tests.cell.cells import APP, LOAD, RUN, ask, code
from tests.cell.kernels import Kernel
from tests.harness.machine import make_machine

from .test_kernel_tools import results

TOOLS = f"""\
{APP}
import time, threading
import opencode_magic.kernel.line as line, opencode_magic.kernel.server as tool_server
line.GOES_WITHIN_S, line.COMES_WITHIN_S, tool_server.ANSWER_WITHIN_S = 3, 8, 3
living, done = app.offering.living, []
def cut():
    for each in list(living._server._uvicorn.server_state.connections):
        each.transport.abort()
def cut_now():
    loop = next(iter(living._server._uvicorn.servers)).get_loop()
    loop.call_soon_threadsafe(cut)
async def fails(scope, receive, send):
    await send({{"type": "http.response.start", "status": 500, "headers": []}})
    await send({{"type": "http.response.body", "body": b"oops"}})
async def hangs(scope, receive, send):
    await __import__("asyncio").Event().wait()"""
IN_A_CALL = {
    "the line is cut": "cut_now(); time.sleep(0.5)",
    "the tools' server ends": "threading.Thread(target=living._server.close).start()\n"
    "time.sleep(1.5)",
    "the tools' server dies": "living._server._uvicorn.force_exit = True\n"
    "living._server._uvicorn.should_exit = True; time.sleep(0.5)",
}
BEFORE_A_CALL = {
    "the token is another": "living._server.token = 'another'",
    "the tools' server fails": "living._server._app = fails",
    "the tools' server hangs": "living._server._app = hangs",
    "the tools' server is gone": "living._server.close()",
}

LONG = dict.fromkeys(
    ("the tools' server dies", "the tools' server fails", "the tools' server is gone"),
    pytest.mark.long,
)


@pytest.fixture(scope="module")
def kernel(
    tmp_path_factory: pytest.TempPathFactory, opencode_executable: Path, model: ScriptedModel
) -> Iterator[Kernel]:
    root = tmp_path_factory.mktemp("line") / "machine"
    machine = make_machine(root, opencode=opencode_executable, model_url=model.url)
    kernel = Kernel(machine, machine.project())
    kernel.run(LOAD)
    kernel.run(ask("offer", Say("offered"), options=RUN))
    kernel.run(TOOLS)
    yield kernel
    kernel.close()


ROWS = "print('ROWS', [(t.state.status, t.state.error) for t in _oc.tools], _oc.state, _oc.notes)"


@pytest.mark.parametrize("member", [pytest.param(m, marks=LONG.get(m, ())) for m in IN_A_CALL])
def test_a_call_whose_line_breaks_ends_in_words_and_the_next_comes_through(
    kernel: Kernel, model: ScriptedModel, member: str
) -> None:
    broken = code(f"done.append(1)\n{IN_A_CALL[member]}\nprint('carried out')")
    told = kernel.run(ask("x", broken, code("print('again', len(done))"), Say("end"), options=RUN))
    assert "could not be reached, or their answer was lost" in told
    assert "/kernel off` goes on without them" in told or "/kernel off</code>" in told
    rows = kernel.run(ROWS)
    assert "('error'," in rows
    assert "('completed', '')] completed" in rows
    assert "the answer was lost; the tools are there again" in rows
    assert "It was carried out; run_code gave: carried out" in results(model)
    assert "reached" in kernel.run("done.clear()\n%opencode /kernel")


@pytest.mark.parametrize("member", [pytest.param(m, marks=LONG.get(m, ())) for m in BEFORE_A_CALL])
def test_tools_that_are_gone_are_told_and_come_back(
    kernel: Kernel, model: ScriptedModel, member: str
) -> None:
    gone = code(f"{BEFORE_A_CALL[member]}\nprint('now')")
    # A step has the tools as they were when it began, and a model takes its time.
    thinks = Think("what now?", size=1, delay_s=0.6)
    later = ([thinks, code("print('try', 1)")], code("print('try', 2)"))
    told = kernel.run(ask("x", gone, code("print('try', 0)"), *later, Say("end"), options=RUN))
    assert "could not be reached, or their answer was lost" in told
    rows = kernel.run(ROWS)
    assert "the tools are there again" in rows
    assert "try 2" in json.loads(results(model))[-1]["content"]
    told = kernel.run(f"{BEFORE_A_CALL[member]}\n%opencode /kernel")
    if "token" not in member:
        assert "gone: what serves them does not answer; the next prompt offers them again" in told
    kernel.run(ask("x", code("print('next')"), Say("end"), options=RUN))
    assert "next" in results(model)


def test_a_library_that_cannot_be_used_is_told_in_a_line(kernel: Kernel) -> None:
    broken = (
        "import sys\nliving.close()\nkept = sys.modules.pop('opencode_magic.kernel.server')\n"
        "sys.modules['opencode_magic.kernel.server'] = None"
    )
    kernel.run(broken)
    told = kernel.run(ask("x", Say("end"), options="--kernel run"))
    assert "the MCP library, which serves the kernel's tools, cannot be used here" in told
    assert "Traceback" not in told
    kernel.run("sys.modules['opencode_magic.kernel.server'] = kept")


def test_a_port_that_cannot_be_had_is_told_in_a_line(kernel: Kernel) -> None:
    kernel.run(
        "living.close()\ndef bind(*_): raise OSError(98, 'Address already in use')\n"
        "import socket\nclass Taken(socket.socket):\n    bind = bind\n"
        "usual, tool_server.socket.socket = tool_server.socket.socket, Taken"
    )
    told = kernel.run(ask("x", Say("end"), options="--kernel run"))
    kernel.run("tool_server.socket.socket = usual")
    assert "the kernel's tools have no port to listen at (Address already in use)" in told
    assert "Traceback" not in told
