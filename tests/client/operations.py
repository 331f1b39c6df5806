"""Each operation of the server that the client binds: how it is called, and what must be sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from opencode_magic import OpenCode

SES, MSG, PRT = "ses_1", "msg_1", "prt_1"
SESSION = {"id": SES, "title": "t", "new": {"field": 1}}
REVERTED = {**SESSION, "revert": {"messageID": MSG}}
USER = {"info": {"id": MSG, "sessionID": SES, "role": "user"}, "parts": []}
MODEL = "fake/demo:7b/x"
TEXT = [{"type": "text", "text": "hello"}]
PROMPT = {"parts": TEXT, "model": {"providerID": "fake", "modelID": "demo:7b/x"}, "agent": "plan"}


@dataclass(frozen=True)
class Called:
    """An operation as one call of the client, the answer it is given, and what it must send."""

    operation: str
    call: Callable[[OpenCode], Any]
    answer: Any = True
    path: str = ""
    """Where it goes; "" is the operation's own path."""
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    before: tuple[str, ...] = ()
    """Requests the client makes by itself to find out what the server does not say."""
    after: tuple[str, ...] = ()


def _session(rest: str = "") -> str:
    return f"/session/{SES}{rest}"


CALLS = (
    # The 57 of the server's own documentation.
    Called("GET /global/health", lambda oc: oc.health(), {"healthy": True, "version": "1.18.33"}),
    Called("GET /doc", lambda oc: oc.doc(), {"openapi": "3.1.1"}),
    Called("GET /session", lambda oc: oc.session.list(limit=2, search="a b", roots=True),
           [SESSION], query={"limit": "2", "search": "a b", "roots": "true"}),
    Called("POST /session", lambda oc: oc.session.create(title="t", model=MODEL, parent=SES),
           SESSION, body={"title": "t", "parentID": SES,
                          "model": {"providerID": "fake", "id": "demo:7b/x"}}),
    Called("GET /session/{sessionID}", lambda oc: oc.session.get(SES), SESSION, _session()),
    Called("GET /session/status", lambda oc: oc.session.statuses(), {SES: {"type": "busy"}}),
    Called("DELETE /session/{sessionID}", lambda oc: oc.session.delete(SES), True, _session()),
    Called("PATCH /session/{sessionID}", lambda oc: oc.session.update(SES, title="n", archived=7),
           SESSION, _session(), body={"title": "n", "time": {"archived": 7}}),
    Called("POST /session/{sessionID}/fork", lambda oc: oc.session.fork(SES, message_id=MSG),
           SESSION, _session("/fork"), body={"messageID": MSG}),
    Called("POST /session/{sessionID}/abort", lambda oc: oc.session.abort(SES), True,
           _session("/abort"), before=("GET /session/status",)),
    Called("GET /session/{sessionID}/todo", lambda oc: oc.session.todos(SES),
           [{"content": "c", "id": "1"}], _session("/todo")),
    Called("GET /session/{sessionID}/diff", lambda oc: oc.session.diff(SES, MSG),
           [{"file": "a.py", "patch": "", "additions": 1, "deletions": 0}], _session("/diff"),
           query={"messageID": MSG}),
    Called("POST /session/{sessionID}/revert", lambda oc: oc.session.revert(SES, MSG, part=PRT),
           REVERTED, _session("/revert"), body={"messageID": MSG, "partID": PRT}),
    Called("POST /session/{sessionID}/share", lambda oc: oc.session.share(SES), SESSION,
           _session("/share")),
    Called("POST /session/{sessionID}/message",
           lambda oc: oc.session.prompt(SES, "hello", model=MODEL, agent="plan", system="s",
                                        tools={"bash": False}, schema={"type": "object"},
                                        no_reply=True),
           USER, _session("/message"),
           body={**PROMPT, "system": "s", "tools": {"bash": False}, "noReply": True,
                 "format": {"type": "json_schema", "schema": {"type": "object"},
                            "retryCount": 2}}),
    Called("POST /session/{sessionID}/prompt_async",
           lambda oc: oc.session.prompt_async(SES, "hello", model=MODEL, agent="plan",
                                              variant="high"),
           None, _session("/prompt_async"), body={**PROMPT, "variant": "high"}),
    Called("GET /session/{sessionID}/message", lambda oc: oc.session.messages(SES, limit=3),
           [USER], _session("/message"), query={"limit": "3"}),
    Called("GET /session/{sessionID}/message/{messageID}",
           lambda oc: oc.session.message(SES, MSG), USER, _session(f"/message/{MSG}")),
    Called("POST /session/{sessionID}/shell",
           lambda oc: oc.session.shell(SES, "ls", model=MODEL), USER, _session("/shell"),
           body={"agent": "build", "command": "ls", "model": PROMPT["model"]}),
    Called("POST /session/{sessionID}/command",
           lambda oc: oc.session.command(SES, "init", model=MODEL), USER, _session("/command"),
           body={"command": "init", "arguments": "", "model": MODEL}),
    Called("POST /session/{sessionID}/permissions/{permissionID}",
           lambda oc: oc.session.answer_permission(SES, "per_1", "once"), True,
           _session("/permissions/per_1"), body={"response": "once"}),
    Called("GET /find", lambda oc: oc.find.text("a.b"),
           [{"path": {"text": "a.py"}, "lines": {"text": "a\n"}, "line_number": 1}],
           query={"pattern": "a.b"}),
    Called("GET /find/file", lambda oc: oc.find.files("auth", limit=10, type="file"),
           ["src/auth.py"], query={"query": "auth", "limit": "10", "type": "file"}),
    Called("GET /find/symbol", lambda oc: oc.find.symbols("f"), [{"name": "f", "kind": 12}],
           query={"query": "f"}),
    Called("GET /file", lambda oc: oc.file.list("src"), [{"name": "a", "type": "directory"}],
           query={"path": "src"}),
    Called("GET /file/content", lambda oc: oc.file.content("a.py"),
           {"type": "text", "content": "x"}, query={"path": "a.py"}),
    Called("GET /file/status", lambda oc: oc.file.status(), []),
    Called("GET /project/current", lambda oc: oc.project.current(), {"id": "p", "vcs": None}),
    Called("GET /project", lambda oc: oc.project.list(), [{"id": "p"}]),
    Called("GET /path", lambda oc: oc.paths(), {"directory": "/p"}),
    Called("GET /vcs", lambda oc: oc.vcs.get(), {"branch": None, "default_branch": None}),
    Called("GET /config", lambda oc: oc.config.get(), {"model": "a/b", "provider": {}}),
    Called("PATCH /config", lambda oc: oc.config.update({"username": "ada"}),
           {"username": "ada"}, body={"username": "ada"}),
    Called("GET /config/providers", lambda oc: oc.config.providers(),
           {"providers": [], "default": {}}),
    Called("GET /provider", lambda oc: oc.provider.list(),
           {"all": [{"id": "a"}], "default": {}, "connected": []}),
    Called("GET /provider/auth", lambda oc: oc.provider.auth_methods(),
           {"a": [{"type": "oauth", "label": "l"}]}),
    Called("POST /provider/{providerID}/oauth/authorize",
           lambda oc: oc.provider.authorize("a b", 1, inputs={"k": "v"}),
           {"url": "u", "method": "code", "instructions": "i"},
           "/provider/a%20b/oauth/authorize", body={"method": 1, "inputs": {"k": "v"}}),
    Called("GET /agent", lambda oc: oc.agents(), [{"name": "build"}]),
    Called("GET /command", lambda oc: oc.commands(), [{"name": "init"}]),
    Called("GET /mcp", lambda oc: oc.mcp.status(), {"a": {"status": "failed", "error": "e"}}),
    Called("POST /mcp", lambda oc: oc.mcp.add("a", command=["x", "y"], environment={"K": ""}),
           {"a": {"status": "connected"}},
           body={"name": "a", "config": {"type": "local", "command": ["x", "y"],
                                         "environment": {"K": ""}, "enabled": True}}),
    Called("GET /lsp", lambda oc: oc.lsp.status(), [{"id": "pyright"}]),
    Called("GET /formatter", lambda oc: oc.formatter.status(), [{"name": "ruff"}]),
    Called("GET /experimental/tool/ids", lambda oc: oc.tool.ids(), ["bash"]),
    Called("GET /experimental/tool", lambda oc: oc.tool.list(MODEL), [{"id": "bash"}],
           query={"provider": "fake", "model": "demo:7b/x"}),
    Called("POST /tui/append-prompt", lambda oc: oc.tui.append_prompt("t"), body={"text": "t"}),
    Called("POST /tui/submit-prompt", lambda oc: oc.tui.submit_prompt()),
    Called("POST /tui/clear-prompt", lambda oc: oc.tui.clear_prompt()),
    Called("POST /tui/execute-command", lambda oc: oc.tui.execute_command("session_new"),
           body={"command": "session_new"}),
    Called("POST /tui/show-toast", lambda oc: oc.tui.toast("m", variant="error", duration_ms=5),
           body={"message": "m", "variant": "error", "duration": 5}),
    Called("POST /tui/open-help", lambda oc: oc.tui.open_help()),
    Called("POST /tui/open-sessions", lambda oc: oc.tui.open_sessions()),
    Called("POST /tui/open-themes", lambda oc: oc.tui.open_themes()),
    Called("POST /tui/open-models", lambda oc: oc.tui.open_models()),
    Called("POST /log", lambda oc: oc.log("m", level="warn", service="s", extra={"k": 1}),
           body={"service": "s", "level": "warn", "message": "m", "extra": {"k": 1}}),
    Called("POST /instance/dispose", lambda oc: oc.dispose()),
    Called("GET /event", lambda oc: next(oc.event.subscribe()), "events"),
    # And what real use needs.
    Called("GET /global/event", lambda oc: next(oc.event.subscribe_global()), "events"),
    Called("POST /session/{sessionID}/unrevert", lambda oc: oc.session.unrevert(SES), SESSION,
           _session("/unrevert")),
    Called("DELETE /session/{sessionID}/share", lambda oc: oc.session.unshare(SES), SESSION,
           _session("/share")),
    Called("GET /session/{sessionID}/children", lambda oc: oc.session.children(SES), [SESSION],
           _session("/children")),
    Called("POST /session/{sessionID}/init",
           lambda oc: oc.session.init(SES, model=MODEL, message_id=MSG), True, _session("/init"),
           body={"providerID": "fake", "modelID": "demo:7b/x", "messageID": MSG}),
    Called("POST /session/{sessionID}/summarize",
           lambda oc: oc.session.summarize(SES, model=MODEL), True, _session("/summarize"),
           body={"providerID": "fake", "modelID": "demo:7b/x"}),
    Called("GET /permission", lambda oc: oc.permission.list(), [{"id": "p", "sessionID": SES}]),
    Called("POST /permission/{requestID}/reply",
           lambda oc: oc.permission.reply("per_1", "reject", message="no"), True,
           "/permission/per_1/reply", body={"reply": "reject", "message": "no"}),
    Called("GET /question", lambda oc: oc.question.list(), [{"id": "q", "sessionID": SES}]),
    Called("POST /question/{requestID}/reply", lambda oc: oc.question.reply("que_1", [["a"]]),
           True, "/question/que_1/reply", body={"answers": [["a"]]}),
    Called("POST /question/{requestID}/reject", lambda oc: oc.question.reject("que_1"), True,
           "/question/que_1/reject", body={}),
    Called("DELETE /session/{sessionID}/message/{messageID}",
           lambda oc: oc.session.delete_message(SES, MSG), USER, _session(f"/message/{MSG}"),
           before=(f"GET {_session(f'/message/{MSG}')}",)),
    Called("GET /vcs/status", lambda oc: oc.vcs.status(), [{"file": "a", "status": "added"}]),
    Called("GET /vcs/diff", lambda oc: oc.vcs.diff(mode="branch", context=1), [],
           query={"mode": "branch", "context": "1"}),
    Called("POST /provider/{providerID}/oauth/callback",
           lambda oc: oc.provider.callback("a", 0, code="c"), True, "/provider/a/oauth/callback",
           body={"method": 0, "code": "c"}),
    Called("PUT /auth/{providerID}", lambda oc: oc.auth.set("a", "k"), True, "/auth/a",
           body={"type": "api", "key": "k"}),
    Called("DELETE /auth/{providerID}", lambda oc: oc.auth.remove("a"), True, "/auth/a"),
    Called("GET /skill", lambda oc: oc.skills(), [{"name": "s"}]),
    Called("POST /mcp/{name}/connect", lambda oc: oc.mcp.connect("a/b"), True,
           "/mcp/a%2Fb/connect"),
    Called("POST /mcp/{name}/disconnect", lambda oc: oc.mcp.disconnect("a"), True,
           "/mcp/a/disconnect"),
    Called("POST /mcp/{name}/auth", lambda oc: oc.mcp.start_auth("a"),
           {"authorizationUrl": "u"}, "/mcp/a/auth"),
    Called("POST /mcp/{name}/auth/callback", lambda oc: oc.mcp.finish_auth("a", "c"),
           {"status": "connected"}, "/mcp/a/auth/callback", body={"code": "c"}),
    Called("POST /mcp/{name}/auth/authenticate", lambda oc: oc.mcp.authenticate("a"),
           {"status": "connected"}, "/mcp/a/auth/authenticate"),
    Called("DELETE /mcp/{name}/auth", lambda oc: oc.mcp.remove_auth("a"), {"success": True},
           "/mcp/a/auth"),
)  # fmt: skip

DOCUMENTED = 57
"""So many, from the beginning, are those of the server's own documentation."""

UNBOUND = {
    r".* /api/": "the second engine: its sessions are not those of these routes",
    r".* /pty": "terminals of the server: a notebook has its own",
    r".* /experimental/(workspace|worktree|control-plane|project|console|session|resource)":
        "work in progress of the server, unstable between its releases",
    r"GET /experimental/capabilities": "one switch of that work in progress",
    r".* /sync/": "the server's own synchronisation between machines",
    r".* /tui/(control|publish|select-session)": "the other end, for terminal clients themselves",
    r"(GET|PATCH) /global/config": "the user's own file, edited with an editor",
    r"POST /global/(dispose|upgrade)": "ends or replaces the server for all its users",
    r"(POST|PATCH|GET) /project/": "git init and names for projects, which git and folders have",
    r"(GET /vcs/diff/raw|POST /vcs/apply)": "git does both",
    r"(PATCH|DELETE) /session/\{sessionID\}/message/\{messageID\}/part/":
        "edits history, which then differs from what happened",
}  # fmt: skip
"""What is not bound, and why: reachable with `request` all the same."""
