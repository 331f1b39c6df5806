"""Where the server's answer misleads, the client finds out; and what it sends a second time."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest

from opencode_magic import OpenCode
from opencode_magic.errors import (
    InputError,
    ModelError,
    NotFoundError,
    OpencodeError,
    UnreachableError,
)
from opencode_magic.model.files import FileDiff
from opencode_magic.model.messages import Message, ModelRef, PatchPart

Answer = Callable[[httpx.Request], httpx.Response]
MISSING = {"name": "NotFoundError", "data": {"message": "Session not found: ses_1"}}
UNEXPECTED = {"name": "UnknownError", "data": {"message": "Unexpected server error."}}


class Server:
    """Answers by method and path, 404 to everything else, and remembers what it was asked."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.asked: list[str] = []
        self.bodies: list[bytes] = []
        self._answers = answers

    def __call__(self, request: httpx.Request) -> httpx.Response:
        where = f"{request.method} {request.url.path}"
        self.asked.append(where)
        self.bodies.append(request.content)
        answer = self._answers.get(where, (404, MISSING))
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        return httpx.Response(status, json=body)


def client(answer: Answer) -> OpenCode:
    transport = httpx.MockTransport(answer)
    oc = OpenCode("http://127.0.0.1:1", transport=transport, sleep=lambda _: None)
    oc.speak("")
    return oc


def test_an_empty_diff_of_an_unknown_session_is_an_error() -> None:
    with pytest.raises(NotFoundError):
        client(Server({"GET /session/ses_1/diff": []})).session.diff("ses_1", "msg_1")
    message = {"info": {"id": "msg_1", "sessionID": "ses_1", "role": "user"}}
    known = {
        "GET /session/ses_1/diff": [],
        "GET /session/ses_1/message/msg_1": message,
        "GET /session/ses_1/message": [message],
    }
    assert list(client(Server(known)).session.diff("ses_1", "msg_1")) == []


def test_a_diff_that_comes_a_moment_late_is_waited_for() -> None:
    patch = {"type": "patch", "id": "prt_1", "messageID": "msg_2", "sessionID": "ses_1",
             "files": ["/p/a.py"]}  # fmt: skip
    answer = {"info": {"id": "msg_2", "sessionID": "ses_1", "role": "assistant"}, "parts": [patch]}
    seen = Server({"GET /session/ses_1/message/msg_1": answer,
                   "GET /session/ses_1/message": [answer]})  # fmt: skip
    empty: Any = iter([[], []])

    def late(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/diff"):
            return httpx.Response(200, json=next(empty, [{"file": "a.py"}]))
        return seen(request)

    assert [f.file for f in client(late).session.diff("ses_1", "msg_1")] == ["a.py"]


def patches(*steps: list[str]) -> list[PatchPart]:
    return [PatchPart(f"prt_{n}", "msg_2", "ses_1", files=files) for n, files in enumerate(steps)]


def texts(*after: str) -> Answer:
    """A server whose diff of `a.py` is that of one step after the other, the last for good."""
    said = iter(after)

    def answer(_: httpx.Request) -> httpx.Response:
        text = next(said, after[-1])
        return httpx.Response(200, json=[{"file": "a.py", "before": "0", "after": text}])

    return answer


@pytest.mark.parametrize("step", [["/p/a.py"], ["/p/a.py", "/p/a.py"]])
def test_a_diff_of_the_first_steps_is_known_by_what_is_on_disk(step: list[str]) -> None:
    asked: list[str] = []

    def fits(diff: Sequence[FileDiff]) -> bool:
        asked.append(diff[0].after)
        return diff[0].after == "3"

    oc = client(texts("1", "2", "3", "4"))
    found = oc.session.diff("ses_1", "msg_1", patches=patches(step, step), fits=fits)
    assert ([d.after for d in found], asked) == (["3"], ["1", "2", "3"])
    # What the user changed meanwhile never fits: the last word is taken then.
    oc = client(texts("1"))
    assert oc.session.diff("ses_1", "msg_1", patches=patches(step), fits=fits)[0].after == "1"


def test_where_no_file_can_be_looked_at_two_answers_must_be_alike() -> None:
    one, two = ["/p/a.py"], ["/p/a.py"]
    oc = client(texts("1", "2", "2", "3"))
    assert oc.session.diff("ses_1", "msg_1", patches=patches(one, two))[0].after == "2"
    oc = client(texts("1", "2"))
    assert oc.session.diff("ses_1", "msg_1", patches=patches(one))[0].after == "1"


def test_abort_tells_whether_anything_ran_and_refuses_an_unknown_session() -> None:
    answers: dict[str, Any] = {"GET /session/status": {}, "POST /session/ses_1/abort": True}
    with pytest.raises(NotFoundError):
        client(Server(answers)).session.abort("ses_1")
    idle = Server({**answers, "GET /session/ses_1": {"id": "ses_1"}})
    assert client(idle).session.abort("ses_1") is False
    busy = Server({**answers, "GET /session/status": {"ses_1": {"type": "busy"}}})
    assert client(busy).session.abort("ses_1") is True
    bare = Server({"POST /session/ses_1/abort": True})
    client(bare).session.abort("ses_1", check=False)
    assert bare.asked == ["POST /session/ses_1/abort"]


def test_a_missing_file_is_not_an_empty_one() -> None:
    listed = [{"name": "empty.py", "type": "file"}, {"name": "src", "type": "directory"}]
    oc = client(Server({"GET /file/content": {"type": "text", "content": ""}, "GET /file": listed}))
    assert oc.file.content("empty.py").content == ""
    with pytest.raises(NotFoundError, match=r"no file 'nope.py'"):
        oc.file.content("nope.py")
    failing = client(Server({"GET /file/content": (500, UNEXPECTED), "GET /file": listed}))
    with pytest.raises(InputError, match="is a folder"):
        failing.file.content("src")
    with pytest.raises(NotFoundError, match="in the project"):
        failing.file.content("../secret")


def test_going_back_to_an_unknown_message_is_an_error() -> None:
    oc = client(Server({"POST /session/ses_1/revert": {"id": "ses_1"}}))
    with pytest.raises(NotFoundError, match="msg_1"):
        oc.session.revert("ses_1", "msg_1")


def test_a_failed_model_is_an_error_although_the_server_says_200() -> None:
    error = {"name": "APIError", "data": {"message": "bad key", "statusCode": 401}}
    info = {"id": "msg_2", "sessionID": "ses_1", "role": "assistant", "error": error}
    oc = client(Server({"POST /session/ses_1/message": {"info": info, "parts": []}}))
    with pytest.raises(ModelError, match="APIError: bad key") as caught:
        oc.session.prompt("ses_1", "hi")
    assert isinstance(caught.value.reply, Message)


def test_an_unknown_agent_or_model_is_named() -> None:
    provider = {"id": "fake", "models": {"demo": {"id": "demo"}}}
    answers: dict[str, Any] = {
        "POST /session/ses_1/message": (500, UNEXPECTED),
        "GET /agent": [{"name": "build"}],
        "GET /config/providers": {"providers": [provider], "default": {}},
    }
    with pytest.raises(InputError, match="no agent 'coder'"):
        client(Server(answers)).session.prompt("ses_1", "hi", agent="coder")
    with pytest.raises(InputError, match="no model 'fake/nope'"):
        client(Server(answers)).session.prompt("ses_1", "hi", agent="build", model="fake/nope")


def test_friendly_forms_become_the_servers_own(tmp_path: Path) -> None:
    plot = tmp_path / "plot.png"
    plot.write_bytes(b"png")
    session = {"id": "ses_1"}
    message = {"info": {"id": "msg_1", "sessionID": "ses_1", "role": "user"}}
    seen = Server(
        {
            "GET /session/ses_1": session,
            "GET /session": [session],
            "POST /session/ses_1/message": message,
            "GET /file": [],
        }
    )
    oc = client(seen)
    found = oc.session.get("ses_1")
    oc.session.prompt(found, ["look", plot], model=ModelRef("a", "b/c"), no_reply=True)
    sent = seen.bodies[-1].decode()
    assert '"modelID":"b/c"' in sent
    assert plot.as_uri() in sent
    assert "image/png" in sent
    moment = datetime(2026, 1, 1, tzinfo=timezone.utc)
    oc.session.list(since=moment)
    oc.file.list(Path("src"))
    with pytest.raises(InputError, match="no file"):
        oc.session.prompt(found, tmp_path / "none.png")
    with pytest.raises(InputError, match="at least one part"):
        oc.session.prompt_async(found, [])
    with pytest.raises(InputError, match="provider/model"):
        oc.session.prompt(found, "x", model="gpt")
    with pytest.raises(InputError, match="1 to 200"):
        oc.find.files("x", limit=500)


class Flaky:
    """Fails in a given way before it answers."""

    def __init__(self, *failures: Exception | int) -> None:
        self.failures = list(failures)
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.failures:
            failure = self.failures.pop(0)
            if isinstance(failure, Exception):
                raise failure
            return httpx.Response(failure, json={"message": "later"})
        return httpx.Response(200, json={"id": "ses_1"})


@pytest.mark.parametrize(
    ("failures", "read", "write"),
    [
        ((httpx.ConnectError("refused"),), 2, 2),
        ((httpx.ConnectError("refused"), httpx.ConnectError("refused")), 3, 3),
        ((httpx.RemoteProtocolError("gone"),), 2, 1),
        ((httpx.ReadError("reset"),), 2, 1),
        ((503,), 2, 1),
        ((500,), 1, 1),
        ((httpx.ReadTimeout("slow"),), 1, 1),
        ((httpx.ConnectTimeout("slow"),), 1, 1),
    ],
)
def test_only_what_can_do_no_harm_is_sent_again(
    failures: tuple[Exception | int, ...], read: int, write: int
) -> None:
    for count, call in ((read, lambda oc: oc.session.get("ses_1")),
                        (write, lambda oc: oc.session.create(title="t"))):  # fmt: skip
        flaky = Flaky(*failures)
        with suppress(OpencodeError):  # not all of it is repeated
            call(client(flaky))
        assert flaky.asked == count


def test_what_fails_for_good_says_so_after_the_last_try() -> None:
    flaky = Flaky(*[httpx.ConnectError("refused")] * 9)
    with pytest.raises(UnreachableError, match="is the server running"):
        client(flaky).session.get("ses_1")
    assert flaky.asked == 3


def test_keys_are_masked_in_what_the_configuration_shows() -> None:
    config = {"model": "a/b", "provider": {"a": {"options": {"apiKey": "sk-123456", "x": 1}}},
              "mcp": {"m": {"headers": {"Authorization": "Bearer t0p"}}}}  # fmt: skip
    settings = client(Server({"GET /config": config})).config.all()
    assert "sk-123456" not in repr(settings)
    assert "t0p" not in repr(settings)
    assert "'a/b'" in repr(settings)
    assert settings["provider"]["a"]["options"]["apiKey"] == "sk-123456"


@pytest.mark.parametrize("name", ["plan", "doom"])
def test_no_mcp_server_gets_a_name_that_lets_its_tools_ask_nobody(name: str) -> None:
    server = Server({f"POST /mcp/{name}/connect": True, "POST /mcp": {}})
    with pytest.raises(InputError, match="could pass for"):
        client(server).mcp.add(name, command=["run"])
    with pytest.raises(InputError, match="could pass for"):
        client(server).mcp.connect(name)
    assert server.asked == []


@pytest.mark.parametrize("name", ["planner", "weather", "plan_enter", "bash"])
def test_other_mcp_servers_are_added(name: str) -> None:
    server = Server({"POST /mcp": {name: {"status": "connected"}}})
    assert client(server).mcp.add(name, command=["run"])[name].status == "connected"


@pytest.mark.parametrize("route", ["prompt", "prompt_async"])
def test_a_prompt_shows_its_options_and_takes_no_others(route: str) -> None:
    server = Server({})
    send = getattr(client(server).session, route)
    assert {"content", "model", "schema", "no_reply"} <= set(inspect.signature(send).parameters)
    with pytest.raises(TypeError, match="a prompt has no option 'modle'"):
        send("ses_1", "hi", modle="fake/demo")
    assert server.asked == []
