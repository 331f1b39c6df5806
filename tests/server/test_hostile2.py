"""OpenCode 2 in a hostile folder: blind to it without trust; with it, nothing happens unasked."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Call, Say, script
from opencode_magic.model.asks import PermissionRequest
from opencode_magic.policy.rules import out_of_bounds, session_rules, shell_bounds
from opencode_magic.protocol.hosting import shell_in_command
from opencode_magic.protocol.v2.bodies import rules
from opencode_magic.server.find import Executable
from opencode_magic.server.managed import ManagedServer
from opencode_magic.server.trust import survey
from tests.harness.machine import Machine
from tests.harness.processes import command_line, wait_until_dead
from tests.harness.trap import Trap

from .conftest import begin2, machine2
from .following2 import (
    Ask,
    answer_all,
    begin_session,
    follow2,
    http2,
    messages,
    never,
    once,
)
from .hostile2 import EVERYTHING, careful, lay_out, marks_of, plugin
from .shelltexts import FILE, KNOWN

PLANTED = {"above", "plugins-file", "plugin-file", "plugins-folder", "listed"}
END = [Say("done")]


@pytest.fixture(scope="module")
def trap() -> Iterator[Trap]:
    """An address nobody is to visit."""
    with Trap() as trap:
        yield trap


@dataclass(frozen=True)
class Scene:
    """A server in its hostile folder."""

    server: ManagedServer
    repo: Path
    machine: Machine

    @property
    def marks(self) -> set[str]:
        return marks_of(self.repo)


@pytest.fixture(scope="module")
def trusted(
    tmp_path_factory: pytest.TempPathFactory, executable2: Executable, model: ScriptedModel
) -> Iterator[Scene]:
    """One server in a folder that is trusted, though it allows itself everything."""
    machine = machine2(tmp_path_factory.mktemp("trusted") / "machine", model.url)
    careful(machine)
    repo = lay_out(machine)
    with begin2(machine, executable2, repo) as server:
        yield Scene(server, repo, machine)


# -- without trust ---------------------------------------------------------------------------------


def test_without_trust_nothing_of_it_runs_or_is_read(
    tmp_path: Path, executable2: Executable, model: ScriptedModel, trap: Trap
) -> None:
    machine = machine2(tmp_path / "machine", model.url)
    # The user's own switch would undo ours if that were the other of the two names.
    machine.env["OPENCODE_CONFIG_PROJECT_DISABLE"] = "0"
    machine.env["CANARY"] = "canary-of-a-variable"
    repo = lay_out(machine, reroutes=trap.url)
    with begin2(machine, executable2, repo, trusted=False) as server:
        made = follow2(
            server,
            [Call("write", {"path": "x.py", "content": "x = 1\n"})],
            [Call("shell", {"command": "true"})],
            END,
            reply=once,
        )
        with http2(server) as http:
            names = {agent["id"] for agent in http.get("/api/agent").json()["data"]}
    assert [call.status for call in made] == ["completed", "completed"]
    assert (repo / "x.py").exists()
    assert marks_of(repo) == set()
    assert trap.came == []
    assert "h" not in names


def test_what_lies_above_the_repository_is_told_and_who_may_write_there(tmp_path: Path) -> None:
    machine = machine2(tmp_path / "machine")
    repo = lay_out(machine)
    repo.parent.chmod(0o777)
    found = survey(repo, "2.0.15")
    assert found is not None
    told = "\n".join(found.lines)
    assert f"{repo.parent}/.opencode/plugins/above.js: a plugin" in told
    assert f"{repo.parent}: a folder that everybody may write" in told
    first = survey(repo, "1.18.33")
    assert first is not None
    assert "above.js" not in "\n".join(first.lines)  # a 1.x server looks no further than the root


# -- with trust ------------------------------------------------------------------------------------


def test_with_trust_it_runs_but_every_tool_asks_of_every_agent(trusted: Scene, trap: Trap) -> None:
    inside = script([Call("shell", {"command": "touch inside"})], END)
    helper = {"agent": "h", "description": "d", "prompt": inside}

    def reply(ask: Ask) -> str:
        return "once" if ask["action"] == "subagent" else "reject"

    made = follow2(
        trusted.server,
        [Call("shell", {"command": "touch outside"})],
        [Call("write", {"path": "new.txt", "content": "x"})],
        [Call("webfetch", {"url": f"{trap.url}/fetched", "format": "text"})],
        [Call("far_forecast", {"city": "Bern"})],
        [Call("subagent", helper)],
        END,
        reply=reply,
    )
    assert trusted.marks >= PLANTED  # the folder is trusted: its code runs, and may do its worst
    asked = [[action for action, _ in call.asked] for call in made]
    wanted = ["shell", "edit", "webfetch", "far_forecast", "subagent", "shell"]
    assert asked == [[action] for action in wanted]
    assert not {"outside", "inside", "new.txt"} & {path.name for path in trusted.repo.iterdir()}
    assert trap.came == []


def test_what_the_user_denies_stays_denied_and_what_asks_still_asks(trusted: Scene) -> None:
    (trusted.repo / "a").write_text("")
    (trusted.repo / ".env").write_text("secret=1")
    made = follow2(
        trusted.server,
        [Call("write", {"path": "secret/x", "content": "x"})],
        [Call("shell", {"command": "true && rm -f a"})],
        [Call("shell", {"command": "echo $(rm a)"})],
        [Call("read", {"path": ".env"})],
        [Call("read", {"path": "greet.py"})],
        END,
        reply=never,
    )
    *denied, env, plain = made
    assert [(call.status, call.asked) for call in denied] == [("error", [])] * 3
    assert [action for action, _ in env.asked] == ["read"]
    assert (plain.status, plain.asked) == ("completed", [])
    assert (trusted.repo / "a").exists()
    assert not (trusted.repo / "secret").exists()


@pytest.mark.parametrize("permissions", [[], EVERYTHING], ids=["", "session-allows"])
def test_plan_and_explore_keep_what_they_are_denied(
    trusted: Scene, permissions: list[dict[str, str]]
) -> None:
    inside = script([Call("shell", {"command": "touch explored"})], END)
    made = follow2(
        trusted.server,
        [Call("write", {"path": "planned.txt", "content": "x"})],
        [Call("subagent", {"agent": "explore", "description": "d", "prompt": inside})],
        END,
        reply=once,
        agent="plan",
        permissions=permissions,
    )
    assert [call.part["name"] for call in made] == ["write", "subagent", "shell"]
    written, _, shell = made
    assert (written.status, written.asked) == ("error", [])
    assert (shell.status, shell.asked) == ("error", [])
    assert not {"planned.txt", "explored"} & {path.name for path in trusted.repo.iterdir()}


def test_code_of_the_models_own_runs_nowhere(trusted: Scene, trap: Trap) -> None:
    elsewhere = trusted.machine.folder("elsewhere", {})
    code = plugin(trusted.repo.parent / "marks", "elsewhere")
    (elsewhere / ".opencode/plugins").mkdir(parents=True)
    (elsewhere / ".opencode/plugins/e.js").write_text(code)
    move = f"await tools.opencode.session_move({{directory: {json.dumps(str(elsewhere))}}})"
    made = follow2(
        trusted.server,
        [Call("execute", {"code": f"await fetch({json.dumps(trap.url)})"})],
        [Call("execute", {"code": move})],
        END,
        reply=once,
        permissions=EVERYTHING,
    )
    assert [call.status for call in made] == ["error", "error"]
    assert trap.came == []
    assert "elsewhere" not in trusted.marks


def test_what_a_command_runs_of_itself_is_known_before_it_is_sent(trusted: Scene) -> None:
    """It would run when the command is used, unasked; see `check_template`."""
    mark = trusted.repo.parent / "marks/bang"
    with trusted.server.client() as client:
        assert shell_in_command(client, "c") == (f"touch {mark}",)
        assert shell_in_command(client, "inline") == ("id -u", "id -g")
        assert shell_in_command(client, "init") == ()
        assert not mark.exists()
        with http2(trusted.server) as http:  # it is no idle fear
            session = begin_session(http, trusted.server)
            said = {"name": "c", "text": ""}
            http.post(f"/api/session/{session}/command", json=said).raise_for_status()
    assert mark.exists()


def with_rules_of(scene: Scene, agent: str) -> list[dict[str, str]]:
    """The rules that a session of that agent gets from us, as the server spells them."""
    with scene.server.client() as client:
        (found,) = (each for each in client.agents() if each.name == agent)
    return rules(session_rules(found, allow_task=True, allow_code=False))


def test_rules_that_deny_all_commands_but_some_ask_about_those_and_deny_the_rest(
    trusted: Scene,
) -> None:
    own = with_rules_of(trusted, "gitonly")
    made = follow2(
        trusted.server,
        [Call("shell", {"command": "git status"})],
        [Call("shell", {"command": "touch by-git"})],
        [Call("shell", {"command": "git status && touch by-git"})],
        [Call("shell", {"command": "> by-git"})],
        END,
        agent="gitonly",
        permissions=own,
    )
    git, touch, both, bare = made
    assert [action for action, _ in git.asked] == ["shell"]
    assert [(call.status, call.asked) for call in (touch, both)] == [("error", [])] * 2
    # The kernel refuses it: what is asked is no command that the rules let through.
    assert [action for action, _ in bare.asked] == ["shell"]
    with trusted.server.client() as client:
        bounds = shell_bounds(client.agents())
    asked = PermissionRequest("p", "s", "bash", patterns=[":"], metadata={"command": "> by-git"})
    assert out_of_bounds(asked, "gitonly", bounds)
    assert not (trusted.repo / "by-git").exists()


def test_a_tool_of_a_plugin_which_asks_nobody_does_not_run(trusted: Scene) -> None:
    (made,) = follow2(trusted.server, [Call("paint", {})], END, reply=once)
    assert made.status == "error"
    assert "may be a tool of a plugin" in made.said
    assert "own-tool" not in trusted.marks


def test_no_tool_or_program_sees_the_password_or_the_configuration(trusted: Scene) -> None:
    made = follow2(
        trusted.server,
        [Call("shell", {"command": "env; echo end"})],
        [Call("write", {"path": "formatted.py", "content": "x=1\n"})],
        END,
        reply=once,
    )
    said = made[0].said
    assert "end" in said
    for private in (trusted.server.password, "OPENCODE_CONFIG_CONTENT", "npm_config_fetch_timeout"):
        assert private not in said
    marks = trusted.repo.parent / "marks"
    for name in ("mcp", "formatter"):
        told = (marks / name).read_text()
        assert "PATH=" in told
        assert trusted.server.password not in told
    log = (trusted.machine.home / ".local/share/opencode/log").rglob("*")
    texts = [path.read_text("utf-8", "replace") for path in log if path.is_file()]
    assert not any(trusted.server.password in text for text in texts)


def test_an_always_of_another_client_is_asked_again(trusted: Scene) -> None:
    call = [Call("shell", {"command": "echo al"})]
    (first,) = follow2(trusted.server, call, END, reply=lambda _: "always")
    (second,) = follow2(trusted.server, call, END, reply=once)
    assert len(first.asked) == len(second.asked) == 1


TEXTS = [text for text in KNOWN if text.count("\n") < 2 and "''" not in text][:22]


def test_no_shell_text_runs_before_a_question_about_it(trusted: Scene) -> None:
    files = [f"shell-text-{n}" for n in range(len(TEXTS))]
    steps = [
        [Call("shell", {"command": text.replace(FILE, file)})]
        for text, file in zip(TEXTS, files, strict=True)
    ]
    made = follow2(trusted.server, *steps, END, reply=never)
    unasked = [call.part["state"]["input"] for call in made if not call.asked]
    assert unasked == []
    assert not [file for file in files if (trusted.repo / file).exists()]
    # The model's text is kept as it was written: the line of the guard is no part of it.
    assert [call.part["state"]["input"]["command"] for call in made] == [
        step[0].arguments["command"] for step in steps
    ]


def test_where_the_user_denies_the_shell_no_text_runs_or_asks(trusted: Scene) -> None:
    files = [f"denied-text-{n}" for n in range(len(TEXTS))]
    steps = [
        [Call("shell", {"command": text.replace(FILE, file)})]
        for text, file in zip(TEXTS, files, strict=True)
    ]
    made = follow2(trusted.server, *steps, END, reply=once, agent="strict")
    assert {(call.status, len(call.asked)) for call in made} == {("error", 0)}
    assert not [file for file in files if (trusted.repo / file).exists()]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere its processes are not found")
def test_a_stopped_command_leaves_nothing_running_that_has_left_its_group(trusted: Scene) -> None:
    sleeps = {"sleep 2001", "sleep 2002"}

    def running() -> list[psutil.Process]:
        below = psutil.Process(trusted.server.pid).parent()
        assert below is not None
        return [p for p in below.children(recursive=True) if command_line(p) in sleeps]

    with http2(trusted.server) as http:
        session = begin_session(http, trusted.server)
        command = "setsid sleep 2001 & sleep 2002"
        said = {"text": script([Call("shell", {"command": command})], END)}
        http.post(f"/api/session/{session}/prompt", json=said).raise_for_status()
        until = time.monotonic() + 30
        while len(found := running()) < 2:
            assert time.monotonic() < until
            answer_all(http, trusted.server, once, [])
        http.post(f"/api/session/{session}/interrupt").raise_for_status()
    wait_until_dead(found)


def test_a_command_of_the_users_own_stays_as_it_is(trusted: Scene) -> None:
    with http2(trusted.server) as http:
        session = begin_session(http, trusted.server)
        http.post(f"/api/session/{session}/shell", json={"command": "> mine; env"})
        (kept,) = [m for m in messages(http, session) if m["type"] == "shell"]
    assert kept["command"] == "> mine; env"
    assert (trusted.repo / "mine").exists()
    assert "OPENCODE_CONFIG_CONTENT" not in kept["output"]["output"]


def test_what_appears_in_the_folder_later_is_not_loaded(trusted: Scene) -> None:
    late = trusted.repo / ".opencode/plugins/late.js"
    late.write_text(plugin(trusted.repo.parent / "marks", "late"))
    try:
        follow2(trusted.server, [Call("read", {"path": "greet.py"})], END)
        assert "late" not in trusted.marks
    finally:
        late.unlink()


def test_while_its_configuration_is_loaded_again_nothing_is_allowed(trusted: Scene) -> None:
    """For a moment the guard is not there: then the rules of the session itself ask.

    The last of these tests: the folder is read again, with all that has come since.
    """
    own = with_rules_of(trusted, "build")
    asked = {"action": "shell", "resources": ["touch x"], "agent": "build"}
    effects: Counter[str] = Counter()
    with http2(trusted.server) as http, ThreadPoolExecutor(1) as other:
        session = begin_session(http, trusted.server, permissions=own)
        for _ in range(3):
            reload = other.submit(
                httpx.post,
                f"{trusted.server.url}/api/location/reload",
                json={},
                auth=http.auth,
                timeout=60,
                trust_env=False,
            )
            while not reload.done():
                said = http.post(f"/api/session/{session}/permission", json=asked)
                effects[said.json()["data"]["effect"] if said.is_success else "no answer"] += 1
        http.delete(f"/api/session/{session}")
    assert effects["ask"]
    assert not effects["allow"], effects
