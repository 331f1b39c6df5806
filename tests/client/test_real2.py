"""The client on a real OpenCode 2.0.15: all that passes is held against the server's document."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from opencode_magic import OpenCode
from opencode_magic.demo.script import Call, Fail, Say, script
from opencode_magic.errors import (
    InputError,
    ModelError,
    NotFoundError,
    OpencodeError,
    UnreachableError,
    UnsupportedError,
)
from opencode_magic.model.messages import Message, ToolPart
from opencode_magic.model.sessions import Session
from opencode_magic.protocol.v2.dialect import OpenCode2
from opencode_magic.text.redact import MASK
from tests.client.described import Checked
from tests.harness.machine import MODEL_ID
from tests.harness.server import PlainServer

WEATHER = Path(__file__).parents[1] / "harness" / "mcp_weather.py"


@pytest.fixture(scope="module")
def oc(plain_server2: PlainServer) -> Iterator[OpenCode]:
    with OpenCode(
        plain_server2.url,
        password=plain_server2.password,
        directory=str(plain_server2.directory),
        transport=Checked(),
    ) as oc:
        oc.speak("2.0.15")
        yield oc


@pytest.fixture
def session(oc: OpenCode) -> Session:
    return oc.session.create(title="real", model=MODEL_ID)


def asks(*steps: object) -> str:
    return "hi " + script(*steps)  # type: ignore[arg-type]  # steps are what it takes


def of_the_second(oc: OpenCode) -> OpenCode2:
    assert isinstance(oc.dialect, OpenCode2)
    return oc.dialect


def printed(message: Message) -> str:
    """What a shell line printed, by its message."""
    (part,) = message.parts
    assert isinstance(part, ToolPart)
    return part.state.output


def test_it_is_found_out_what_the_server_speaks(plain_server2: PlainServer) -> None:
    with plain_server2.client() as oc:
        assert oc.probe() == "2.0.15"
        assert isinstance(oc.dialect, OpenCode2)
        assert oc.health().healthy
        assert oc.paths().directory == str(plain_server2.directory)
        assert "/api/session" in oc.doc()["paths"]


def test_a_prompt_is_answered_with_the_last_message(oc: OpenCode, session: Session) -> None:
    steps = ([Say("look"), Call("read", {"path": "greet.py"})], [Say("done")])
    reply = oc.session.prompt(session, asks(*steps), agent="plan")
    assert [part.text for part in reply.parts if hasattr(part, "text")] == ["done"]
    assert reply.info.agent == "plan"
    listed = oc.session.messages(session)
    assert [m.info.role for m in listed if m.info.role == "assistant"] == ["assistant"] * 2
    assert reply == listed[-1]
    assert oc.session.message(session, reply).parts == reply.parts
    assert sum(len(page) for page in oc.session.pages(session, size=2)) == len(listed)
    assert [m.info.id for m in oc.session.messages(session, limit=1)] == [reply.info.id]


def test_who_answers_is_asked_for_before_anything_is_sent(oc: OpenCode, session: Session) -> None:
    with pytest.raises(InputError, match="no model 'fake/none'"):
        oc.session.prompt(session, "hi", model="fake/none")
    with pytest.raises(InputError, match="no agent 'none'"):
        oc.session.prompt_async(session, "hi", agent="none")
    for lacking in ({"system": "s"}, {"tools": {"bash": False}}, {"schema": {"type": "object"}}):
        with pytest.raises(UnsupportedError):
            oc.session.prompt(session, "hi", **lacking)  # type: ignore[arg-type]  # of its options
    assert oc.session.messages(session) == []
    assert oc.session.inbox(session) == []


def test_what_the_model_says_in_failing_is_told(oc: OpenCode, session: Session) -> None:
    with pytest.raises(ModelError, match="provider"):
        oc.session.prompt(session, asks([Fail(400, "no such thing")]))


def test_no_more_is_waited_than_was_asked_for(oc: OpenCode, session: Session) -> None:
    slow = asks([Call("shell", {"command": "sleep 60"})], [Say("done")])
    with pytest.raises(UnreachableError, match="in time"):
        oc.session.prompt(session, slow, timeout_s=3)
    assert oc.session.statuses()[session.id].type == "busy"
    assert oc.session.abort(session)
    of_the_second(oc).session.wait(session)
    assert session.id not in oc.session.statuses()
    assert not oc.session.abort(session)


def test_what_waits_can_be_seen_changed_and_dropped(oc: OpenCode, session: Session) -> None:
    stored = oc.session.prompt(session, "later", no_reply=True)
    waiting = oc.session.inbox(session)
    assert [(w.id, w.kind, w.text, w.delivery) for w in waiting] == [
        (stored.info.id, "user", "later", "steer")
    ]
    oc.session.deliver(session, waiting[0].id, "queue")
    assert [w.delivery for w in oc.session.inbox(session)] == ["queue"]
    oc.session.drop(session, waiting[0].id)
    assert oc.session.inbox(session) == []
    with pytest.raises(NotFoundError, match="does not wait"):
        oc.session.drop(session, waiting[0].id)
    with pytest.raises(NotFoundError, match="does not wait"):
        oc.session.deliver(session, waiting[0].id, "steer")


def test_an_answer_on_the_side_leaves_no_trace(oc: OpenCode, session: Session) -> None:
    assert oc.session.generate(session, asks([Say("aside")])) == "aside"
    assert oc.session.messages(session) == []


def test_commands_shell_lines_and_summaries_are_waited_for(oc: OpenCode, session: Session) -> None:
    reply = oc.session.command(session, "init", asks([Say("looked")]))
    assert "looked" in [part.text for part in reply.parts if hasattr(part, "text")]
    with pytest.raises(NotFoundError, match="Command not found"):
        oc.session.command(session, "nope")
    ran = oc.session.shell(session, "echo $((6 * 7)); exit 3")
    assert printed(ran).startswith("42")
    oc.session.summarize(session, model=MODEL_ID)
    assert [m.info.summary for m in oc.session.messages(session)].count(True) == 1


def test_shells_have_the_variables_they_are_given_and_no_others(
    oc: OpenCode, session: Session
) -> None:
    oc.session.set_environment(session, {"GREETING": "hello there", "PATH": "/usr/bin:/bin"})
    ran = oc.session.shell(session, "echo $GREETING, $HOME.")
    assert printed(ran) == "hello there, .\n"


def test_sessions_are_listed_named_copied_and_deleted(oc: OpenCode, session: Session) -> None:
    assert session.id in [s.id for s in oc.session.list(roots=True, search="real")]
    assert oc.session.list(since=session.time.updated + 1e9) == []
    assert oc.session.list(path="data") == []
    assert oc.session.update(session, title="other").title == "other"
    with pytest.raises(InputError, match="nothing to copy"):
        oc.session.fork(session)
    oc.session.prompt(session, asks([Say("one")]))
    copy = oc.session.fork(session)
    assert len(oc.session.messages(copy)) == 2
    oc.session.delete(copy)
    with pytest.raises(NotFoundError):
        oc.session.get(copy)
    assert oc.session.children(session) == []


FILES = {
    "page.html": b"<html>\xc3\xa9</html>",
    "pr\u00f6j x#%.txt": b"umlaut\n",
    "bin.dat": b"\xff\x00\x01",
    "empty.txt": b"",
}


def test_files_are_read_as_they_are(oc: OpenCode, plain_server2: PlainServer) -> None:
    for name, data in FILES.items():
        (plain_server2.directory / name).write_bytes(data)
        assert oc.file.content(name).data == data
    assert {f.path for f in oc.file.status()} >= set(FILES)
    assert {f.file for f in oc.vcs.status()} >= set(FILES)
    assert {n.path for n in oc.file.list()} >= {"greet.py", "data", *FILES}
    assert [n.path for n in oc.file.list("data")] == ["data/numbers.csv"]
    for name in ("nope.py", "../x", "/etc/passwd", "data/../../x"):
        with pytest.raises(NotFoundError, match="in the project"):
            oc.file.content(name)
    for name in (".", "data"):
        with pytest.raises(InputError, match="is a folder"):
            oc.file.content(name)
    for name in ("..", "/etc", "nope", "greet.py"):
        with pytest.raises(NotFoundError, match="no folder"):
            oc.file.list(name)


def test_names_and_text_are_found(oc: OpenCode, plain_server2: PlainServer) -> None:
    folder = plain_server2.directory
    (folder / ".gitignore").write_text("hidden.txt\n")
    for name in ("hidden.txt", ".env", "prod.env", ".env.local"):
        (folder / name).write_text("Zebra crossing\n")
    (folder / "latin.txt").write_bytes(b"caf\xe9 Zebra\n")
    found = oc.find.text("Zebra")
    assert [(str(m.path), m.line_number) for m in found] == [("latin.txt", 1)]
    assert (found[0].submatches[0].start, found[0].submatches[0].end) == (5, 10)
    assert oc.find.readable("no such words anywhere").matches == ()
    with pytest.raises(InputError, match="no regular expression"):
        oc.find.text("(")
    assert oc.find.files("gree")[0] == "greet.py"
    folders = oc.find.files(type="directory")
    assert "data/" in folders
    assert all(name.endswith("/") for name in folders)
    with pytest.raises(InputError, match="1 to 200"):
        oc.find.files(limit=0)


def test_keys_are_in_nothing_that_is_read(oc: OpenCode, plain_server2: PlainServer) -> None:
    settings = "/api/provider", "/api/config", "/api/model"
    with plain_server2.http() as http:
        assert all('"apiKey":"none"' in http.get(path).text for path in settings[:2])
    for path in settings:
        assert "'apiKey': 'none'" not in repr(oc.request("GET", path))
    assert f"'apiKey': '{MASK}'" in repr(oc.request("GET", "/api/provider"))
    assert oc.config.all()["providers"]["fake"]["settings"]["apiKey"] == MASK
    assert MASK in repr(oc.config.all())
    assert oc.config.get().model in (MODEL_ID, None)
    assert [p.id for p in oc.config.providers().providers if "demo" in p.models] == ["fake"]


def test_a_key_is_kept_used_and_forgotten(oc: OpenCode) -> None:
    assert oc.provider.auth_methods()["openai"][0].type == "api"
    oc.auth.set("openai", "sk-a-key-of-the-test")
    assert "openai" in oc.provider.list().connected
    oc.auth.remove("openai")
    assert "openai" not in oc.provider.list().connected
    with pytest.raises(InputError, match="does not take this key"):
        oc.auth.set("azure", "sk-a-key-of-the-test")
    for call in (lambda: oc.auth.set("nobody", "sk-some-key"), lambda: oc.auth.remove("nobody")):
        with pytest.raises(InputError, match="knows no login for 'nobody'"):
            call()
    assert oc.redact("sk-a-key-of-the-test") != "sk-a-key-of-the-test"


def test_a_login_in_the_browser_is_waited_for(oc: OpenCode) -> None:
    begun = oc.provider.authorize("digitalocean", 0)
    assert begun.url.startswith("https://")
    with pytest.raises(UnreachableError, match="nobody logged in"):
        oc.provider.callback("digitalocean", 0, timeout_s=0)
    for provider, method in (("openai", 0), ("digitalocean", 7)):
        with pytest.raises(InputError, match="in the browser"):
            oc.provider.authorize(provider, method)
    with pytest.raises(InputError, match="begin one"):
        oc.provider.callback("poe", 0)


def test_an_mcp_server_is_added_ended_and_connected_again(oc: OpenCode) -> None:
    states = oc.mcp.add("weather", command=[sys.executable, str(WEATHER)])
    assert states["weather"].status == "connected"
    oc.mcp.disconnect("weather")
    assert oc.mcp.status()["weather"].status == "disabled"
    oc.mcp.connect("weather")
    failed = oc.mcp.add("bad", command=["/no/such/program"])["bad"]
    assert (failed.status, bool(failed.error)) == ("failed", True)
    with pytest.raises(NotFoundError):
        oc.mcp.connect("nobody")
    with pytest.raises(InputError):
        oc.mcp.add("plan", command=["x"])


def test_what_was_allowed_for_ever_is_listed_and_taken_back(oc: OpenCode, session: Session) -> None:
    oc.session.update(session, permission=[{"permission": "bash", "pattern": "*", "action": "ask"}])
    steps = ([Call("shell", {"command": "echo once"})], [Say("done")])
    oc.session.prompt_async(session, asks(*steps))
    ask = _first_ask(oc)
    oc.session.answer_permission(session, ask, "always")
    of_the_second(oc).session.wait(session)
    (saved,) = oc.permission.saved()
    assert (saved.permission, saved.pattern) == ("bash", "echo *")
    oc.permission.forget(saved.id)
    assert oc.permission.saved() == []
    with pytest.raises(NotFoundError):
        oc.permission.forget(saved.id)


def _first_ask(oc: OpenCode) -> str:
    with oc.fanout.share(oc.directory) as events:
        while not (asks := oc.permission.list()):
            events.get(5)
    return asks[0].id


def test_an_unknown_route_is_told_in_one_line(oc: OpenCode, plain_server2: PlainServer) -> None:
    with plain_server2.client() as client, pytest.raises(UnsupportedError, match="begin with /api"):
        client.request("GET", "/api/nope")
    with plain_server2.client() as client, pytest.raises(OpencodeError, match="/session"):
        client.request("GET", "/session")
