"""A managed server of OpenCode 2: behind a password, guarded, and refused where it is not."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from opencode_magic.errors import InputError, StartError, UnguardedError
from opencode_magic.model.agents import Agent
from opencode_magic.protocol.hosting import SECOND, proving
from opencode_magic.protocol.versions import PINS
from opencode_magic.server import guard2
from opencode_magic.server.find import Executable
from opencode_magic.server.guard2 import Guard2
from opencode_magic.server.managed import ManagedServer
from tests.harness.machine import Machine
from tests.harness.server import PlainServer

from .conftest import begin2, machine2
from .following2 import http2
from .hostile2 import EVERYTHING, plugin

PIN = PINS[2].version


@pytest.fixture(scope="module")
def shared(
    tmp_path_factory: pytest.TempPathFactory, executable2: Executable
) -> Iterator[tuple[ManagedServer, Machine]]:
    """A server as it is without any settings, in a folder that brings nothing."""
    machine = machine2(tmp_path_factory.mktemp("shared2") / "machine")
    with begin2(machine, executable2, machine.project()) as server:
        yield server, machine


Shared = tuple[ManagedServer, Machine]


def test_it_answers_only_to_its_password(shared: Shared) -> None:
    server, _ = shared
    assert server.version == PIN
    assert server.url.startswith("http://127.0.0.1:")
    for auth in (None, ("opencode", "wrong")):
        found = httpx.get(f"{server.url}/api/session", auth=auth, trust_env=False)
        assert found.status_code == 401
    with http2(server) as http:
        assert http.get("/api/session").json()["data"] == []  # what was tried in is gone
        pending = http.get("/api/permission/request").json()
        assert pending["data"] == []
        documents = http.get("/api/config").json()
    assert documents[-1]["info"]["share"] == "disabled"


def test_the_password_shows_nowhere(shared: Shared) -> None:
    server, machine = shared
    assert server.password not in repr(server)
    assert server.password not in server.process.tail(1000)
    for process in (psutil.Process(server.pid), psutil.Process(server.pid).parent()):
        assert process is not None
        assert server.password not in " ".join(process.cmdline())
    files = [path for path in machine.root.rglob("*") if path.is_file() and path.suffix != ".db"]
    assert not any(server.password.encode() in path.read_bytes() for path in files)


def test_the_data_folder_it_makes_is_closed_to_others(shared: Shared) -> None:
    _, machine = shared
    folder = machine.home / ".local/share/opencode"
    assert (folder / "opencode.db").exists()
    assert folder.stat().st_mode & 0o077 == 0
    assert SECOND.check_data(machine.env).says == ""


def test_a_guard_that_does_not_know_our_word_is_none_of_ours(shared: Shared) -> None:
    server, _ = shared
    with server.client() as client:
        assert not server.guard.lost(client, [])
        assert not proving.guard_answers(client, "another word")


def test_stopping_leaves_nothing(executable2: Executable, offline2: Machine) -> None:
    server = begin2(offline2, executable2, offline2.project(), trusted=False)
    supervisor = psutil.Process(server.pid).parent()
    assert supervisor is not None
    scratch = server.guard.scratch
    server.stop()
    assert not psutil.pid_exists(server.pid)
    assert not supervisor.is_running()
    assert not scratch.exists()


# -- a guard that is not there, or does not ask --------------------------------------------------


@pytest.fixture
def guard_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the guard, which a test may spoil."""
    copy = tmp_path / "plugin2"
    shutil.copytree(guard2.PLUGIN, copy)
    monkeypatch.setattr(guard2, "PLUGIN", copy)
    monkeypatch.setattr(guard2, "SETTLED_S", 0.5)
    return copy


def spoil(file: Path, text: str, by: str) -> None:
    before = file.read_text("utf-8")
    assert text in before
    file.write_text(before.replace(text, by), "utf-8")


def refused(machine: Machine, executable: Executable, words: str) -> None:
    """Expect that no server comes of it, and that none stays."""
    before = set(psutil.Process().children())
    with pytest.raises(UnguardedError, match=words):
        begin2(machine, executable, machine.project())
    assert set(psutil.Process().children()) <= before


def test_a_guard_that_fails_is_noticed(
    guard_files: Path, executable2: Executable, offline2: Machine
) -> None:
    spoil(guard_files / "index.js", "setup: async (ctx) => {", "setup: async (ctx) => { throw 1;")
    refused(offline2, executable2, "guard plugin is not active")


def test_a_guard_that_is_passed_over_is_noticed(
    guard_files: Path, executable2: Executable, offline2: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay = Guard2.lay

    def as_a_file(guard: Guard2) -> dict[str, str]:
        env = lay(guard)
        guard.plugin += "/index.js"
        return env

    monkeypatch.setattr(Guard2, "lay", as_a_file)
    refused(offline2, executable2, "guard plugin is not active")


def test_a_guard_that_lets_things_pass_is_noticed(
    guard_files: Path, executable2: Executable, offline2: Machine
) -> None:
    spoil(guard_files / "index.js", 'asked.effect = "ask"\n      }\n    })', "}\n    })")
    refused(offline2, executable2, r"agent build may do unasked: (bash|edit)")


def test_a_guard_that_sees_no_shell_is_noticed(
    guard_files: Path, executable2: Executable, offline2: Machine
) -> None:
    spoil(guard_files / "index.js", 'hook("create.before", (started) => {', 'hook("none", () => {')
    refused(offline2, executable2, "does not see the shells")


def test_a_plugin_with_the_id_of_the_guard_does_not_take_its_place(
    guard_files: Path, executable2: Executable, offline2: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a former id would be known; the one in use is random."""
    monkeypatch.setattr("secrets.token_hex", lambda _: "known")
    project = offline2.project()
    (project / "opencode.json").write_text(json.dumps({"permissions": EVERYTHING}))
    twin = project / ".opencode/plugins/g.js"
    twin.parent.mkdir(parents=True)
    twin.write_text(plugin(offline2.root, "twin").replace('id: "twin"', 'id: "guard-known"'))
    with pytest.raises(UnguardedError, match="guard plugin is not active"):
        begin2(offline2, executable2, project)
    assert (offline2.root / "twin").exists()


def test_no_agent_yet_does_not_mean_that_none_may_do_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Waiting:
        def sleep(self, _: float) -> None:
            waited.append(None)

    waited: list[None] = []
    build = Agent("build")
    agents, plugins = iter([[], [], [build], [build]]), iter([{}, {}, {}, {"x": True}])
    monkeypatch.setattr(proving, "agents", lambda _: next(agents))
    monkeypatch.setattr(proving, "plugins", lambda _: next(plugins))
    monkeypatch.setattr(proving, "guard_answers", lambda *_: True)
    guard = Guard2(tmp_path, tmp_path, {}, project_config=True, users=None, briefly=False)
    guard.lay()
    assert guard._loaded(Waiting()) == [build]
    assert len(waited) == 3


# -- the data of another major -------------------------------------------------------------------


def test_a_first_start_over_the_data_of_1x_is_the_users_to_decide(
    opencode_executable: Path, executable2: Executable, offline2: Machine
) -> None:
    PlainServer(opencode_executable, offline2, offline2.project("before")).stop()
    data = offline2.home / ".local/share/opencode"
    (data / "auth.json").write_text('{"anthropic": {"type": "api", "key": "sk-of-the-user"}}')
    (data / "auth.json").chmod(0o600)
    before = {path.name for path in data.iterdir()}
    note = SECOND.check_data(offline2.env)
    for told in (str(data), "auth.json", "for good", "others on this machine may read"):
        assert told in note.asks
    with pytest.raises(StartError, match="accept_migration = True") as caught:
        begin2(offline2, executable2, offline2.project())
    assert "\n" not in str(caught.value)
    assert {path.name for path in data.iterdir()} == before
    with begin2(offline2, executable2, offline2.project("again"), migrate=True):
        pass
    after = SECOND.check_data(offline2.env)
    assert after.asks == ""
    assert "opencode-magic doctor --fix" in after.says  # the folder was there, and stands open
    # What was asked about is what happens: the key lies in a file that all can read.
    database = data / "opencode.db"
    kept = b"".join(path.read_bytes() for path in data.glob("opencode.db*"))
    assert b"sk-of-the-user" in kept
    assert database.stat().st_mode & 0o044 == 0o044


@pytest.mark.parametrize(("table", "asks"), [("session", True), ("session_v2", False)])
def test_a_database_tells_by_whom_it_was_made(tmp_path: Path, table: str, asks: bool) -> None:
    data = tmp_path / "opencode"
    data.mkdir(mode=0o700)
    with closing(sqlite3.connect(data / "opencode.db")) as database:
        database.execute(f"create table {table} (id text)")
        database.commit()
    note = SECOND.check_data({"XDG_DATA_HOME": str(tmp_path)})
    assert bool(note.asks) is asks
    assert note.says == ""
    assert sorted(path.name for path in data.iterdir()) == ["opencode.db"]


def test_a_damaged_database_is_asked_about(tmp_path: Path) -> None:
    (tmp_path / "opencode").mkdir()
    (tmp_path / "opencode/opencode.db").write_text("no database")
    assert SECOND.check_data({"XDG_DATA_HOME": str(tmp_path)}).asks


# -- how it is told what to do -------------------------------------------------------------------


def test_both_switches_keep_it_from_a_folder_and_what_the_user_has_set_is_dropped() -> None:
    mine = {
        "OPENCODE_CONFIG_PROJECT_DISABLE": "0",
        "OPENCODE_DISABLE_PROJECT_CONFIG": "0",
        "OPENCODE_PASSWORD": "mine",
        "OPENCODE_SERVER_PASSWORD": "mine",
        "OPENCODE_PTY_HANDOFF": "1",
        "OPENCODE_SIMULATE": "1",
        "OPENCODE_DISABLE_FILEWATCHER": "0",
        "PATH": "/bin",
    }
    assert SECOND.inherited(mine) == {"PATH": "/bin"}
    told = SECOND.told("opencode", "word", "{}", project_config=False)
    switches = ("OPENCODE_CONFIG_PROJECT_DISABLE", "OPENCODE_DISABLE_PROJECT_CONFIG")
    assert [told[name] for name in switches] == ["1", "1"]
    assert told["OPENCODE_PASSWORD"] == "word"
    assert not {*switches} & {*SECOND.told("opencode", "word", "{}", project_config=True)}


def test_the_guard_and_the_rule_against_code_come_last_in_the_users_configuration() -> None:
    mine: dict[str, Any] = {
        "plugins": ["./mine"],
        "permissions": [{"action": "execute", "resource": "*", "effect": "allow"}],
        "permission": {"bash": "deny"},
        "share": "auto",
    }
    made = json.loads(SECOND.config_content(json.dumps(mine), "file:///guard"))
    assert made["plugins"] == ["./mine", {"package": "file:///guard"}]
    assert made["permissions"][-1] == {"action": "execute", "resource": "*", "effect": "deny"}
    assert made["permissions"][0] == mine["permissions"][0]
    assert made["permission"] == {"bash": "deny"}
    assert made["share"] == "disabled"


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ('{"url":"http://127.0.0.1:37407"}', "http://127.0.0.1:37407"),
        ('{"url":"https://elsewhere.example"}', ""),
        ('{"url":7}', ""),
        ("[]", ""),
        ("server listening on http://127.0.0.1:1", ""),
    ],
)
def test_its_address_is_a_line_of_json(line: str, address: str) -> None:
    assert SECOND.address_in(line) == address


@pytest.mark.parametrize("more", [{"mdns": True}, {"mdns_domain": "x"}])
def test_what_it_cannot_do_is_told_before_it_starts(more: dict[str, str]) -> None:
    said = {"port": 0, "hostname": "0.0.0.0", "cors": (), "mdns": False, "mdns_domain": ""}
    with pytest.raises(InputError, match="--mdns"):
        SECOND.arguments(**{**said, **more})
    with pytest.raises(InputError, match="--username"):
        SECOND.told("ada", "word", "{}", project_config=True)


def test_an_unwritable_data_folder_is_one_clear_line(
    executable2: Executable, offline2: Machine
) -> None:
    (offline2.root / "file").write_text("")
    offline2.env["XDG_DATA_HOME"] = str(offline2.root / "file")
    with pytest.raises(StartError, match="XDG_DATA_HOME") as caught:
        begin2(offline2, executable2, offline2.project())
    assert "\n" not in str(caught.value)
    assert os.path.lexists(offline2.root / "file")
