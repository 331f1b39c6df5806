"""`OpenCode()` without an address: the server that the environment names, else one of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from opencode_magic import OpenCode
from opencode_magic.demo.script import Call, Say, script
from opencode_magic.errors import InputError, NotInstalledError, StartError, UnauthorizedError
from tests.harness.machine import Machine
from tests.harness.processes import wait_until_dead
from tests.harness.server import PlainServer

ASKS = """
import sys
from opencode_magic import OpenCode

with OpenCode() as oc:
    print(oc.ask(sys.argv[1]).text)
    oc.another().close()
    with OpenCode.beside(oc) as other:
        print(other.health().version == oc.version, oc.guarded, oc.directory)
    turn = oc.ask(sys.argv[2])
    print(turn.state, oc._server.alive)
print(oc._server.alive)
"""

WAITS = """
import sys, time
from opencode_magic import OpenCode

oc = OpenCode(directory=sys.argv[1])
print(oc._server.pid, oc.config.all().get("username"), flush=True)
time.sleep(600)
"""


def test_a_script_needs_nothing_else(machine: Machine, project: Path) -> None:
    forbidden = script(Call("write", {"filePath": "new.txt", "content": "x"}), Say("done"))
    done = subprocess.run(
        [sys.executable, "-c", ASKS, script(Say("hello from here")), forbidden],
        cwd=project,
        env=machine.env,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.splitlines() == [
        "hello from here",
        f"True True {project.resolve()}",
        "completed True",
        "False",
    ], done.stderr
    assert not (project / "new.txt").exists()  # nobody was there to allow it


def test_a_script_that_is_killed_leaves_no_server(machine: Machine, project: Path) -> None:
    brought = project / "opencode.json"
    brought.write_text(json.dumps({"username": "nobody-trusted-this"}))
    process = subprocess.Popen(
        [sys.executable, "-c", WAITS, str(project)],
        env=machine.env,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            pid, username = process.stdout.readline().split()
            server = psutil.Process(int(pid))
        finally:
            process.kill()
    assert username != "nobody-trusted-this"
    wait_until_dead([server])


def test_the_server_that_the_environment_names_is_used_and_left_running(
    plain_server: PlainServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENCODE_BASE_URL", plain_server.url)
    monkeypatch.setenv("OPENCODE_SERVER_PASSWORD", plain_server.password)
    with OpenCode(directory=str(plain_server.directory)) as oc:
        assert oc.base_url == plain_server.url
        assert oc.paths().directory == str(plain_server.directory)
        assert not oc.guarded
    assert plain_server.alive
    with OpenCode(password="another") as oc, pytest.raises(UnauthorizedError):
        oc.paths()


def test_what_keeps_it_from_starting_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENCODE_BASE_URL", raising=False)
    with pytest.raises(InputError, match="goes with the address"):
        OpenCode(password="x")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with pytest.raises(NotInstalledError, match="install it with: npm install") as caught:
        OpenCode()
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_not_there_is_told(
    opencode_executable: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENCODE_BASE_URL", raising=False)
    monkeypatch.setenv("PATH", str(opencode_executable.parent), prepend=":")
    with pytest.raises(StartError, match="no such folder"):
        OpenCode(directory=str(tmp_path / "nowhere"))
