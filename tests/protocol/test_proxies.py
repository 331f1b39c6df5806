"""A proxy that is in the way is named: which variable, which address, and never its password."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from opencode_magic import OpenCode
from opencode_magic.errors import InputError, OpencodeError
from opencode_magic.live.painter import phase_words
from opencode_magic.model.events import SessionStatus
from opencode_magic.model.sessions import Status
from opencode_magic.model.transcript import Transcript, reduce
from opencode_magic.protocol.proxies import blamed, proxy_for
from opencode_magic.protocol.transport import Connection
from opencode_magic.turns.frame import Frame

THERE = "http://opencode.example:4096"
SECURE = "https://opencode.example:4096"
VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy but the test's own."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="module")
def dead() -> str:
    """The address of a port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def answering(status: int, kind: str = "application/json") -> Iterator[str]:
    """A proxy that answers everything itself."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", "0")
            self.end_headers()

        do_CONNECT = do_POST = do_GET  # noqa: N815  # as the library calls it

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def said(url: str) -> str:
    """The words of the failure to reach a server."""
    with pytest.raises(OpencodeError) as caught, OpenCode(url, sleep=lambda _: None) as client:
        client.health()
    assert "\n" not in str(caught.value)
    assert "s3cret" not in f"{caught.value!r} {caught.value.__cause__!r}"
    return str(caught.value)


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("HTTP_PROXY", THERE),
        ("http_proxy", THERE),
        ("HTTPS_PROXY", SECURE),
        ("https_proxy", SECURE),
        ("ALL_PROXY", THERE),
        ("all_proxy", SECURE),
    ],
)
def test_a_dead_one_is_named_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch, dead: str, variable: str, url: str
) -> None:
    monkeypatch.setenv(variable, f"http://me:s3cret@{dead}/")
    words = said(url)
    for part in (f"http://{dead}", variable, "opencode.example", "NO_PROXY", "Connection refused"):
        assert part in words


@pytest.mark.parametrize("status", [407, 502, 503, 504])
@pytest.mark.parametrize(("variable", "url"), [("HTTP_PROXY", THERE), ("HTTPS_PROXY", SECURE)])
def test_one_that_refuses_is_named(
    monkeypatch: pytest.MonkeyPatch, status: int, variable: str, url: str
) -> None:
    with answering(status, "text/html") as proxy:
        monkeypatch.setenv(variable, f"http://me:s3cret@{proxy}")
        words = said(url)
    for part in (str(status), f"http://{proxy}", variable, "add opencode.example to NO_PROXY"):
        assert part in words


def test_one_that_shows_a_page_of_its_own_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(200, "text/html") as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://{proxy}")
        assert f"through the proxy http://{proxy} that HTTP_PROXY names" in said(THERE)


def test_one_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with OpenCode(THERE) as client, pytest.raises(OpencodeError, match="HTTP_PROXY names"):
            client.health(timeout_s=0.3)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("http://me:s3cret@nowhere.invalid:3128", "did not let us through"),
        ("socks5://me:s3cret@127.0.0.1:9", "socksio"),
        ("ftp://me:s3cret@127.0.0.1:9", "cannot be used"),
        ("http://me:s3cret@127.0.0.1:port", "cannot be used"),
    ],
)
def test_one_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, value: str, reason: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", value)
    words = said(THERE)
    assert reason in words
    assert "HTTP_PROXY" in words


def test_another_one_that_cannot_be_used_is_told_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The library looks at all of them, whatever is asked for."""
    monkeypatch.setenv("ALL_PROXY", "ftp://me:s3cret@127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "opencode.example")
    with pytest.raises(InputError, match="ALL_PROXY") as caught:
        OpenCode(THERE)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("excepted", ["opencode.example", ".example", "*", "a.b, opencode.example"])
def test_where_it_does_not_stand_in_the_way_it_is_not_blamed(
    monkeypatch: pytest.MonkeyPatch, excepted: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", excepted)
    assert Connection(THERE).proxy is None
    assert Connection("http://127.0.0.1:1").proxy is None


def test_the_small_letters_count_first() -> None:
    environ = {"HTTP_PROXY": "http://big:1", "http_proxy": "http://small:2", "all_proxy": "a:3"}
    found = proxy_for(httpx.URL(THERE), environ)
    assert found is not None
    assert (found.variable, found.address) == ("http_proxy", "http://small:2")
    assert str(proxy_for(httpx.URL(SECURE), environ)) == "the proxy a:3 that all_proxy names"


@pytest.mark.parametrize(
    "message",
    [
        "Cannot connect to API: Unable to connect. Is the computer able to access the url?",
        "connect ECONNREFUSED 127.0.0.1:9",
        "getaddrinfo ENOTFOUND proxy",
        "Was there a typo in the url or port?",
        "407 Proxy Authentication Required",
        "Bad Gateway",
    ],
)
def test_a_model_that_is_not_reached_blames_the_proxy_of_opencode(
    monkeypatch: pytest.MonkeyPatch, message: str
) -> None:
    assert blamed(message, {}) == ""
    monkeypatch.setenv("HTTPS_PROXY", "http://me:s3cret@proxy:3128")
    words = blamed(message)
    for part in ("http://proxy:3128 (HTTPS_PROXY)", "NO_PROXY"):
        assert part in words
    assert "s3cret" not in words
    again = SessionStatus("ses_1", Status("retry", attempt=1, message=message))
    waiting = Frame("retrying", reduce(Transcript("ses_1"), again))
    assert words in phase_words(waiting, ours=True)
    assert words not in phase_words(waiting)  # another's server has another environment


def test_other_failures_of_a_model_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    for message in ("rate limit exceeded", "invalid api key", "no such model"):
        assert blamed(message) == ""
