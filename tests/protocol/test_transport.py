"""The one guarded call: what counts as an answer, and what is said where there is none."""

from __future__ import annotations

import socket
from collections.abc import Callable

import httpx
import pytest

from opencode_magic import OpenCode
from opencode_magic.errors import (
    BusyError,
    InputError,
    NotFoundError,
    NotOpencodeError,
    ServerError,
    UnauthorizedError,
    UnreachableError,
    UnreadableError,
    UnsupportedError,
)
from opencode_magic.turns.checks import check_model

Answer = Callable[[httpx.Request], httpx.Response]


def client(answer: Answer, **options: str) -> OpenCode:
    oc = OpenCode("http://127.0.0.1:4096", transport=httpx.MockTransport(answer), **options)  # type: ignore[arg-type]
    oc.speak("")
    return oc


def json(status: int, value: object) -> Answer:
    return lambda _: httpx.Response(status, json=value)


def test_a_health_answer_is_a_value() -> None:
    found = client(json(200, {"healthy": True, "version": "1.18.33", "new": 1})).health()
    assert found.version == "1.18.33"


def test_a_configuration_file_that_the_server_cannot_use_is_named_with_the_reason() -> None:
    issues = [{"message": "Invalid option", "path": ["permission", "s3cret-config"]}]
    body = {"name": "ConfigInvalidError", "data": {"path": "/p/opencode.json", "issues": issues}}
    with pytest.raises(UnreadableError) as caught:
        client(json(500, body), password="s3cret-config").agents()
    assert caught.value.message.startswith("opencode cannot use /p/opencode.json: [")
    assert "Invalid option" in caught.value.message
    assert caught.value.message.endswith("; fix that file")
    assert "s3cret-config" not in caught.value.message


def test_another_client_of_the_same_server_is_closed_alone() -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"healthy": True, "version": request.url.host})

    first = client(answer, password="s3cret-another", directory="/p")
    with first.another() as other:
        assert (other.base_url, other.directory, other.redact) == (
            first.base_url, first.directory, first.redact,
        )  # fmt: skip
        other.health()
        assert "s3cret" not in repr(other)
    first.health()
    assert sent[0].headers["authorization"] == sent[1].headers["authorization"]


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (json(404, {"name": "NotFoundError", "data": {"message": "Session not found: ses_x"}}),
         NotFoundError, "Session not found: ses_x"),
        (json(409, {"_tag": "SessionBusyError", "message": "busy"}), BusyError, "busy"),
        (json(400, {"_tag": "BadRequest"}), ServerError, "BadRequest"),
        (json(500, {"name": "UnknownError", "data": {"message": "see logs"}}), ServerError,
         "see logs"),
        (lambda _: httpx.Response(401), UnauthorizedError, "OPENCODE_SERVER_PASSWORD"),
        (lambda _: httpx.Response(200, html="<!doctype html>"), NotOpencodeError, "web page"),
        (lambda _: httpx.Response(200, text="{", headers={"content-type": "application/json"}),
         ServerError, "not what this version"),
        (json(200, {"healthy": "perhaps"}), ServerError, "not what this version"),
    ],
)  # fmt: skip
def test_a_bad_answer_is_one_clear_line(answer: Answer, kind: type, said: str) -> None:
    with pytest.raises(kind, match=said) as caught:
        client(answer).health()
    assert "\n" not in str(caught.value)


def test_nothing_listening_is_said_with_the_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    with pytest.raises(UnreachableError, match=f"nothing answers at http://127.0.0.1:{port}"):
        OpenCode(f"http://127.0.0.1:{port}").health()


def test_credentials_travel_in_the_header_and_never_in_the_address() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"healthy": True, "version": "1.18.33"})

    transport = httpx.MockTransport(answer)
    oc = OpenCode("http://ada:s3cr3t-pass@127.0.0.1:4096", transport=transport)
    oc.health()
    assert "s3cr3t" not in str(seen[0].url) + repr(oc) + repr(vars(oc)["redact"])
    assert seen[0].headers["authorization"].startswith("Basic ")


def test_the_password_is_taken_out_of_answers_and_errors() -> None:
    leak = json(500, {"name": "X", "data": {"message": "env: s3cr3t-pass"}})
    with pytest.raises(ServerError) as caught:
        client(leak, password="s3cr3t-pass").health()
    assert "s3cr3t" not in str(caught.value)
    shown = client(json(200, {"text": "s3cr3t-pass"}), password="s3cr3t-pass")
    assert "s3cr3t" not in str(shown.request("GET", "/x"))


def test_loopback_never_goes_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as trap:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{trap.getsockname()[1]}")
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{trap.getsockname()[1]}")
        trap.settimeout(0.2)
        with pytest.raises(UnreachableError):
            OpenCode("http://127.0.0.1:1", password="s3cr3t-pass").health()
        with pytest.raises(TimeoutError):
            trap.accept()


@pytest.mark.parametrize("address", ["ftp://x", "http://", "::::", "file:///etc/passwd"])
def test_what_is_no_http_address_is_refused(address: str) -> None:
    with pytest.raises(InputError):
        OpenCode(address)


def test_an_address_with_a_password_is_never_shown_whole() -> None:
    with pytest.raises(InputError) as caught:
        OpenCode("ftp://ada:s3cr3t-pass@host")
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(("version", "said"), [("1.15.0", "event stream"), ("1.0.185", "too old")])
def test_a_version_that_cannot_stream_is_refused_with_the_way_out(version: str, said: str) -> None:
    with pytest.raises(UnsupportedError, match=said) as caught:
        client(json(200, {"healthy": True, "version": version})).probe()
    assert "npm install" in str(caught.value)


def described(version: str) -> Answer:
    """A server that describes itself as the second major does."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/info":
            return httpx.Response(200, json={"version": version, "pid": 7})
        return httpx.Response(200, html="<!doctype html>")

    return answer


def test_the_second_dialect_is_known_by_how_the_server_describes_itself() -> None:
    oc = client(described("2.1.2"))
    assert oc.probe() == "2.1.2"
    assert oc.dialect.name == "2"


def test_a_major_that_is_not_known_is_refused() -> None:
    with pytest.raises(UnsupportedError, match=r"OpenCode 3\.0\.1, which is not known here"):
        client(described("3.0.1")).probe()


def test_another_json_api_is_no_opencode_server() -> None:
    with pytest.raises(NotOpencodeError, match="check the address"):
        client(json(404, {"detail": "Not Found"})).probe()


def test_a_malformed_session_id_is_caught_before_the_server_fails_on_it() -> None:
    with pytest.raises(InputError, match="not a session id"):
        client(json(500, {})).session.get("../x")


def test_without_a_usable_model_it_says_how_to_log_in() -> None:
    with pytest.raises(InputError, match="opencode auth login"):
        check_model(client(json(200, {"providers": [], "default": {}})), "")


def test_a_configured_model_that_is_gone_is_said() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/config":
            return httpx.Response(200, json={"model": "old/gone"})
        models = {"m": {"id": "m"}}
        return httpx.Response(
            200, json={"providers": [{"id": "p", "models": models}], "default": {"p": "m"}}
        )

    with pytest.raises(InputError, match="the configured model 'old/gone' is not usable"):
        check_model(client(answer), "")


def test_a_route_that_a_known_server_lacks_is_said_with_its_version() -> None:
    offline = {
        "name": "UnknownError",
        "data": {"message": "Error: Unable to connect. Is the computer able to access the url?"},
    }
    for version, unknown in (
        ("1.14.41", lambda _: httpx.Response(200, html="<!doctype html>")),
        ("1.2.27", json(500, offline)),
    ):
        oc = client(unknown)
        oc.speak(version)
        with pytest.raises(UnsupportedError, match=f"opencode {version} does not know GET /new"):
            oc.request("GET", "/new")


def test_what_a_server_cannot_do_is_refused_before_it_is_sent() -> None:
    def never(request: httpx.Request) -> httpx.Response:
        raise AssertionError(request.url)

    oc = client(never)
    oc.speak("1.1.65")
    rules = [{"permission": "bash", "action": "ask"}]
    for call in (
        lambda: oc.vcs.diff(),
        lambda: oc.session.create(model="a/b"),
        lambda: oc.session.create(metadata={"k": 1}),
        lambda: oc.session.update("ses_1", permission=rules),
        lambda: oc.session.delete_message("ses_1", "msg_1"),
    ):
        with pytest.raises(UnsupportedError, match=r"opencode 1\.1\.65 .*npm install"):
            call()


def test_a_busy_session_is_told_by_older_servers_in_words() -> None:
    busy = {"name": "UnknownError", "data": {"message": "Session ses_1 is busy"}}
    with pytest.raises(BusyError):
        client(json(400, busy)).session.revert("ses_1", "msg_1")


def test_a_query_in_the_path_of_a_request_is_sent_beside_the_directory() -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json=[])

    client(answer, directory="/p").request("GET", "/session?limit=1&search=a%20b")
    assert dict(sent[0].url.params) == {"limit": "1", "search": "a b", "directory": "/p"}
