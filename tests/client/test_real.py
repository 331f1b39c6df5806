"""Every method of the client, once, on a real server."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from opencode_magic import OpenCode
from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Call, Fail, Say, script
from opencode_magic.errors import (
    InputError,
    ModelError,
    NotFoundError,
    NotOpencodeError,
    ServerError,
    UnsupportedError,
)
from opencode_magic.model.asks import PermissionRequest, QuestionRequest
from opencode_magic.model.events import Connected, GlobalEvent, SessionIdle
from opencode_magic.model.messages import TextPart
from tests.client.operations import CALLS
from tests.harness import mcp_weather
from tests.harness.machine import MODEL_ID, make_machine
from tests.harness.server import PlainServer

EDIT = Call("write", {"filePath": "new.txt", "content": "one\ntwo\n"})
BASH = Call("bash", {"command": "echo hi", "description": "says hi"})
RULES = [{"permission": "bash", "pattern": "*", "action": "ask"}]


@pytest.fixture(scope="module")
def oc(
    tmp_path_factory: pytest.TempPathFactory, opencode_executable: Path, model: ScriptedModel
) -> Iterator[OpenCode]:
    """A server of this module's own: its configuration is changed and its state dropped."""
    root = tmp_path_factory.mktemp("client") / "machine"
    machine = make_machine(root, opencode=opencode_executable, model_url=model.url)
    server = PlainServer(opencode_executable, machine, machine.project(), password="s3cret-client")
    with server.client() as oc:
        yield oc
    server.stop()


@pytest.fixture
def session(oc: OpenCode) -> str:
    return oc.session.create(title="a test", model=MODEL_ID).id


def test_sessions_are_made_changed_listed_forked_and_deleted(oc: OpenCode) -> None:
    made = oc.session.create(title="find me", metadata={"k": 1})
    assert oc.session.get(made).title == "find me"
    assert [s.id for s in oc.session.list(search="find me", limit=5, roots=True)] == [made.id]
    changed = oc.session.update(made, title="found", permission=RULES, archived=1)
    assert (changed.title, changed.permission and changed.permission[-1].action) == ("found", "ask")
    forked = oc.session.fork(made)
    assert "fork" in forked.title
    assert list(oc.session.children(made)) == []
    assert list(oc.session.todos(made)) == []
    assert oc.session.abort(made) is False
    oc.session.unshare(made)
    with pytest.raises(ServerError):  # there is no way out of this machine
        oc.session.share(made)
    oc.session.delete(forked)
    with pytest.raises(NotFoundError):
        oc.session.get(forked)
    with pytest.raises(NotFoundError):
        oc.session.abort("ses_nope")


def test_a_turn_is_sent_read_paged_and_taken_back(oc: OpenCode, session: str) -> None:
    reply = oc.session.prompt(session, "write it " + script(EDIT, Say("written")))
    assert [p.text for p in reply.parts if isinstance(p, TextPart)] == ["written"]
    assert oc.session.statuses() == {}
    messages = oc.session.messages(session)
    prompt = messages[0]
    assert oc.session.message(session, prompt).info.id == prompt.info.id
    assert [f.file for f in oc.session.diff(session, prompt)] == ["new.txt"]
    assert [m.info.id for m in oc.session.messages(session, limit=1)] == [messages[-1].info.id]
    pages = [[m.info.id for m in page] for page in oc.session.pages(session, size=1)]
    assert [id for page in pages for id in page] == [m.info.id for m in messages][::-1]
    assert oc.session.revert(session, prompt).revert is not None
    assert "new.txt" not in [n.name for n in oc.file.list()]
    oc.session.unrevert(session)
    assert oc.file.content("new.txt").content == "one\ntwo"
    with pytest.raises(NotFoundError):
        oc.session.revert(session, "msg_nope")
    with pytest.raises(NotFoundError):
        oc.session.diff(session, "msg_nope")
    note = oc.session.prompt(session, "only a note", no_reply=True)
    oc.session.delete_message(session, note)
    with pytest.raises(NotFoundError):
        oc.session.delete_message(session, note)
    forked = oc.session.fork(session, message_id=messages[-1])
    assert len(oc.session.messages(forked)) == len(messages) - 1


def test_the_other_ways_to_work_in_a_session(oc: OpenCode, session: str) -> None:
    shell = oc.session.shell(session, "echo from the shell")
    assert shell.info.role == "assistant"
    events = oc.event.subscribe()
    assert isinstance(next(events), Connected)
    oc.session.prompt_async(session, "say " + script(Say("hi")), agent="build", model=MODEL_ID)
    assert any(isinstance(e, SessionIdle) and e.session_id == session for e in events)
    everywhere = oc.event.subscribe_global()
    assert isinstance(next(everywhere), Connected)
    said = oc.session.command(session, "review", script(Say("reviewed")), model=MODEL_ID)
    assert said.info.role == "assistant"
    assert next(e for e in everywhere if isinstance(e, GlobalEvent)).directory == oc.directory
    oc.session.summarize(session, model=MODEL_ID)
    oc.session.init(session, model=MODEL_ID, message_id=_next_id(oc, session))
    schema = {"type": "object", "properties": {"n": {"type": "number"}}, "required": ["n"]}
    throw_away = oc.session.create(title="form")
    step = Call("StructuredOutput", {"n": 7})
    answer = oc.session.prompt(throw_away, "count " + script(step), schema=schema, model=MODEL_ID)
    assert answer.info.structured == {"n": 7}


def _next_id(oc: OpenCode, session: str) -> str:
    """An id after that of the newest message: ids ascend."""
    return max(m.info.id for m in oc.session.messages(session))[:-4] + "zzzz"


def test_a_turn_from_python_answers_what_it_asks(oc: OpenCode) -> None:
    asked: list[object] = []

    def permit(request: PermissionRequest) -> str:
        asked.append(request.metadata.get("command"))
        return "once"

    def choose(request: QuestionRequest) -> list[list[str]]:
        return [[request.questions[0].options[-1].label]]

    options = [{"label": "red", "description": "r"}, {"label": "blue", "description": "b"}]
    ask = {"questions": [{"question": "Which?", "header": "Colour", "options": options}]}
    steps = script(BASH, Call("question", ask), Say("done"))
    answering = {"on_permission": permit, "on_question": choose, "accept_shell": True}
    turn = oc.ask("work " + steps, model=MODEL_ID, **answering)
    assert (turn.text, turn.state, asked) == ("done", "completed", ["echo hi"])
    assert [d.reply for d in turn.decisions] == ["once", "answer"]
    refused = oc.ask("go " + script(BASH, Say("without")), session=turn.session)
    assert refused.text == "without"
    with pytest.raises(ModelError, match="quota"):
        oc.ask("fail " + script(Fail(403, "no quota")), session=turn.session)


def test_what_waits_for_an_answer_is_answered_in_both_ways(oc: OpenCode) -> None:
    session = oc.session.create(title="waits", permission=RULES)
    events = oc.event.subscribe()
    next(events)
    first, second = (Call("bash", {"command": f"echo {n}", "description": "d"}) for n in "12")
    oc.session.prompt_async(session, "w " + script(first, second, Say("ok")), model=MODEL_ID)
    for answer in ("new", "old"):
        while not (waiting := oc.permission.list()):
            next(events)
        if answer == "new":
            oc.permission.reply(waiting[0].id, "once")
        else:
            oc.session.answer_permission(session, waiting[0].id, "once")
    assert any(isinstance(e, SessionIdle) and e.session_id == session.id for e in events)
    for call in (
        lambda: oc.permission.reply("per_nope", "once"),
        lambda: oc.question.reply("que_nope", [["a"]]),
        lambda: oc.question.reject("que_nope"),
    ):
        with pytest.raises(NotFoundError):
            call()
    assert list(oc.question.list()) == []


def test_the_project_is_searched_and_read(oc: OpenCode) -> None:
    [found] = [m for m in oc.find.text("Hello") if str(m.path) == "greet.py"]
    assert (found.line_number, str(found.submatches[0].match)) == (2, "Hello")
    assert "greet.py" in oc.find.files("greet", limit=10)
    assert "data/" in oc.find.files("data", type="directory")
    assert list(oc.find.symbols("greet")) == []
    assert "data" in [n.name for n in oc.file.list(Path())]
    assert "def greet" in oc.file.content(Path("greet.py")).content
    assert list(oc.file.status()) == []
    for wrong in ("nope.py", "../secret"):
        with pytest.raises(NotFoundError):
            oc.file.content(wrong)
    with pytest.raises(InputError, match="folder"):
        oc.file.content("data")
    with pytest.raises(NotFoundError):
        oc.file.list("nowhere")
    current = oc.project.current()
    assert current.vcs == "git"
    assert current.id in [p.id for p in oc.project.list()]
    assert oc.paths().directory == oc.directory
    assert oc.vcs.get().branch == "main"
    Path(oc.directory or "", "greet.py").write_text("changed\n")
    assert "greet.py" in [f.file for f in oc.vcs.status()]
    assert "greet.py" in [f.file for f in oc.vcs.diff(mode="git", context=0)]
    assert list(oc.vcs.diff(mode="branch")) == []


def test_the_equipment_is_listed_added_and_removed(oc: OpenCode) -> None:
    assert oc.health().healthy
    assert "build" in [a.name for a in oc.agents()]
    assert "init" in [c.name for c in oc.commands()]
    assert oc.skills()
    assert "bash" in oc.tool.ids()
    assert "bash" in [t.id for t in oc.tool.list(MODEL_ID)]
    assert list(oc.lsp.status()) == []
    assert list(oc.formatter.status()) == []
    echo = [sys.executable, mcp_weather.__file__]
    assert oc.mcp.add("echo", command=echo, environment={"X": ""})["echo"].status == "connected"
    oc.mcp.disconnect("echo")
    assert oc.mcp.status()["echo"].status == "disabled"
    oc.mcp.connect("echo")
    assert oc.mcp.status()["echo"].status == "connected"
    oc.mcp.remove_auth("echo")
    for call in (
        lambda: oc.mcp.start_auth("echo"),
        lambda: oc.mcp.finish_auth("echo", "code"),
        lambda: oc.mcp.authenticate("echo"),
        lambda: oc.mcp.connect("nope"),
    ):
        with pytest.raises(ServerError):
            call()


def test_providers_and_settings(oc: OpenCode) -> None:
    assert "fake" in [p.id for p in oc.config.providers().providers]
    assert "fake" in oc.provider.list().connected
    assert oc.provider.auth_methods()
    with pytest.raises(InputError, match="no login in the browser is known for 'anthropic'"):
        oc.provider.authorize("anthropic")
    with pytest.raises(InputError, match="openai has no login 9"):
        oc.provider.authorize("openai", 9)
    with pytest.raises(InputError, match="login 2 of openai takes a key"):
        oc.provider.authorize("openai", 2)
    with pytest.raises(InputError, match="no login to anthropic was begun"):
        oc.provider.callback("anthropic", code="c")
    oc.auth.set("nobody", "a-key-of-nobody")
    oc.auth.remove("nobody")
    assert oc.config.get().model == MODEL_ID
    assert oc.config.all()["model"] == MODEL_ID
    assert oc.config.update({"username": "ada"})["username"] == "ada"
    oc.log("from a test", level="debug")
    oc.dispose()
    assert oc.session.statuses() == {}


def test_a_terminal_client_is_steered(oc: OpenCode) -> None:
    calls = [c for c in CALLS if "/tui/" in c.operation]
    assert len(calls) == 9
    for called in calls:
        called.call(oc)


def test_what_is_not_bound_is_in_reach(oc: OpenCode) -> None:
    assert oc.request("GET", "/experimental/capabilities")
    oc.version = ""
    with pytest.raises(NotOpencodeError):  # nobody knows yet what answers there
        oc.request("GET", "/no/such/route")
    oc.probe()
    with pytest.raises(UnsupportedError, match="does not know GET /no/such/route; check the path"):
        oc.request("GET", "/no/such/route")
