"""Each operation of OpenCode 2 that the client binds: how it is called, and what must be sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from opencode_magic import OpenCode
from opencode_magic.protocol.v2.dialect import OpenCode2

SES, MSG, PER, FRM = "ses_1", "msg_1", "per_1", "frm_1"
PLACE, CREATED = {"directory": "/p q"}, {"created": 1}
TOKENS = {"input": 1, "output": 2, "reasoning": 0, "cache": {"read": 0, "write": 0}}
DEMO = {"id": "demo:7b/x", "providerID": "fake"}
MODEL = "fake/demo:7b/x"
LOCATION = "GET /api/location"
PLACED = {**PLACE, "project": {"id": "p", **PLACE, "canonical": "/p"}}
SESSION = {
    "id": SES,
    "projectID": "p",
    "cost": 0,
    "tokens": TOKENS,
    "time": {"created": 1, "updated": 2},
    "title": "t",
    "location": PLACE,
    "model": DEMO,
    "agent": "build",
}
USER = {"id": MSG, "type": "user", "time": CREATED, "text": "hello"}
ANSWER = {
    "id": "msg_2",
    "type": "assistant",
    "time": {"created": 2, "completed": 3},
    "agent": "build",
    "model": DEMO,
    "content": [{"type": "text", "text": "hi"}],
    "finish": "stop",
}
ITEM = {"sessionID": SES, "time": CREATED, "delivery": "steer"}
WAITS = {"id": MSG, **ITEM, "type": "user", "payload": {"text": "hello"}}
FORM = {
    "id": FRM,
    "sessionID": SES,
    "title": "Questions",
    "fields": [{"key": "q0", "type": "string", "title": "Colour"}],
}
OPEN = {"data": {**FORM, "state": {"status": "pending"}}}
ASKED = {"id": PER, "sessionID": SES, "action": "shell", "resources": ["ls"]}
PROVIDER = {"id": "fake", "name": "Fake", "activation": "auto", "package": "x",
            "settings": {"apiKey": "sk-in-the-clear"}}  # fmt: skip
OFFERED = {
    **DEMO,
    "modelID": "demo:7b/x",
    "name": "Demo",
    "capabilities": {"tools": True, "input": ["text"], "output": ["text"]},
    "limit": {"context": 1, "output": 1},
    "cost": [],
    "variants": [],
    "status": "active",
    "enabled": True,
    "time": {"released": 0},
    "settings": {"apiKey": "sk-in-the-clear"},
}
LOGIN = {"type": "credential", "id": "cred_1", "label": "l", "method": "key"}
INTEGRATION = {"id": "a", "name": "A", "methods": [{"type": "key"},
               {"id": "web", "type": "oauth", "label": "l"}], "connections": [LOGIN]}  # fmt: skip
ATTEMPT = {"attemptID": "con_1", "url": "u", "mode": "code", "instructions": "i",
           "time": {"created": 1, "expires": 2}}  # fmt: skip


class Each(tuple[Any, ...]):
    """The answers to the same request, one after the other."""


def here(data: Any) -> dict[str, Any]:
    return {"location": PLACE, "data": data}


@dataclass(frozen=True)
class Called:
    """A call of the client, the answers it is given, and what it must send."""

    sends: tuple[str, ...]
    """The operations it sends, in order."""
    call: Callable[[OpenCode], Any]
    answers: Mapping[str, Any] = field(default_factory=dict)
    """By operation: what the server says. What is missing here is a 204."""
    body: Any = None
    """What the last request that has a body must hold."""
    query: Mapping[str, str] = field(default_factory=dict)
    """The query of the last request, beside the place."""


def second(oc: OpenCode) -> OpenCode2:
    """What only this dialect has."""
    assert isinstance(oc.dialect, OpenCode2)
    return oc.dialect


S = "/api/session/{sessionID}"
GET, POST = f"GET {S}", f"POST {S}"
ACTIVE = "GET /api/session/active"
WAIT = "POST /api/experimental/session/{sessionID}/wait"
MODELS, AGENTS = "GET /api/model", "GET /api/agent"
PROMPT, COMMAND = f"{POST}/prompt", f"{POST}/command"
LIST, MESSAGE = f"{GET}/message", f"{GET}/message/{{messageID}}"
BOTH = {LIST: {"data": [ANSWER, USER], "cursor": {}}}
NEW: dict[str, Any] = {LIST: {"data": [], "cursor": {}}}
BUILD = {"id": "build", "name": "build", "mode": "primary", "hidden": False, "permissions": [],
         "request": {"settings": {}, "headers": {}, "body": {}}}  # fmt: skip
AUTH = "/api/integration/{integrationID}"
OAUTH = f"{AUTH}/connect/oauth"

CALLS = (
    Called(("GET /api/info",), lambda oc: oc.health(),
           {"GET /api/info": {"version": "2.0.15", "pid": 1, "urls": [], "paths": {"tmp": "/t"}}}),
    Called((AGENTS,), lambda oc: oc.agents(), {AGENTS: here([BUILD])}),
    Called(("GET /api/command",), lambda oc: oc.commands(),
           {"GET /api/command": here([{"name": "init"}])}),
    Called(("GET /api/skill",), lambda oc: oc.skills(),
           {"GET /api/skill": here([{"id": "s", "name": "s", "path": "/s", "content": "c"}])}),
    Called((LOCATION,), lambda oc: oc.paths(),
           {LOCATION: PLACED}),
    # Sessions.
    Called(("GET /api/session",), lambda oc: oc.session.list(limit=2, search="a b", roots=True),
           {"GET /api/session": {"data": [SESSION], "cursor": {}}},
           query={"directory": "/p q", "limit": "2", "search": "a b", "parentID": "null"}),
    Called(("POST /api/session",),
           lambda oc: oc.session.create(
               title="t", model=MODEL, agent="plan", variant="high", metadata={"a": 1},
               permission=[{"permission": "bash", "pattern": "*", "action": "ask"}]),
           {"POST /api/session": {"data": SESSION}},
           body={"title": "t", "agent": "plan", "model": {**DEMO, "variant": "high"},
                 "metadata": {"a": 1}, "location": PLACE,
                 "permissions": [{"action": "shell", "resource": "*", "effect": "ask"}]}),
    Called((GET,), lambda oc: oc.session.get(SES), {GET: {"data": SESSION}}),
    Called((ACTIVE,), lambda oc: oc.session.statuses(),
           {ACTIVE: {"data": {SES: {"type": "running"}}}}),
    Called((f"DELETE {S}",), lambda oc: oc.session.delete(SES)),
    Called((f"PATCH {S}", GET), lambda oc: oc.session.update(SES, title="n"),
           {GET: {"data": SESSION}}, body={"title": "n"}),
    Called((f"{POST}/fork",), lambda oc: oc.session.fork(SES, message_id=MSG),
           {f"{POST}/fork": {"data": SESSION}}, body={"before": MSG}),
    Called(("GET /api/session",), lambda oc: oc.session.children(SES),
           {"GET /api/session": {"data": [SESSION], "cursor": {}}},
           query={"parentID": SES, "limit": "50"}),
    Called((f"{POST}/interrupt", f"{GET}/inbox", f"DELETE {S}/inbox/{{inboxID}}", WAIT,
            "GET /api/session", WAIT),
           lambda oc: oc.session.abort(SES),
           {f"{POST}/interrupt": {"interrupted": True}, f"{GET}/inbox": {"data": [WAITS]},
            "GET /api/session": {"data": [SESSION], "cursor": {}}}),
    Called((f"{GET}/diff",), lambda oc: oc.session.diff(SES, MSG),
           {f"{GET}/diff": {"data": [{"file": "a", "patch": "", "additions": 1, "deletions": 0,
                                      "status": "added"}]}}, query={"from": MSG}),
    Called((f"{POST}/revert/stage", GET), lambda oc: oc.session.revert(SES, MSG),
           {f"{POST}/revert/stage": {"data": {"messageID": MSG}}, GET: {"data": SESSION}},
           body={"messageID": MSG, "files": True}),
    Called((f"DELETE {S}/revert", GET), lambda oc: oc.session.unrevert(SES),
           {GET: {"data": SESSION}}),
    Called((f"{POST}/revert/commit",), lambda oc: second(oc).session.commit(SES)),
    # Messages, and what is sent.
    Called((LIST,), lambda oc: oc.session.messages(SES, limit=3), BOTH,
           query={"limit": "7", "order": "desc"}),
    Called((MESSAGE,), lambda oc: oc.session.message(SES, MSG), {MESSAGE: {"data": USER}}),
    Called((GET, AGENTS, f"{POST}/agent", MODELS, f"{POST}/model", PROMPT),
           lambda oc: oc.session.prompt_async(SES, "hello", model="fake/other", agent="plan",
                                              variant="high", message_id="msg_9"),
           {GET: {"data": SESSION}, AGENTS: here([{**BUILD, "id": "plan"}]),
            MODELS: here([{**OFFERED, "id": "other"}]), PROMPT: {"data": WAITS}},
           body={"text": "hello", "id": "msg_9"}),
    Called((PROMPT, WAIT, f"{GET}/inbox", ACTIVE, LIST), lambda oc: oc.session.prompt(SES, "hello"),
           {PROMPT: {"data": WAITS}, f"{GET}/inbox": {"data": []}, ACTIVE: {"data": {}}, **BOTH},
           query={"limit": "200", "order": "desc"}),
    Called((PROMPT, f"{GET}/inbox"), lambda oc: oc.session.prompt(SES, "hello", no_reply=True),
           {PROMPT: {"data": WAITS}, f"{GET}/inbox": {"data": [WAITS]}},
           body={"text": "hello", "resume": False}),
    Called((LIST, COMMAND, WAIT, f"{GET}/inbox", ACTIVE, LIST),
           lambda oc: oc.session.command(SES, "init", "a b"),
           {LIST: Each((NEW[LIST], BOTH[LIST])), f"{GET}/inbox": {"data": []},
            ACTIVE: {"data": {}}}, body={"name": "init", "text": "a b"},
           query={"limit": "200", "order": "desc"}),
    Called((f"{POST}/shell",), lambda oc: second(oc).session.run_shell(SES, "ls"),
           body={"command": "ls"}),
    Called((f"{POST}/compact",), lambda oc: second(oc).session.compact(SES),
           {f"{POST}/compact": {"data": {"id": MSG, **ITEM, "type": "compaction",
                                         "payload": {}}}}, body={}),
    Called((f"{POST}/synthetic",), lambda oc: second(oc).session.synthetic(SES, "note"),
           {f"{POST}/synthetic": {"data": {**WAITS, "type": "synthetic"}}},
           body={"text": "note", "resume": False}),
    Called((f"{GET}/inbox",), lambda oc: oc.session.inbox(SES),
           {f"{GET}/inbox": {"data": [WAITS]}}),
    Called((f"{GET}/inbox", f"DELETE {S}/inbox/{{inboxID}}"),
           lambda oc: oc.session.drop(SES, MSG), {f"{GET}/inbox": {"data": [WAITS]}}),
    Called((f"{GET}/inbox", f"PATCH {S}/inbox/{{inboxID}}"),
           lambda oc: oc.session.deliver(SES, MSG, "queue"), {f"{GET}/inbox": {"data": [WAITS]}},
           body={"delivery": "queue"}),
    Called((f"{POST}/generate",), lambda oc: oc.session.generate(SES, "aside"),
           {f"{POST}/generate": {"data": {"text": "t"}}}, body={"prompt": "aside"}),
    Called((f"PUT {S}/environment",), lambda oc: oc.session.set_environment(SES, {"A": "b"}),
           body={"variables": {"A": "b"}}),
    # What waits for an answer.
    Called(("GET /api/permission/request",), lambda oc: oc.permission.list(),
           {"GET /api/permission/request": here([ASKED])}),
    Called(("GET /api/permission/request", f"{POST}/permission/{{requestID}}/reply"),
           lambda oc: oc.permission.reply(PER, "reject", message="no"),
           {"GET /api/permission/request": here([ASKED])},
           body={"decision": "reject", "message": "no"}),
    Called((f"{POST}/permission/{{requestID}}/reply",),
           lambda oc: oc.session.answer_permission(SES, PER, "once"), body={"decision": "once"}),
    Called((LOCATION, "GET /api/permission/saved"), lambda oc: oc.permission.saved(),
           {LOCATION: PLACED,
            "GET /api/permission/saved": {"data": [{"id": "s", "projectID": "p", "action": "shell",
             "resource": "ls", "time": {"created": 1, "updated": 1}}]}},
           query={"projectID": "p"}),
    Called((LOCATION, "GET /api/permission/saved", "DELETE /api/permission/saved/{id}"),
           lambda oc: oc.permission.forget("s"),
           {LOCATION: PLACED,
            "GET /api/permission/saved": {"data": [{"id": "s", "projectID": "p", "action": "shell",
             "resource": "ls", "time": {"created": 1, "updated": 1}}]}}),
    Called(("GET /api/form",), lambda oc: oc.question.list(), {"GET /api/form": here([FORM])}),
    Called(("GET /api/form", f"{GET}/form/{{formID}}", f"{POST}/form/{{formID}}/reply"),
           lambda oc: oc.question.reply(FRM, [["Red"]]),
           {"GET /api/form": here([FORM]), f"{GET}/form/{{formID}}": OPEN},
           body={"answer": {"q0": "Red"}}),
    Called(("GET /api/form", f"DELETE {S}/form/{{formID}}"), lambda oc: oc.question.reject(FRM),
           {"GET /api/form": here([FORM])}),
    # The project.
    Called(("GET /api/fs/find",), lambda oc: oc.find.files("auth", limit=10, type="file"),
           {"GET /api/fs/find": here([{"path": "a.py", "type": "file"}])},
           query={"query": "auth", "limit": "10", "type": "file"}),
    Called(("GET /api/fs/list",), lambda oc: oc.file.list("src"),
           {"GET /api/fs/list": here([{"path": "src/a/", "type": "directory"}])},
           query={"path": "src"}),
    Called(("GET /api/fs/read/*",), lambda oc: oc.file.content("src/a b.html"),
           {"GET /api/fs/read/*": b"<html>"}),
    Called(("GET /api/project",), lambda oc: oc.project.list(),
           {"GET /api/project": [{"id": "p", "canonical": "/p", "vcs": "git", "sandboxes": [],
                                  "time": {"created": 1, "updated": 1, "active": 1}}]}),
    Called(("GET /api/vcs",), lambda oc: oc.vcs.get(),
           {"GET /api/vcs": here({"provider": "git", "branch": {"current": "m"}})}),
    Called(("GET /api/vcs/status",), lambda oc: oc.vcs.status(),
           {"GET /api/vcs/status": here([{"file": "a", "additions": 1, "deletions": 0,
                                          "status": "added"}])}),
    Called(("GET /api/vcs/diff",), lambda oc: oc.vcs.diff(mode="branch", context=1),
           {"GET /api/vcs/diff": here([])}, query={"mode": "branch", "context": "1"}),
    # The setup.
    Called(("GET /api/model/default",), lambda oc: oc.config.get(),
           {"GET /api/model/default": here(OFFERED)}),
    Called((MODELS, "GET /api/provider"), lambda oc: oc.config.providers(),
           {MODELS: here([OFFERED]), "GET /api/provider": here([PROVIDER])}),
    Called(("GET /api/config",), lambda oc: oc.config.all(),
           {"GET /api/config": [{"type": "document", "path": "/c",
                                 "info": {"username": "ada", "providers": {"fake": {
                                     "settings": {"apiKey": "sk-in-the-clear"}}}}}]}),
    Called((MODELS, "GET /api/provider", "GET /api/integration"), lambda oc: oc.provider.list(),
           {MODELS: here([OFFERED]), "GET /api/provider": here([PROVIDER]),
            "GET /api/integration": here([INTEGRATION])}),
    Called(("GET /api/integration",), lambda oc: oc.provider.auth_methods(),
           {"GET /api/integration": here([INTEGRATION])}),
    Called((f"GET {AUTH}", f"POST {OAUTH}", f"POST {OAUTH}/{{attemptID}}/complete",
            f"GET {OAUTH}/{{attemptID}}"),
           lambda oc: (oc.provider.authorize("a", 1, inputs={"k": "v"}),
                       oc.provider.callback("a", 1, code="c")),
           {f"GET {AUTH}": here(INTEGRATION), f"POST {OAUTH}": here(ATTEMPT),
            f"GET {OAUTH}/{{attemptID}}": here({"status": "complete",
                                                "time": {"created": 1, "expires": 2}})},
           body={"code": "c"}),
    Called((f"POST {AUTH}/connect/key",),
           lambda oc: oc.auth.set("a", "sk-a-key", metadata={"n": "v"}),
           body={"key": "sk-a-key", "answer": {"n": "v"}}),
    Called((f"GET {AUTH}", "DELETE /api/credential/{credentialID}"),
           lambda oc: oc.auth.remove("a"), {f"GET {AUTH}": here(INTEGRATION)}),
    # MCP servers.
    Called(("GET /api/mcp",), lambda oc: oc.mcp.status(),
           {"GET /api/mcp": here([{"name": "a", "status": {"status": "connected"}}])}),
    Called(("GET /api/mcp", "DELETE /api/experimental/mcp/{server}",
            "PUT /api/experimental/mcp/{server}", "GET /api/mcp"),
           lambda oc: oc.mcp.add("a", command=["x", "y"], environment={"K": ""}, timeout_ms=5),
           {"GET /api/mcp": here([{"name": "a", "status": {"status": "connected"}}])},
           body={"config": {"type": "local", "command": ["x", "y"], "environment": {"K": ""},
                            "timeout": {"startup": 5, "catalog": 5}, "codemode": False}}),
    Called(("GET /api/mcp", "DELETE /api/experimental/mcp/{server}",
            "PUT /api/experimental/mcp/{server}", "GET /api/mcp"),
           lambda oc: oc.mcp.add("a", url="https://a.example", headers={"h": "v"}),
           {"GET /api/mcp": here([{"name": "a", "status": {"status": "failed", "error": "e"}}])},
           body={"config": {"type": "remote", "url": "https://a.example", "headers": {"h": "v"},
                            "codemode": False}}),
    Called(("POST /api/experimental/mcp/{server}/connect",), lambda oc: oc.mcp.connect("a")),
    Called(("POST /api/experimental/mcp/{server}/disconnect",), lambda oc: oc.mcp.disconnect("a")),
)  # fmt: skip
