"""The agent cell where it is less comfortable: no anywidget, other people's servers, no git."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Call, Say, Wait
from tests.cell.cells import CONSENT, LOAD, STATE, ask, bash
from tests.cell.running import run, shown
from tests.conftest import OpenNotebook, StartServer
from tests.harness.lab import JupyterLab
from tests.harness.machine import Machine, make_machine
from tests.harness.proxy import Proxy

START_S = 60


@pytest.fixture(scope="module")
def lab_without_anywidget(
    tmp_path_factory: pytest.TempPathFactory, opencode_executable: Path, model: ScriptedModel
) -> Iterator[JupyterLab]:
    """A JupyterLab that does not have the front end of anywidget, as on many hubs."""
    root = tmp_path_factory.mktemp("bare-lab") / "machine"
    machine = make_machine(root, opencode=opencode_executable, model_url=model.url)
    config = Path(machine.env["JUPYTER_CONFIG_DIR"]) / "labconfig" / "page_config.json"
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps({"disabledExtensions": {"anywidget": True}}))
    lab = JupyterLab(machine)
    yield lab
    lab.stop()


def test_without_anywidget_the_turn_follows_along_asks_and_keeps(
    open_notebook: OpenNotebook, lab_without_anywidget: JupyterLab, model: ScriptedModel
) -> None:
    first = [Say("The first words.\n\n"), Wait("bare"), bash("echo yes > answered.txt")]
    cells = [LOAD, ask("talk", first, Say("The last words.")), STATE, "%opencode /doctor"]
    notebook = open_notebook(cells, lab=lab_without_anywidget)
    notebook.run_all()
    notebook.wait_for(1, "The first words.", timeout_s=START_S)
    notebook.wait_for(1, "pip install anywidget")
    assert notebook.state(1) == "busy"
    model.gate("bare").set()
    box = notebook.output(1).locator(".jp-Stdin-input")
    box.wait_for(timeout=20_000)
    assert "echo yes > answered.txt" in notebook.text(1)
    assert not (notebook.path.parent / "answered.txt").exists()
    box.fill("o")
    notebook.page.keyboard.press("Enter")
    notebook.wait_done(2)
    assert '"turn": "completed"' in notebook.text(2)
    notebook.wait_done(3)
    assert "it shows no widgets" in notebook.text(3)
    assert "labextension enable anywidget" in notebook.text(3)
    assert (notebook.path.parent / "answered.txt").read_text() == "yes\n"
    notebook.save()
    assert "widget-view" not in json.dumps(notebook.saved_outputs(1))
    notebook.reopen_without_kernel()
    text = notebook.output(1).text_content() or ""
    assert "The first words." in text
    assert "The last words." in text
    assert "model not found" not in notebook.page.content()


def test_without_anywidget_interrupt_stops_the_turn(
    open_notebook: OpenNotebook, lab_without_anywidget: JupyterLab, model: ScriptedModel
) -> None:
    cells = [LOAD, ask("talk", [Say("some words.\n\n"), Wait("bare-stop"), Say("never")]), STATE]
    notebook = open_notebook(cells, lab=lab_without_anywidget)
    notebook.run_all()
    notebook.wait_for(1, "some words.", timeout_s=START_S)
    notebook.interrupt()
    notebook.wait_done(2)
    model.gate("bare-stop").set()
    assert '"turn": "stopped", "busy": []' in notebook.text(2)
    assert "some words." in notebook.text(1)


def test_another_server_is_used_and_the_weaker_promise_is_said_once(
    machine: Machine, start_server: StartServer, project: Path
) -> None:
    server = start_server(project, password="their-password")
    machine.env["OPENCODE_BASE_URL"] = server.url
    machine.env["OPENCODE_SERVER_PASSWORD"] = server.password
    inner = ask("x", bash("touch from-subagent")).partition("\n")[2]
    task = Call("task", {"description": "d", "prompt": inner, "subagent_type": "general"})
    cells = [
        LOAD,
        ask("x", bash("touch made"), Say("without")),
        ask("y", task, Say("no helpers then")),
        "%opencode /health",
        "%opencode /share",
    ]
    done = run(cells, project, machine)
    everything = json.dumps(done)
    assert "nobody is there to ask, so nothing was done; `/share --yes`" in shown(done.cells[4])
    said = [o for c in done.cells for o in c.outputs if "does not manage" in json.dumps(o)]
    assert len(said) == 1
    assert "run by someone else" in everything
    assert "without" in shown(done.cells[1])
    assert not (project / "made").exists()
    assert not (project / "from-subagent").exists()
    assert "their-password" not in everything


def test_an_agents_own_deny_stays_on_another_server(
    machine: Machine, start_server: StartServer, project: Path
) -> None:
    config = json.loads(machine.opencode_config.read_text())
    config["agent"] = {"build": {"permission": {"bash": {"*": "allow", "rm *": "deny"}}}}
    machine.opencode_config.write_text(json.dumps(config))
    machine.env["OPENCODE_BASE_URL"] = start_server(project).url
    steps = (bash("rm greet.py"), bash("touch fine"), Say("end"))
    run([LOAD, CONSENT, ask("x", *steps, options="--permission allow")], project, machine)
    assert (project / "greet.py").exists()
    assert (project / "fine").exists()


def test_what_answers_wrongly_is_one_line(
    machine: Machine, start_server: StartServer, project: Path, model: ScriptedModel
) -> None:
    server = start_server(project, password="their-password")
    with Proxy(1) as nothing:
        cells = {
            LOAD: "",
            f"%opencode /connect {server.url}": "wants a password",
            f"%opencode /connect http://x:wrong-password@{server.url[7:]}": "another password",
            f"%opencode /connect {model.url}": "no OpenCode server",
            f"%opencode /connect {nothing.url}": "broke",
            "%opencode /connect http://127.0.0.1:1": "nothing answers",
            "%opencode /connect ftp://somewhere": "not an http address",
        }
        done = run(list(cells), project, machine)
    for cell, said in zip(done.cells, cells.values(), strict=True):
        assert said in shown(cell), (cell.source, shown(cell))
        assert sum(len(o.get("traceback", [])) for o in cell.outputs) <= 1
    assert "their-password" not in json.dumps([c.outputs for c in done.cells])
    assert "wrong-password" not in json.dumps([c.outputs for c in done.cells])


def test_without_git_it_is_said_once_and_undo_says_why_it_cannot(machine: Machine) -> None:
    folder = machine.folder("no-git")
    work = ask("z", bash("touch made"), Say("x"), options="--review --permission allow")
    cells = [LOAD, ask("x", Say("fine")), ask("y", Say("again")), "%opencode /undo", work]
    done = run(cells, folder, machine)
    assert json.dumps(done).count("is not a git repository: diffs and undo need one") <= 2
    assert "is not a git repository: diffs" in shown(done.cells[1])
    assert "is not a git repository: diffs" not in shown(done.cells[2])
    assert "nothing can be undone" in shown(done.cells[3])
    assert "Not reviewed, everything was kept: the project is no git" in shown(done.cells[4])


def test_without_opencode_the_one_command_is_named(machine: Machine, project: Path) -> None:
    machine.env["PATH"] = "/usr/bin:/bin"
    done = run([LOAD, ask("x", Say("hi"))], project, machine)
    assert "npm install -g opencode-ai@" in shown(done.cells[1])
    assert len(done.cells[1].outputs[-1]["traceback"]) == 1


def test_a_folder_that_cannot_be_written_is_one_line(machine: Machine, project: Path) -> None:
    data = machine.root / "a-file"
    data.write_text("")
    machine.env["XDG_DATA_HOME"] = str(data)
    done = run([LOAD, ask("x", Say("hi"))], project, machine)
    assert "XDG_DATA_HOME" in shown(done.cells[1])
    assert len(done.cells[1].outputs[-1]["traceback"]) == 1


def test_a_quiet_turn_shows_nothing_and_keeps_its_value(machine: Machine, project: Path) -> None:
    cells = [LOAD, ask("x", Say("unseen words"), options="--quiet -o t"), "t.text"]
    done = run(cells, project, machine)
    assert "unseen" not in shown(done.cells[1])
    assert "unseen words" in shown(done.cells[2])


def test_sessions_are_kept_told_apart_and_found_again(machine: Machine, project: Path) -> None:
    cells = [
        LOAD,
        ask("x", Say("one")),
        "%opencode /new second thoughts",
        ask("y", Say("two")),
        "%opencode /use notebook",
        "%opencode /show",
        "%opencode /sessions",
        ask("z", Say("three"), options='--new "third"'),
        ask("w", Say("four"), options="-s 'second thoughts'"),
        "get_ipython().magics_manager.registry['OpencodeMagics'].app.session.title",
    ]
    machine.env["JPY_SESSION_NAME"] = str(project / "notebook.ipynb")
    done = run(cells, project, machine)
    assert "one" in shown(done.cells[5])
    assert "two" not in shown(done.cells[5])
    assert "second thoughts" in shown(done.cells[6])
    assert "third" in shown(done.cells[9])  # -s is for one prompt only


def test_in_a_terminal_the_turn_is_printed(machine: Machine, project: Path) -> None:
    first = [Say("Words with \x1b[31mcolour.\n\n"), bash("echo 6 times 7")]
    cell = ask("x", first, Say("The end."), options="--permission allow")
    (project / "cells.ipy").write_text(
        f"get_ipython().run_line_magic('load_ext', 'opencode_magic')\n"
        f"get_ipython().run_cell({cell!r})\n"
        "print('STATE', _oc.state, get_ipython().run_line_magic('opencode', '/health')[0].value)\n"
    )
    said = machine.run(sys.executable, "-m", "IPython", "--simple-prompt", "cells.ipy", cwd=project)
    for words in ("Words with", "echo 6 times 7", "The end.", "STATE completed healthy"):
        assert words in said, said
    assert "\x1b[31m" not in said
    assert "Traceback" not in said


def test_a_server_that_lost_its_guard_is_not_used(machine: Machine, project: Path) -> None:
    dispose = (
        "app = get_ipython().magics_manager.registry['OpencodeMagics'].app\n"
        "app.link.client.request('POST', '/instance/dispose')"
    )
    cells = [LOAD, ask("x", Say("one")), dispose, ask("y", bash("touch unasked"), Say("end")),
             "%opencode /stop", ask("z", Say("three"))]  # fmt: skip
    done = run(cells, project, machine)
    assert not (project / "unasked").exists()
    assert "three" in shown(done.cells[5])


def test_what_completion_needs_is_there_before_the_first_tab(
    machine: Machine, project: Path
) -> None:
    look = """\
import asyncio, sys
while "opencode_magic.commands.session" not in sys.modules:
    await asyncio.sleep(0.05)
print("READY", "opencode_magic.ipython.completion" in sys.modules)"""
    done = run([LOAD, look], project, machine)
    assert "READY True" in shown(done.cells[1])
