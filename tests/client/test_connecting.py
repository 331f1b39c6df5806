"""Getting in: passwords of two variables, the background service, an upgrade on the same port."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from opencode_magic import OpenCode
from opencode_magic.client import Login, login_of
from opencode_magic.commands import commands
from opencode_magic.errors import (
    ChangedError,
    InputError,
    UnauthorizedError,
    UnsupportedError,
)
from opencode_magic.protocol.background import background_service

BOTH = {"OPENCODE_PASSWORD": "first-password", "OPENCODE_SERVER_PASSWORD": "other-password"}
PAGE = {"content-type": "text/html"}


class Server:
    """A server of either major, as far as it says what it is; it counts wrong passwords."""

    def __init__(self, version: str, password: str = "") -> None:
        self.version = version
        self.password = password
        self.asked: list[str] = []
        self.wrong = 0

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        if (self._is_second and not path.startswith("/api/")) or path == "/api/nope":
            return httpx.Response(200, headers=PAGE) if path != "/api/nope" else _nothing(404)
        if not self._lets_in(request):
            return _nothing(401)
        answers = self._second if self._is_second else self._first
        if path in answers:
            return httpx.Response(200, json=answers[path])
        return _nothing(404) if self._is_second else httpx.Response(200, headers=PAGE)

    @property
    def _is_second(self) -> bool:
        return self.version.startswith("2.")

    @property
    def _first(self) -> dict[str, object]:
        return {
            "/global/health": {"healthy": True, "version": self.version},
            "/session/status": {},
        }

    @property
    def _second(self) -> dict[str, object]:
        return {
            "/api/info": {"version": self.version, "pid": 1},
            "/api/session/active": {"data": {}},
        }

    def _lets_in(self, request: httpx.Request) -> bool:
        given = request.headers.get("authorization", "")
        right = base64.b64encode(f"opencode:{self.password}".encode()).decode()
        if not self.password or given == f"Basic {right}":
            return True
        self.wrong += bool(given)
        return False


def _nothing(status: int) -> httpx.Response:
    return httpx.Response(status)


@pytest.mark.parametrize(
    ("environ", "login"),
    [
        ({}, Login()),
        ({"OPENCODE_PASSWORD": "a"}, Login(password="a")),
        ({"OPENCODE_SERVER_PASSWORD": "b"}, Login(password="b")),
        ({"OPENCODE_PASSWORD": "a", "OPENCODE_SERVER_PASSWORD": "a"}, Login(password="a")),
        ({"OPENCODE_PASSWORD": "", "OPENCODE_SERVER_PASSWORD": "b"}, Login(password="b")),
        (BOTH, Login(password="first-password", spare="other-password")),
    ],
)
def test_either_variable_may_hold_the_password(environ: dict[str, str], login: Login) -> None:
    assert login_of(environ) == login
    assert "password" not in repr(login.options)
    assert not {"a", "b"} & set(repr(login_of(BOTH)).split("'"))


@pytest.mark.parametrize(
    ("version", "password", "wrong"),
    [
        ("2.0.15", "first-password", 0),
        ("1.18.33", "other-password", 0),
        ("2.0.15", "other-password", 1),  # it was started with that variable alone
    ],
)
def test_of_two_passwords_the_right_one_is_used(version: str, password: str, wrong: int) -> None:
    server = Server(version, password)
    options = login_of(BOTH).options
    with OpenCode("http://127.0.0.1:1", transport=server.transport, **options) as oc:
        assert oc.probe() == version
        assert oc.session.statuses() == {}
        assert server.wrong == wrong
        with oc.another() as other:
            assert other.session.statuses() == {}
        assert server.wrong == wrong
        assert oc.redact("first-password other-password").count("password") == 0


def test_where_neither_is_right_both_variables_are_named() -> None:
    server = Server("2.0.15", "a-third-password")
    options = login_of(BOTH).options
    with (
        OpenCode("http://127.0.0.1:1", transport=server.transport, **options) as oc,
        pytest.raises(UnauthorizedError, match="OPENCODE_PASSWORD or OPENCODE_SERVER_PASSWORD"),
    ):
        oc.probe()


@pytest.mark.parametrize(("before", "after"), [("1.18.33", "2.0.15"), ("2.0.15", "1.18.33")])
def test_an_upgrade_on_the_same_port_is_noticed(before: str, after: str) -> None:
    server = Server(before)
    with OpenCode("http://127.0.0.1:1", transport=server.transport) as oc:
        assert oc.session.statuses() == {}
        server.version = after
        with pytest.raises(ChangedError) as caught:
            oc.session.statuses()
        assert f"is opencode {after} now and no longer {before}" in caught.value.message
        assert "\n" not in caught.value.message
        assert oc.session.statuses() == {}
        assert oc.version == after


def test_a_newer_one_of_the_same_major_is_taken_as_it_is() -> None:
    server = Server("2.0.15")
    with OpenCode("http://127.0.0.1:1", transport=server.transport) as oc:
        oc.probe()
        server.version = "2.1.2"
        with pytest.raises(UnsupportedError, match="does not know GET /api/nope"):
            oc.request("GET", "/api/nope")
        assert oc.version == "2.1.2"


def test_the_event_stream_notices_it_too() -> None:
    server = Server("1.18.33")
    with OpenCode("http://127.0.0.1:1", transport=server.transport) as oc:
        oc.probe()
        server.version = "2.0.15"
        events = list(oc.event.subscribe())
        assert "is opencode 2.0.15 now" in repr(events[-1])


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str, mode: int = 0o600) -> Path:
        file = tmp_path / "opencode" / "service.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        file.chmod(mode)
        return file

    return write


TOLD = {"id": "x", "version": "2.0.15", "url": "http://127.0.0.1:4096", "pid": 1,
        "password": "of-the-service"}  # fmt: skip


def test_the_background_service_is_found_by_its_file(write: Write, tmp_path: Path) -> None:
    write(json.dumps(TOLD))
    found = background_service({"XDG_STATE_HOME": str(tmp_path)})
    assert (found.url, found.password) == (TOLD["url"], TOLD["password"])
    assert "of-the-service" not in repr(found)


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        (json.dumps(TOLD), 0o644, "chmod 600"),
        (json.dumps(TOLD), 0o620, "chmod 600"),
        ("{", 0o600, "does not tell an address"),
        (json.dumps({"url": "http://127.0.0.1:1"}), 0o600, "does not tell an address"),
        (json.dumps({**TOLD, "url": "http://far.example:1"}), 0o600, "another machine"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_not_used(
    text: str, mode: int, words: str, write: Write, tmp_path: Path
) -> None:
    write(text, mode)
    with pytest.raises(InputError, match=words) as caught:
        background_service({"XDG_STATE_HOME": str(tmp_path)})
    assert "of-the-service" not in caught.value.message


def test_without_one_it_is_said_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="opencode service start"):
        background_service({"HOME": str(tmp_path)})


def test_connect_without_an_address_logs_in_there(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(json.dumps(TOLD))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    used = []

    class Servers:
        def use(self, url: str, **options: object) -> None:
            used.append((url, options))
            raise InputError("that is enough")

    class Application:
        servers = Servers()

    with pytest.raises(InputError, match="that is enough"):
        commands()["connect"].run(Application(), "--shell")  # type: ignore[arg-type]  # stands in
    ((url, options),) = used
    assert url == TOLD["url"]
    assert options == {"login": Login(password="of-the-service"), "shell": True, "subagents": False}


@pytest.mark.skipif(os.name != "posix", reason="the owner of a file is told on POSIX alone")
def test_a_file_of_somebody_else_is_not_used(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(json.dumps(TOLD))
    monkeypatch.setattr(os, "getuid", lambda: os.geteuid() + 1)
    with pytest.raises(InputError, match="if it is yours"):
        background_service({"XDG_STATE_HOME": str(tmp_path)})
