"""What each method sends, and that nothing of the server's API is out of reach."""

from __future__ import annotations

import inspect
import json
import re
from typing import Any

import httpx
import pytest

from opencode_magic import OpenCode
from opencode_magic.protocol.resource import OPERATIONS, USES, Resource
from tests.client.operations import CALLS, DOCUMENTED, UNBOUND, Called
from tests.harness.server import PlainServer

EVENTS = b'data: {"type":"server.connected","properties":{}}\n\n'
OF_THE_SECOND = {
    *("session.inbox", "session.drop", "session.deliver", "session.generate"),
    *("session.set_environment", "permission.saved", "permission.forget"),
}
"""Public methods of what only the other major can do: here they refuse."""


class Recorder:
    """A transport that writes down what is asked and gives one answer to everything."""

    def __init__(self, answer: Any) -> None:
        self.requests: list[httpx.Request] = []
        self._answer = answer

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self._answer == "events":
            return httpx.Response(200, headers={"content-type": "text/event-stream"},
                                  content=EVENTS)  # fmt: skip
        if request.url.path == "/session/status":
            return httpx.Response(200, json={"ses_1": {"type": "busy"}})
        if self._answer is None:
            return httpx.Response(204)
        return httpx.Response(200, json=self._answer)


OF_THE_FIRST = {o for o in OPERATIONS if not re.match(r"\w+ /(api/|openapi)", o)}
"""The operations of OpenCode 1."""


def _client(recorder: Recorder) -> OpenCode:
    oc = OpenCode("http://127.0.0.1:1", directory="/p q", transport=httpx.MockTransport(recorder))
    oc.speak("")
    return oc


@pytest.mark.parametrize("called", CALLS, ids=[c.operation for c in CALLS])
def test_a_method_sends_what_its_operation_wants(called: Called) -> None:
    recorder = Recorder(called.answer)
    with _client(recorder) as oc:
        called.call(oc)
    method, _, path = called.operation.partition(" ")
    sent = [f"{r.method} {r.url.raw_path.decode().partition('?')[0]}" for r in recorder.requests]
    if called.answer == "events":  # a stream connects again when it ends
        sent = sent[:1]
    assert sent == [*called.before, f"{method} {called.path or path}", *called.after]
    request = recorder.requests[len(called.before)]
    assert re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), request.url.raw_path.decode()
                        .partition("?")[0])  # fmt: skip
    scope = {} if called.operation == "GET /global/event" else {"directory": "/p q"}
    assert dict(request.url.params) == {**scope, **called.query}
    assert (json.loads(request.content) if request.content else None) == called.body


def test_the_bound_operations_are_the_documented_ones_and_a_listed_remainder() -> None:
    assert len({c.operation for c in CALLS[:DOCUMENTED]}) == 57
    assert {c.operation for c in CALLS} == OF_THE_FIRST


def test_every_public_method_binds_an_operation() -> None:
    oc = OpenCode("http://127.0.0.1:1")
    oc.speak("")
    bound = {*OPERATIONS.values(), *USES}
    free = set()
    for name, group in {**vars(oc.dialect), **vars(oc)}.items():
        if isinstance(group, Resource):
            for method, function in inspect.getmembers(type(group), inspect.isfunction):
                place = f"{function.__module__.rpartition('.')[2]}.{function.__qualname__}"
                if not method.startswith("_") and place not in bound:
                    free.add(f"{name}.{method}")
    assert free == OF_THE_SECOND
    assert {route for routes in USES.values() for route in routes} - {"rg"} <= set(OPERATIONS)


def test_what_the_server_documents_is_bound_or_left_out_for_a_reason(
    plain_server: PlainServer,
) -> None:
    with OpenCode(plain_server.url, password=plain_server.password) as oc:
        paths = oc.doc()["paths"]
    methods = ("get", "post", "put", "patch", "delete")
    offered = {f"{m.upper()} {path}" for path, ms in paths.items() for m in methods if m in ms}
    assert OF_THE_FIRST - offered == {"GET /doc"}  # it does not describe itself
    left = offered - OF_THE_FIRST
    unexplained = {o for o in left if not any(re.match(reason, o) for reason in UNBOUND)}
    assert unexplained == set()
    idle = {reason for reason in UNBOUND if not any(re.match(reason, o) for o in left)}
    assert idle == set()
