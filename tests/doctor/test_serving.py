"""The server and the logins, on real servers."""

from __future__ import annotations

import tempfile
from pathlib import Path

import psutil
import pytest

from opencode_magic.doctor import serving
from opencode_magic.errors import StartError
from opencode_magic.server.find import Executable, find_opencode
from opencode_magic.server.managed import ManagedServer
from opencode_magic.server.start import start
from tests.harness.machine import Machine
from tests.harness.server import PASSWORD_USER, PlainServer


@pytest.fixture
def program(opencode_executable: Path) -> Executable:
    return find_opencode(str(opencode_executable))


def begin_on(machine: Machine, started: list[ManagedServer]) -> serving.Start:
    def begin(folder: Path, program: Executable) -> ManagedServer:
        started.append(
            start(
                folder,
                executable=program,
                trusted=True,
                progress=lambda _: None,
                environ=machine.env,
            )
        )
        return started[-1]

    return begin


def test_a_server_is_started_asked_and_ended_and_lacks_a_login(
    machine: Machine, program: Executable
) -> None:
    machine.configure(disabled_providers=["opencode"])
    started: list[ManagedServer] = []
    server, logins = serving.own_server(program, begin_on(machine, started))
    assert server.state == "ok"
    assert server.details["version"] == program.version
    assert not psutil.pid_exists(started[0].pid)
    assert not started[0].directory.exists()
    assert logins.state == "bad"
    assert logins.fix
    assert logins.fix.command == (str(program.path), "auth", "login")
    assert logins.fix.asks


def test_a_server_that_does_not_start_is_told_with_its_reason(program: Executable) -> None:
    def begin(folder: Path, program: Executable) -> ManagedServer:
        raise StartError("opencode ended while starting: EACCES; set HOME to a writable folder")

    server, logins = serving.own_server(program, begin)
    assert (server.state, logins.state) == ("bad", "unknown")
    assert server.found == "opencode ended while starting: EACCES"
    assert server.fix
    assert server.fix.words == "set HOME to a writable folder"


def test_a_machine_without_room_for_a_folder_is_told(
    program: Executable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere/at/all")
    server, _ = serving.own_server(program)
    assert (server.state, server.found.partition(" (")[0]) == (
        "bad",
        "cannot make a temporary folder",
    )
    assert server.fix
    assert "TMPDIR" in server.fix.text


def test_a_server_of_others_is_asked_with_the_password_of_the_environment(
    plain_server: PlainServer,
) -> None:
    environ = {
        "OPENCODE_SERVER_USERNAME": PASSWORD_USER,
        "OPENCODE_SERVER_PASSWORD": plain_server.password,
    }
    server, logins = serving.connected_server(plain_server.url, environ)
    assert server.state == "ok"
    assert plain_server.url in server.found
    assert "fake (" in logins.found
    assert plain_server.password not in repr((server, logins))


@pytest.mark.parametrize("environ", [{}, {"OPENCODE_SERVER_PASSWORD": "wrong-one"}])
def test_a_wrong_password_is_fixed_by_the_variable(
    plain_server: PlainServer, environ: dict[str, str]
) -> None:
    server, _ = serving.connected_server(plain_server.url, environ)
    assert server.state == "bad"
    assert server.fix
    assert "OPENCODE_SERVER_PASSWORD" in server.fix.text
    assert "wrong-one" not in repr(server)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "not an address"])
def test_an_address_where_nothing_answers_is_told(url: str) -> None:
    server, logins = serving.connected_server(url, {})
    assert (server.state, logins.state) == ("bad", "unknown")
