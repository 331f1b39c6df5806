"""After a kernel that was killed in the middle of a turn: what there was, and what still runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from opencode_magic import OpenCode
from opencode_magic.demo.script import Call, Say
from tests.cell.cells import CONSENT, LOAD, ask, bash
from tests.cell.kernels import Kernel
from tests.conftest import StartServer
from tests.harness.machine import Machine

START = Callable[[], Kernel]


@pytest.fixture
def start(machine: Machine, project: Path) -> Iterator[START]:
    """Start kernels of one notebook; they end with the test."""
    machine.env["JPY_SESSION_NAME"] = str(project / "notebook.ipynb")
    kernels: list[Kernel] = []

    def start() -> Kernel:
        kernels.append(Kernel(machine, project))
        kernels[-1].run(LOAD)
        return kernels[-1]

    yield start
    for kernel in kernels:
        kernel.close()


def test_the_turn_of_a_killed_kernel_is_shown_as_cut_off_with_what_was_stored(
    start: START, project: Path
) -> None:
    before = start()
    marker = project / "running"
    steps = ([Say("Words that were stored. "), bash(f"touch {marker}; sleep 1000")], Say("never"))
    before.execute(ask("killed", *steps, options="--permission allow"))
    before.until(marker.exists)
    before.kill()

    after = start()
    shown = after.run("%opencode /resume")
    assert "Words that were stored." in shown
    assert "Cut off" in shown
    assert "the server ended before the turn did" in shown
    assert "turn 1 of 1 of this session" in shown
    assert "Traceback" not in shown
    after.run(ask("next", Say("It goes on.")))
    assert "It goes on." in after.run("%opencode /show 2")


def test_a_turn_that_goes_on_elsewhere_is_followed_with_what_it_asks(
    start: START, project: Path, machine: Machine, start_server: StartServer
) -> None:
    server = start_server(project, password="goes-on")
    machine.env["OPENCODE_BASE_URL"] = server.url
    machine.env["OPENCODE_SERVER_PASSWORD"] = "goes-on"
    before = start()
    before.run(CONSENT)
    turn = ask("asks", [Say("May I? "), bash("touch answered")], Say("Thank you."))
    before.execute(turn, allow_stdin=True)
    with OpenCode(server.url, password="goes-on", directory=str(project)) as oc:
        before.until(oc.permission.list)
        before.kill()
        assert oc.permission.list()
        assert not (project / "answered").exists()

        after = start()
        shown = after.run("%opencode /resume", "o")
        assert oc.permission.list() == []
    assert (project / "answered").exists()
    assert "May I?" in shown
    assert "Thank you." in shown
    assert "Done" in after.run("_oc")


def test_the_first_prompt_after_a_restart_says_that_there_was_a_session(start: START) -> None:
    first = start()
    assert "earlier session" not in first.run(ask("one", Say("1")))
    first.close()
    second = start()
    assert "`/resume` goes on with it" in second.run(ask("two", Say("2")))
    assert "earlier session" not in second.run(ask("three", Say("3")))


def test_without_an_earlier_session_it_is_one_line(start: START) -> None:
    shown = start().run("%opencode /resume")
    assert "no session of" in shown
    assert "`/sessions` lists the project's" in shown
    assert "File " not in shown


def test_an_edit_of_the_open_notebook_is_warned_about_before_it_is_allowed(
    start: START, project: Path
) -> None:
    write = Call("write", {"filePath": "notebook.ipynb", "content": "{}"})
    kernel = start()
    asked = kernel.run(ask("edit", write, Say("never said")), "r")
    assert "This is the notebook you have open" in asked
    assert "Insert as cells instead" in asked
    assert not (project / "notebook.ipynb").exists()
    other = Call("write", {"filePath": "other.ipynb", "content": "{}"})
    assert "you have open" not in kernel.run(ask("edit", other, Say("never said")), "r")
