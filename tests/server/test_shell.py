"""No shell text runs on a guarded server before a question has named it, whatever it is made of."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from opencode_magic import OpenCode
from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Call, Say, script
from opencode_magic.errors import UnguardedError
from opencode_magic.model.asks import PermissionRequest
from opencode_magic.model.messages import ToolPart
from opencode_magic.server import guard1
from opencode_magic.server.find import Executable
from opencode_magic.server.managed import ManagedServer
from opencode_magic.server.start import start
from tests.harness.machine import Machine, make_machine

from .conftest import Start, add_config
from .shelltexts import FILE, KNOWN, POSIX, make

# A tool of a plugin: it asks nobody.
PAINTS = """\
import fs from "node:fs"
import path from "node:path"
const execute = async (_, { directory }) => {
  fs.writeFileSync(path.join(directory, "painted"), "")
  return "painted"
}
export default { description: "paints", args: {}, execute }
"""
OURS = ": # opencode_magic\n"


@pytest.fixture(scope="module")
def machine_here(
    tmp_path_factory: pytest.TempPathFactory, executable: Executable, model: ScriptedModel
) -> Machine:
    root = tmp_path_factory.mktemp("shell") / "machine"
    machine = make_machine(root, opencode=executable.path, model_url=model.url)
    tool = machine.opencode_config.parent / "tool" / "paint.js"
    tool.parent.mkdir()
    tool.write_text(PAINTS)
    return machine


@pytest.fixture(scope="module")
def server(machine_here: Machine, executable: Executable) -> Iterator[ManagedServer]:
    """One server for all folders of these tests."""
    with start(
        machine_here.project(),
        executable=executable,
        trusted=True,
        progress=lambda _: None,
        environ=machine_here.env,
    ) as server:
        yield server


class Turn:
    """A turn in which the model gives the shell all these texts at once."""

    def __init__(self, http: httpx.Client, oc: OpenCode, calls: list[Call], agent: str) -> None:
        self._http, self._oc = http, oc
        self.session: str = http.post("/session", json={"title": "t"}).json()["id"]
        said = {"agent": agent, "parts": [{"type": "text", "text": script(calls, Say("done"))}]}
        http.post(f"/session/{self.session}/prompt_async", json=said).raise_for_status()

    def asked(self, count: int) -> list[PermissionRequest]:
        """What is asked, once as many questions wait, or the turn has ended without them."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            for ask in (waiting := self._oc.permission.list()):
                if ask.permission == "task":
                    self._oc.permission.reply(ask.id, "once")
            found = [ask for ask in waiting if ask.permission == "bash"]
            if len(found) >= count or self.ended:
                return found
            time.sleep(0.05)
        raise TimeoutError(f"{len(found)} of {count} questions came")

    def allow(self) -> None:
        """Answer once to all, and wait for the end."""
        until = time.monotonic() + 60
        while not self.ended:
            assert time.monotonic() < until
            for ask in self._oc.permission.list():
                self._oc.permission.reply(ask.id, "once")
            time.sleep(0.05)

    def refuse(self) -> None:
        """Refuse all: the turn ends by it."""
        for ask in self._oc.permission.list():
            self._http.post(f"/permission/{ask.id}/reply", json={"reply": "reject"})
        self.allow()

    @property
    def ended(self) -> bool:
        # In this order: a turn that has an answer and does not run any more has ended.
        messages = self._http.get(f"/session/{self.session}/message").json()
        busy = self._http.get("/session/status").json()
        return self.session not in busy and len(messages) > 1

    def commands(self) -> list[str]:
        """The shell texts of the record, as our client reads it."""
        parts = [p for m in self._oc.session.messages(self.session) for p in m.parts]
        return [
            p.state.input["command"] for p in parts if isinstance(p, ToolPart) and p.tool == "bash"
        ]

    def states(self) -> list[dict[str, Any]]:
        """What became of the calls, as the server has it."""
        messages = self._http.get(f"/session/{self.session}/message").json()
        return [p["state"] for m in messages for p in m["parts"] if p["type"] == "tool"]


@contextmanager
def turn(
    server: ManagedServer,
    texts: Sequence[str | Call],
    folder: Path | None = None,
    agent: str = "build",
) -> Iterator[Turn]:
    calls = [Call("bash", {"command": text, "description": "d"}) if isinstance(text, str) else text
             for text in texts]  # fmt: skip
    where = str(folder or server.directory)
    login = (server.username, server.password)
    with (
        httpx.Client(base_url=server.url, auth=login, params={"directory": where}, timeout=60,
                     trust_env=False) as http,
        OpenCode(server.url, username=login[0], password=login[1], directory=where) as oc,
    ):  # fmt: skip
        oc.probe()
        yield Turn(http, oc, calls, agent)


def check(server: ManagedServer, texts: dict[str, str], folder: Path) -> None:
    """Each text is asked about, as a whole; nothing happens before; then each does what it does."""
    with turn(server, list(texts.values()), folder) as running:
        asked = running.asked(len(texts))
        assert sorted(ask.metadata["command"] for ask in asked) == sorted(texts.values())
        assert not [name for name in texts if (folder / name).exists()]
        assert not [ask for ask in asked if ask.patterns[:1] == [":"] or ": *" in ask.always]
        running.allow()
        assert sorted(running.commands()) == sorted(texts.values())
    assert [text for name, text in texts.items() if not (folder / name).exists()] == []


def named(texts: tuple[str, ...], prefix: str) -> dict[str, str]:
    """The texts by the name of the file each makes."""
    names = [f"{prefix}{number}" for number in range(len(texts))]
    return {name: text.replace(FILE, name) for name, text in zip(names, texts, strict=True)}


def test_a_text_without_a_command_is_asked_about_and_runs_as_it_was_written(
    server: ManagedServer, model: ScriptedModel
) -> None:
    texts = named(KNOWN, "known")
    check(server, texts, server.directory)
    seen = [c["function"]["arguments"] for m in model.requests[-1].messages
            for c in m.get("tool_calls", [])]  # fmt: skip
    assert sorted(json.loads(text)["command"] for text in seen) == sorted(texts.values())


def test_so_is_any_other_that_a_grammar_makes(
    server: ManagedServer, rng: random.Random, rounds: int
) -> None:
    names = [f"made{number}" for number in range(rounds)]
    check(server, {name: make(rng, name) for name in names}, server.directory)


@pytest.mark.long
def test_so_are_many_more(server: ManagedServer, rng: random.Random) -> None:
    for batch in range(5):
        names = [f"many{batch}-{number}" for number in range(40)]
        check(server, {name: make(rng, name) for name in names}, server.directory)


def test_so_it_is_where_the_configuration_names_another_shell(
    server: ManagedServer, machine_here: Machine, rng: random.Random
) -> None:
    folder = machine_here.project("posix")
    add_config(folder / "opencode.json", shell="/bin/sh")
    texts = named(POSIX, "known") | {f"made{n}": make(rng, f"made{n}", POSIX) for n in range(8)}
    check(server, texts, folder)


def test_out_of_the_project_too(server: ManagedServer) -> None:
    check(server, {"../outside": "> ../outside"}, server.directory)


def test_an_agent_that_should_only_look_asks_too(server: ManagedServer) -> None:
    texts = named(KNOWN[:12], "plan")
    with turn(server, list(texts.values()), agent="plan") as running:
        assert len(running.asked(len(texts))) == len(texts)
        running.refuse()
    assert not list(server.directory.glob("plan[0-9]*"))


def test_a_subagent_asks_too(server: ManagedServer) -> None:
    inner = script(Call("bash", {"command": "> sub", "description": "d"}), Say("done"))
    task = {"description": "d", "prompt": inner, "subagent_type": "explore"}
    with turn(server, [Call("task", task)]) as running:
        [ask] = running.asked(1)
        assert (ask.metadata["command"], ask.patterns) == ("> sub", [])
        assert not (server.directory / "sub").exists()
        running.allow()
    assert (server.directory / "sub").exists()


def test_where_all_is_denied_it_stays_denied(server: ManagedServer, machine_here: Machine) -> None:
    folder = machine_here.project("denied")
    add_config(folder / "opencode.json", permission={"bash": {"git *": "allow", "*": "deny"}})
    with turn(server, ["> f1", "git status > f2"], folder) as running:
        assert running.asked(1) == []
    assert not list(folder.glob("f[0-9]*"))


def test_where_some_is_allowed_all_is_asked_and_a_deny_stays_one(
    server: ManagedServer, machine_here: Machine
) -> None:
    folder = machine_here.project("bounded")
    add_config(folder / "opencode.json", permission={"bash": {"*": "deny", "git *": "allow"}})
    texts = ["git status", "> f1", "touch f2", "git status > f3; touch f4"]
    with turn(server, texts, folder) as running:
        assert sorted(ask.metadata["command"] for ask in running.asked(2)) == ["> f1", "git status"]
        running.refuse()
    assert not list(folder.glob("f[0-9]"))


def test_what_another_client_always_allows_does_not_let_the_rest_run(
    server: ManagedServer, machine_here: Machine
) -> None:
    folder = machine_here.project("always")
    with turn(server, ["echo hi"], folder) as running:
        [ask] = running.asked(1)
        running._http.post(f"/permission/{ask.id}/reply", json={"reply": "always"})
        running.allow()
    with turn(server, ["> later", "echo hi > later"], folder) as running:
        running.allow()
        assert [state["status"] for state in running.states()] == ["error", "error"]
        assert "nobody was asked about this command" in str(running.states())
    assert not (folder / "later").exists()


def test_a_tool_of_a_plugin_runs_where_the_rules_name_it(
    server: ManagedServer, machine_here: Machine
) -> None:
    for name, rules in {"unnamed": {}, "named": {"paint": "allow"}}.items():
        folder = machine_here.project(f"plugin-{name}")
        add_config(folder / "opencode.json", permission=rules)
        with turn(server, [Call("paint", {})], folder) as running:
            running.allow()
            states = str(running.states())
        assert (folder / "painted").exists() is (name == "named"), states
        assert ("would act without asking" in states) is (name == "unnamed")


def test_the_line_of_the_guard_is_nobody_elses(server: ManagedServer) -> None:
    with turn(server, [f"{OURS}> f"]) as running:
        assert running.asked(1) == []
        assert "cannot begin with the line of the guard" in str(running.states())
    assert not (server.directory / "f").exists()


def test_a_command_of_the_users_own_stays_as_it_is(server: ManagedServer) -> None:
    login = (server.username, server.password)
    with httpx.Client(base_url=server.url, auth=login, timeout=60, trust_env=False) as http:
        session = http.post("/session", json={"title": "t"}).json()["id"]
        said = {"agent": "build", "command": "> mine"}
        done = http.post(f"/session/{session}/shell", json=said).json()
    assert done["parts"][0]["state"]["input"] == {"command": "> mine"}
    assert (server.directory / "mine").exists()


def test_a_server_that_does_not_ask_is_not_used(
    offline: Machine, start_managed: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in guard1.SCRIPT.parent.glob("*.js"):
        text = file.read_text("utf-8").replace("shell.begin(input, output)", "")
        (tmp_path / file.name).write_text(text, "utf-8")
    monkeypatch.setattr(guard1, "SCRIPT", tmp_path / "guard.js")
    with pytest.raises(UnguardedError, match="nobody was asked about"):
        start_managed(offline.project())
