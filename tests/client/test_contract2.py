"""What the client sends to OpenCode 2 and reads from it is as 2.0.15, and 2.1, describe it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

import opencode_magic
from opencode_magic import OpenCode
from opencode_magic.commands.reference import reference
from opencode_magic.errors import UnsupportedError
from opencode_magic.protocol.resource import OPERATIONS
from opencode_magic.protocol.v2 import versions as second
from tests.client import operations as first
from tests.client.described import check_answer, check_request, operations
from tests.client.models21 import operation21_of, operations21
from tests.client.operations2 import CALLS, LOCATION, PLACED, Called, Each

FILES = {"GET /api/fs/read/*", "GET /api/fs/read/{}"}
"""One operation, which the two documents write in two ways."""
STREAMS = {
    *("GET /api/event", "GET /api/experimental/session/{}/log", "GET /api/pty/{}/connect"),
    "GET /api/experimental/persistent-pty/{}/connect",
}
"""What never ends has no model in the package."""
ADDED = {
    *("GET /api/credential", "POST /api/credential", "PATCH /api/permission/saved/{}"),
    *("GET /auth/connect/{}", "POST /api/integration/{}/connect/external", "POST /api/pair"),
    *("POST /api/experimental/voice/session", "POST /api/vcs/init"),
}
"""What only 2.1 has; nothing of it is used."""
SECRET = "sk-in-the-clear"  # of the samples


class Server:
    """A server that says what it is told to, and holds what is sent against its document."""

    def __init__(self, called: Called) -> None:
        self.sent: list[str] = []
        self.requests: list[httpx.Request] = []
        self.answers: list[Any] = []
        self._answers = called.answers

    def __call__(self, request: httpx.Request) -> httpx.Response:
        operation = check_request(request)
        if operation.name == LOCATION and LOCATION not in self._answers:
            return httpx.Response(200, json=PLACED)  # the root of the repository, asked once
        self.sent.append(operation.name)
        self.requests.append(request)
        if operation.name not in self._answers:
            check_answer(operation, 204, b"")
            self.answers.append(None)
            return httpx.Response(204)
        said = self._answers[operation.name]
        if isinstance(said, Each):
            said = said[self.sent.count(operation.name) - 1]
        self.answers.append(said)
        content = said if isinstance(said, bytes) else json.dumps(said).encode()
        check_answer(operation, 200, content)
        return httpx.Response(200, content=content, headers={"content-type": "application/json"})


def _client(server: Server) -> OpenCode:
    oc = OpenCode("http://127.0.0.1:1", directory="/p q", transport=httpx.MockTransport(server))
    oc.speak("2.0.15")
    return oc


@pytest.mark.parametrize("called", CALLS, ids=[c.sends[-1] for c in CALLS])
def test_requests_and_answers_are_those_of_the_document(called: Called) -> None:
    server = Server(called)
    with _client(server) as oc:
        value = called.call(oc)
    assert server.sent == list(called.sends)
    bodies = [json.loads(r.content) for r in server.requests if r.content]
    assert called.body is None or bodies[-1] == called.body
    query = dict(server.requests[-1].url.params)
    assert query.pop("location[directory]") == "/p q"
    assert query == called.query
    assert SECRET not in repr(value)


def test_all_bound_operations_are_called_here_and_in_the_document() -> None:
    bound = {o for o in OPERATIONS if re.match(r"\w+ /(api/|openapi)", o)}
    called = {name for called in CALLS for name in called.sends}
    assert bound - called == {"GET /openapi.json"}  # describes the others
    assert bound - set(operations()) == {"GET /openapi.json"}


@pytest.mark.parametrize("called", CALLS, ids=[c.sends[-1] for c in CALLS])
def test_the_models_of_the_next_minor_take_them_too(called: Called) -> None:
    server = Server(called)
    with _client(server) as oc:
        called.call(oc)
    for request, name, answer in zip(server.requests, server.sent, server.answers, strict=True):
        if name in FILES:
            continue
        operation = operation21_of(request)
        assert operation is not None, f"2.1 has no {name}"
        body = json.loads(request.content) if request.content else None
        assert operation.faults(body, answer) == [], name


def test_the_next_minor_has_the_same_operations_and_some_more() -> None:
    ours = {re.sub(r"\{\w+\}", "{}", name) for name in operations()} - FILES
    theirs = set(operations21()) - FILES
    assert ours - theirs == STREAMS
    assert theirs - ours == ADDED


def test_what_is_refused_is_told_in_words_of_either_major() -> None:
    package = Path(opencode_magic.__file__).parent / "protocol"
    asked = re.compile(r'(?:\.need|_refuse)\("([\w.-]+)"\)')
    files = [*(package / "v2").glob("*.py"), *package.parent.glob("commands/*.py")]
    named = {name for file in files for name in asked.findall(file.read_text())}
    assert {n for n in named if n not in second.CAPABILITIES and n not in second.WORDS} == set()
    assert not second.CAPABILITIES & second.WORDS.keys()


LACKING = {b.first: b.python for b in reference() if b.first and not b.second}


@pytest.mark.parametrize(
    "called", [c for c in first.CALLS if (c.operation,) in LACKING], ids=lambda c: c.operation
)
def test_what_it_lacks_is_refused_before_anything_is_sent(called: first.Called) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        pytest.fail(f"{request.url} was sent")

    with OpenCode("http://127.0.0.1:1", transport=httpx.MockTransport(answer)) as oc:
        oc.speak("2.0.15")
        with pytest.raises(UnsupportedError, match=r"^opencode 2\.0\.15 [a-z]"):
            called.call(oc)


def test_that_is_a_part_of_the_first_alone() -> None:
    assert len(LACKING) == 25
    assert sum(c.operation not in {o for b in LACKING for o in b} for c in first.CALLS) > 50
