"""What a stopped command has started ends with it, on a real server; what goes on is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from opencode_magic import OpenCode
from opencode_magic.app import turn as turns
from opencode_magic.app.aftermath import still_running
from opencode_magic.app.app import App
from opencode_magic.app.links import Link
from opencode_magic.app.options import Options
from opencode_magic.app.place import Place
from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Call, Say, script
from opencode_magic.live.surface import Action, Stop
from opencode_magic.model.asks import PermissionRequest
from opencode_magic.model.prompt import Prompt
from opencode_magic.model.transcript import Transcript
from opencode_magic.server.find import Executable
from opencode_magic.server.guard import MARK_VARIABLE
from opencode_magic.server.managed import ManagedServer
from opencode_magic.server.start import start
from opencode_magic.turns.run import TurnRun
from opencode_magic.turns.turn import Turn
from tests.harness.machine import MODEL_ID, make_machine
from tests.harness.processes import alive, command_line, descendants, wait_until_dead
from tests.served.test_interrupts import Configured, Nowhere

DAEMON = """\
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep({0})
    os._exit(0)
"""
# Each leaves the command's group of processes, resists, or both; `{0}` is how it is found again.
WAYS_OUT = {
    "a session of its own": "setsid sleep {0} &",
    "nohup": "nohup sleep {0} >/dev/null 2>&1 &",
    "a subshell": "(sleep {0} &)",
    "a double fork": "(setsid bash -c 'sleep {0} & disown' &)",
    "disowned": "sleep {0} & disown",
    "no ear for signals": "setsid bash -c 'trap \"\" TERM INT HUP; while :; do sleep {0}; done' &",
    "stopped": "setsid bash -c 'kill -STOP $$; sleep {0}' &",
    "a daemon in Python": f"python3 -c '{DAEMON}' &",
}


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, executable: Executable, model: ScriptedModel
) -> Iterator[ManagedServer]:
    root = tmp_path_factory.mktemp("stopped") / "machine"
    machine = make_machine(root, opencode=executable.path, model_url=model.url)
    machine.env[MARK_VARIABLE] = "a call of a server outside"
    options = {"progress": lambda _: None, "environ": machine.env, "trusted": True}
    with start(machine.project(), executable=executable, **options) as server:  # type: ignore[arg-type]
        yield server


@pytest.fixture
def link(server: ManagedServer) -> Iterator[Link]:
    client = OpenCode(server.url, password=server.password, directory=str(server.directory))
    with client:
        yield Link(client, server.version, server)
    for process in below(server):
        process.kill()


def below(server: ManagedServer) -> list[psutil.Process]:
    """What runs below the server's supervisor, the server itself left out."""
    found = descendants(psutil.Process(server.pid).ppid())
    return [process for process in alive(found) if process.pid != server.pid]


def naming(server: ManagedServer, *words: str) -> set[str]:
    """The words that stand in the command line of something that runs there."""
    lines = [command_line(process) for process in below(server)]
    return {word for word in words if any(word in line for line in lines)}


def turn(link: Link, prompt: Prompt, until: Callable[[TurnRun], bool] = lambda _: False) -> Turn:
    """A turn to its end; it is stopped as soon as `until` says so. Whatever is asked is allowed."""
    session = link.client.session.create(title="t")
    stopped = False
    with TurnRun(link.client, session, prompt) as run:
        while not run.done:
            for ask in run.step(0.05).asks:
                assert isinstance(ask, PermissionRequest)
                run.answer(ask, "once")
            if not stopped and until(run):
                stopped = True
                run.abort()
        return run.settle()


class Stopping(Nowhere):
    """A surface whose Stop is clicked as soon as something has happened."""

    def __init__(self, happened: Callable[[object], bool]) -> None:
        self._happened = happened
        self._clicked = False

    def actions(self, timeout_s: float) -> list[Action]:
        if self._clicked or not self._happened(self):
            return []
        self._clicked = True
        return [Stop()]


def in_a_cell(link: Link, prompt: Prompt, until: Callable[[object], bool]) -> Turn:
    """A turn as a cell makes it; Stop is clicked as soon as `until` says so."""
    assert link.managed is not None
    app = App(Configured(""), Place(link.managed.directory, ""))
    app.servers._link = link
    return turns.ask(app, prompt, Options(permission="allow"), Stopping(until), [])


def scripted(*steps: Call | Say) -> Prompt:
    return Prompt(script(*steps), "text", MODEL_ID, "build")


def shell(command: str, **more: object) -> Call:
    return Call("bash", {"command": command, "description": "d", **more})


def escaping(*numbers: str) -> str:
    """A command that starts something by every way out, and then waits."""
    started = "\n".join(
        way.replace("{0}", number) for number, way in zip(numbers, WAYS_OUT.values(), strict=True)
    )
    return f"{started}\ntrap '' TERM INT HUP\nwhile :; do sleep 0.3; done"


def numbers(begin: int) -> list[str]:
    """A time to sleep for every way out, by which its process is found."""
    return [f"{begin + n}.25" for n in range(len(WAYS_OUT))]


def all_run(server: ManagedServer, wanted: list[str]) -> Callable[[object], bool]:
    # What stops itself never gets to its `sleep`: its number is in its own command line.
    return lambda _: naming(server, *wanted) == set(wanted)


def test_what_an_aborted_command_has_started_is_ended(server: ManagedServer, link: Link) -> None:
    ours = numbers(4100)
    prompt = scripted(shell(escaping(*ours)), Say("done"))
    stopped = turn(link, prompt, all_run(server, ours))
    assert stopped.state == "stopped"
    assert still_running(link, stopped) == ()
    wait_until_dead(below(server))


def test_what_a_subagents_aborted_command_has_started_is_ended(
    server: ManagedServer, link: Link
) -> None:
    inner = script(shell("setsid sleep 4201.25 & sleep 4202.25"), Say("done"))
    task = {"description": "d", "prompt": inner, "subagent_type": "general"}
    prompt = scripted(Call("task", task), Say("done"))
    stopped = turn(link, prompt, all_run(server, ["4201.25", "4202.25"]))
    assert still_running(link, stopped) == ()
    wait_until_dead(below(server))


def test_what_a_stopped_command_of_the_users_has_started_is_ended(
    server: ManagedServer, link: Link
) -> None:
    prompt = Prompt("setsid sleep 4301.25 & sleep 4302.25", "shell", agent="build")
    stopped = turn(link, prompt, all_run(server, ["4301.25", "4302.25"]))
    assert still_running(link, stopped) == ()
    wait_until_dead(below(server))


def test_a_command_that_ran_out_of_time_ends_with_all_it_has_started(
    server: ManagedServer, link: Link
) -> None:
    # The first holds the output of its command, which never ended because of it.
    commands = (
        "setsid sleep 4401.25 & sleep 4402.25",
        "setsid sleep 4403.25 >&- 2>&- & sleep 4404",
    )
    prompt = scripted(*(shell(command, timeout=500) for command in commands), Say("done"))
    done = turn(link, prompt)
    assert done.state == "completed"
    outputs = [part.state.output for part in done.tools]
    assert ["exceeding timeout 500 ms" in output for output in outputs] == [True, True]
    assert still_running(link, done) == ()
    wait_until_dead(below(server))


def test_what_was_left_running_on_purpose_goes_on_and_is_named(
    server: ManagedServer, link: Link
) -> None:
    left = scripted(shell("setsid sleep 4501.25 >/dev/null 2>&1 & echo started"), Say("done"))
    assert still_running(link, turn(link, left)) == ()
    prompt = scripted(
        shell("setsid sleep 4502.25 >/dev/null 2>&1 & echo started"),
        shell("setsid sleep 4503.25 & sleep 4504.25"),
        Say("done"),
    )
    note = in_a_cell(link, prompt, all_run(server, ["4503.25", "4504.25"])).notes[-1]
    for number in ("4501.25", "4502.25"):
        (process,) = (p for p in below(server) if number in command_line(p))
        assert f"`sleep {number}` (process {process.pid})" in note
    assert "left by a command that had ended by itself" in note
    assert naming(server, "4501.25", "4502.25", "4503.25", "4504.25") == {"4501.25", "4502.25"}


def test_what_has_lost_its_mark_or_cannot_be_seen_is_told_as_possible(
    server: ManagedServer, link: Link
) -> None:
    prompt = scripted(shell("env -i setsid sleep 4601.25 & sleep 4602.25"), Say("done"))
    stopped = turn(link, prompt, all_run(server, ["4601.25", "4602.25"]))
    (note,) = still_running(link, stopped)
    assert note.startswith("still running, perhaps started by this turn: `sleep 4601.25`")
    (note,) = still_running(replace(link, managed=None), stopped)
    assert "may go on: it is on a server we do not manage" in note


def test_where_nothing_was_stopped_nothing_is_said(link: Link, tmp_path: Path) -> None:
    assert still_running(link, Turn("ses_x", "p", Transcript("ses_x"))) == ()
    assert still_running(None, Turn("ses_x", "p", Transcript("ses_x"), state="stopped")) == ()


def test_no_mark_of_the_kernels_own_surroundings_gets_to_the_server(server: ManagedServer) -> None:
    assert MARK_VARIABLE not in psutil.Process(server.pid).environ()
