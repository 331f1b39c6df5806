"""The server of the kernel's tools: who gets in, what it refuses, what stays of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import httpx
import pytest

from opencode_magic.kernel.queue import Desk, ToolAnswer
from opencode_magic.kernel.server import ToolServer
from opencode_magic.kernel.tools import READING


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def server(desk: Desk) -> Iterator[ToolServer]:
    server = ToolServer("kernel_00000000", lambda: READING, desk)
    yield server
    server.close()


def post(server: ToolServer, method: str = "tools/list", *, params: object = None, **headers: str):  # type: ignore[no-untyped-def]
    given = {
        "authorization": f"Bearer {server.token}",
        "accept": "application/json, text/event-stream",
        **headers,
    }
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}
    return httpx.post(server.url, headers=given, json=body, timeout=30, trust_env=False)


@pytest.mark.parametrize("token", ["", "Bearer x", "Bearer wrong", "Basic eDp5"])
def test_without_the_token_nobody_gets_in(server: ToolServer, token: str) -> None:
    assert post(server, authorization=token).status_code == 401


def test_a_web_page_is_refused_even_with_the_token(server: ToolServer) -> None:
    assert post(server, origin="https://example.org").status_code == 403
    assert post(server, host="rebound.example.org").status_code == 403


def test_only_the_tools_of_the_mode_are_offered_and_others_do_not_exist(server: ToolServer) -> None:
    listed = post(server).text
    assert "list_variables" in listed
    assert "run_code" not in listed
    called = post(server, "tools/call", params={"name": "run_code", "arguments": {"code": "1"}})
    assert "no such tool" in called.text


def test_a_call_while_no_cell_runs_is_refused_in_words(server: ToolServer) -> None:
    called = post(server, "tools/call", params={"name": "list_variables", "arguments": {}})
    assert "No agent cell" in called.text


def test_a_call_is_answered_by_the_thread_that_takes_it(server: ToolServer, desk: Desk) -> None:
    desk.open()
    found: list[str] = []
    params = {"name": "list_variables", "arguments": {}}
    asking = threading.Thread(
        target=lambda: found.append(post(server, "tools/call", params=params).text)
    )
    asking.start()
    call = None
    while call is None and asking.is_alive():
        call = desk.take()
    assert call is not None
    call.answer.set_result(ToolAnswer("x: int 42"))
    asking.join()
    assert "x: int 42" in found[0]


def test_closing_ends_the_thread_and_frees_the_port(desk: Desk) -> None:
    server = ToolServer("kernel_00000000", lambda: READING, desk)
    assert post(server).status_code == 200
    server.close()
    assert not server.alive
    with pytest.raises(httpx.ConnectError):
        post(server)
    assert [t for t in threading.enumerate() if "kernel-tools" in t.name] == []
