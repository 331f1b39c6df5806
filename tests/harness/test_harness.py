"""The harness itself: if these fail, look here before anywhere else."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx
import psutil

from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Call, Say, script
from tests.conftest import OpenNotebook, StartServer
from tests.harness.machine import MODEL_ID, Machine
from tests.harness.processes import alive, descendants
from tests.harness.server import PlainServer


def test_a_cell_runs_in_a_real_lab_and_a_real_browser(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        ["print('one ' * 3)", "input('say: ')", "print('next')", "import time; time.sleep(60)"]
    )
    assert notebook.state(0) == "new"

    notebook.run(0)
    notebook.wait_for(0, "one one one")
    notebook.wait_done(0)

    notebook.run(1)
    notebook.wait_for(1, "say:")
    assert notebook.state(1) == "busy"
    notebook.output(1).locator("input").fill("hello")
    notebook.output(1).locator("input").press("Enter")
    notebook.wait_done(1)
    assert "'hello'" in notebook.text(1)

    notebook.run_all()
    notebook.output(1).locator("input").press("Enter")
    notebook.wait_done(2)
    notebook.wait_state(3, "busy")
    notebook.interrupt()
    notebook.wait_for(3, "KeyboardInterrupt")
    notebook.wait_done(3)

    notebook.theme("dark")
    notebook.screenshot("harness-dark")
    notebook.theme("light")
    notebook.save()
    assert notebook.saved_outputs(0)[0]["text"] == ["one one one \n"]

    notebook.restart()
    notebook.reopen_without_kernel()
    assert "one one one" in notebook.text(0)
    assert notebook.screenshot("harness").stat().st_size > 5000


def test_a_notebook_lies_in_a_project_of_its_own(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(["!git log --format=%s; which opencode"])
    notebook.run_all()
    notebook.wait_for(0, "start")
    notebook.wait_for(0, "opencode")


def test_the_plain_server_plays_a_script(plain_server: PlainServer, model: ScriptedModel) -> None:
    provider, name = MODEL_ID.split("/")
    prompt = script(Call("bash", {"command": "cat greet.py", "description": "d"}), Say("Done."))
    with plain_server.http() as http:
        session = http.post("/session", json={"title": "harness"}).json()
        body = {
            "parts": [{"type": "text", "text": prompt}],
            "model": {"providerID": provider, "modelID": name},
        }
        http.post(f"/session/{session['id']}/message", json=body).raise_for_status()
        messages = http.get(f"/session/{session['id']}/message").json()
    parts = [part for message in messages for part in message["parts"]]
    (tool,) = [part for part in parts if part["type"] == "tool"]
    assert "def greet" in tool["state"]["output"]
    assert parts[-2]["text"] == "Done."
    assert "def greet" in model.requests[-1].messages[-1]["content"]


def test_the_plain_server_has_a_password(plain_server: PlainServer) -> None:
    answer = httpx.get(f"{plain_server.url}/session", trust_env=False)
    assert answer.status_code == 401


def test_a_server_of_ones_own_leaves_nothing_behind(
    start_server: StartServer, machine: Machine
) -> None:
    server = start_server(machine.project())
    family = [psutil.Process(server.pid), *descendants(server.pid)]
    server.stop()
    assert alive(family) == []


STARTS = """
from opencode_magic import OpenCode
from opencode_magic.server import guard1

tried = []
ask = guard1.prove_asking
guard1.prove_asking = lambda client: (tried.append(1), ask(client))
with OpenCode():
    print(len(tried))
"""


def test_servers_that_are_the_same_are_tried_once(machine: Machine, project: Path) -> None:
    def tried() -> str:
        return machine.run(sys.executable, "-c", STARTS, cwd=project).strip()

    machine.configure(username="of this test alone")
    assert tried() == "1"
    assert tried() == "0"
    plugin = machine.opencode_config.parent / "plugin" / "own.js"
    plugin.parent.mkdir()
    plugin.write_text("export const P = async () => ({})\n")
    assert tried() == "1"
