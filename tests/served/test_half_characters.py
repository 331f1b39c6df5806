"""Half a character on a real server, and faults of our own: never silence, never a lost session."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from opencode_magic import OpenCode
from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Call, Fail, Say, StreamTokens, Think, Wait, script
from opencode_magic.errors import InputError, ServerError, UnforeseenError, UnreadableError
from opencode_magic.kernel.queue import CallQueue, ToolAnswer
from opencode_magic.kernel.server import ToolServer
from opencode_magic.kernel.tools import TOOLS
from opencode_magic.model.asks import PermissionRequest, QuestionRequest
from opencode_magic.model.messages import ReasoningPart, TextPart
from opencode_magic.model.prompt import Prompt
from opencode_magic.model.sessions import Rule, Session
from opencode_magic.protocol.stream import EventStream
from opencode_magic.protocol.v1.codec import decoder
from opencode_magic.text.jsontext import decoded
from opencode_magic.turns.frame import Frame
from opencode_magic.turns.history import past_turns
from opencode_magic.turns.run import TurnRun
from opencode_magic.turns.turn import Turn
from tests.harness.machine import MODEL_ID
from tests.harness.server import PlainServer

Do = Callable[[TurnRun, Frame], None]
JSON = {"content-type": "application/json"}


@pytest.fixture
def oc(plain_server: PlainServer) -> Iterator[OpenCode]:
    with plain_server.client() as oc:
        yield oc


def new_session(oc: OpenCode) -> Session:
    return oc.session.create(title="halves", permission=[Rule("edit", "*", "ask")])


def follow(oc: OpenCode, session: Session, text: str, do: Do = lambda *_: None) -> Turn:
    with TurnRun(oc, session, Prompt(text, model=MODEL_ID)) as run:
        while not run.done:
            do(run, run.step(0.05))
        return run.settle()


def test_half_a_character_of_the_model_costs_one(oc: OpenCode, plain_server: PlainServer) -> None:
    file = plain_server.directory / "half.txt"
    raw = json.dumps({"filePath": str(file), "content": "a\ud83db\n"})
    asked: list[str] = []

    def allow(run: TurnRun, frame: Frame) -> None:
        for ask in frame.asks:
            assert isinstance(ask, PermissionRequest)
            asked.append(ask.metadata["diff"])
            run.answer(ask, "once")

    session = new_session(oc)
    steps = [Think("hm \ud83d"), Say("one \ud83d two"), Call("write", raw=raw)]
    turn = follow(oc, session, "x " + script(steps, Say("done \udc00")), allow)
    assert (turn.state, turn.text) == ("completed", "one \ufffd two\n\ndone \ufffd")
    assert any("a\ufffdb" in diff for diff in asked)
    assert file.read_text("utf-8") == "a\ufffdb\n"
    thoughts = [p.text for m in turn.answers for p in m.parts if isinstance(p, ReasoningPart)]
    assert thoughts == ["hm \ufffd"]
    assert turn.tools[0].state.input["content"] == "a\ufffdb\n"
    assert follow(oc, session, "y " + script(Say("next"))).text == "next"
    assert [t.text for t in past_turns(oc, session)] == [turn.text, "next"]


def test_a_question_its_answer_and_a_refusal(oc: OpenCode, plain_server: PlainServer) -> None:
    given = {"question": "which \ud83d?", "header": "h\ud83d", "options": [{"label": "\ud83d",
             "description": "\udc00"}]}  # fmt: skip
    file = str(plain_server.directory / "no.txt")
    steps = [
        Call("question", raw=json.dumps({"questions": [given]})),
        Call("write", {"filePath": file, "content": "x"}),
    ]
    seen: list[str] = []

    def answer(run: TurnRun, frame: Frame) -> None:
        for ask in frame.asks:
            if isinstance(ask, QuestionRequest):
                seen.append(ask.questions[0].question + ask.questions[0].options[0].label)
                run.answer(ask, "answer", answers=[["my own \ud83d"]])
            else:
                run.answer(ask, "reject", message="not \ud83d now")

    turn = follow(oc, new_session(oc), "x " + script(*steps, Say("done")), answer)
    assert seen == ["which \ufffd?\ufffd"]
    assert "my own \ufffd" in turn.tools[0].state.output
    assert "not \ufffd now" in turn.tools[1].state.error
    assert turn.text == "done"


def test_a_torn_character_is_whole_while_it_streams(oc: OpenCode, model: ScriptedModel) -> None:
    seen: set[str] = set()

    def look(_: TurnRun, frame: Frame) -> None:
        parts = (p for m in frame.shown.answers for p in m.parts)
        seen.update(p.text for p in parts if isinstance(p, TextPart))
        if any("😀" in text for text in seen):
            model.gate("torn").set()

    halves = [Say("smile \ud83d", size=0), Say("\ude00 x", size=0)]
    steps = [*halves, Wait("torn", limit_s=30), Say(" on")]
    turn = follow(oc, new_session(oc), "x " + script(steps), look)
    assert turn.text == "smile 😀 x on"
    assert "smile 😀 x" in seen
    assert not any("\ufffd" in text for text in seen)


def test_half_a_character_of_the_user_arrives_as_one_and_is_said(oc: OpenCode) -> None:
    session = new_session(oc)
    turn = follow(oc, session, "a\ud83db \ud83d\ude00 " + script(Say("ok")))
    assert (turn.state, turn.prompt[:5]) == ("completed", "a\ufffdb 😀")
    assert any("1 character" in note and "U+FFFD" in note for note in turn.notes)
    prompt = oc.session.messages(session)[0].parts[0]
    assert isinstance(prompt, TextPart)
    assert prompt.text.startswith("a\ufffdb 😀 ")


def test_an_error_and_a_command_with_half_a_character(oc: OpenCode) -> None:
    failed = follow(oc, new_session(oc), "x " + script(Fail(400, "bad \ud83d key")))
    assert failed.error is not None
    assert "bad \ufffd key" in failed.error.data.message
    with TurnRun(oc, new_session(oc), Prompt("echo 'a\ud83db'", "shell")) as run:
        while not run.done:
            run.step(0.05)
        assert "a\ufffdb" in run.settle().tools[0].state.output


def test_names_with_half_a_character(oc: OpenCode) -> None:
    session = oc.session.create(title="t\ud83d", metadata={"n": "\udc00"})
    renamed = oc.session.update(session, title="caf\udce9")
    assert (session.title, renamed.title) == ("t\ufffd", "caf\ufffd")
    assert session.metadata == {"n": "\ufffd"}
    with oc.new_http() as http:  # as another client may name one
        made = http.post("/session", content=b'{"title": "\\ud83d"}', headers=JSON,
                         params={"directory": oc.directory})  # fmt: skip
    assert b"\\ud83d" in made.content
    assert decoded(decoder(Session).decode, made.text).title == "\ufffd"
    assert session.id in {s.id for s in oc.session.list(limit=1000)}
    for path in ("caf\udce9.txt", "\ud83d"):
        with pytest.raises((InputError, UnreadableError), match="not UTF-8"):
            oc.file.content(path)
        with pytest.raises(InputError, match="not UTF-8"):
            oc.mcp.connect(path)


def test_arguments_that_are_nested_very_deeply_cost_no_session(oc: OpenCode) -> None:
    session = new_session(oc)
    raw = '{"pattern": "x", "more": ' + "[" * 3000 + "]" * 3000 + "}"
    turn = follow(oc, session, "x " + script(Call("glob", raw=raw), Say("done")))
    assert (turn.state, turn.text, turn.tools[0].tool) == ("completed", "done", "glob")
    assert follow(oc, session, "y " + script(Say("next"))).text == "next"


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"{", b'{"new": ' + b"[" * 5000], ids=["bytes", "JSON", "deep"]
)
def test_an_answer_that_cannot_be_read_is_one_line(content: bytes) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=content, headers={"content-type": "application/json"})

    with OpenCode("http://127.0.0.1:9", transport=httpx.MockTransport(answer)) as oc:
        oc.speak("")
        with pytest.raises(ServerError, match="the answer to GET /session/ses_1 is not what this"):
            oc.session.get("ses_1")


def fault(*_: object, **__: object) -> Any:
    raise ZeroDivisionError("nobody thought of this")


@pytest.mark.parametrize("schema", [None, {"type": "object"}], ids=["plain", "with a form"])
def test_a_fault_while_sending_ends_the_turn_at_once(
    oc: OpenCode, monkeypatch: pytest.MonkeyPatch, schema: object
) -> None:
    for name in ("prompt_async", "prompt"):
        monkeypatch.setattr(oc.session, name, fault)
    with pytest.raises(
        UnforeseenError, match=r"sending the prompt .ZeroDivisionError: nobody"
    ) as e:
        oc.ask("x " + script(Say("never")), schema=schema, model=MODEL_ID)
    assert isinstance(e.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize("after", [0, 6], ids=["before the prompt", "in the turn"])
def test_a_fault_while_reading_the_events_ends_the_turn_at_once(
    oc: OpenCode, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    left, read = [after], EventStream._events

    def event(stream: EventStream, data: str) -> Any:
        left[0] -= 1
        return read(stream, data) if left[0] >= 0 else fault()

    monkeypatch.setattr(EventStream, "_events", event)
    with pytest.raises(UnforeseenError, match=r"reading the events .ZeroDivisionError") as e:
        oc.ask("x " + script([Say("one"), StreamTokens(100, per_second=20)]), model=MODEL_ID)
    assert isinstance(e.value.__cause__, ZeroDivisionError)


def test_who_listens_to_events_hears_of_a_fault(
    oc: OpenCode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EventStream, "_events", fault)
    with pytest.raises(UnforeseenError, match="reading the events"):
        list(oc.event.subscribe())


def test_the_kernels_tools_take_and_give_half_a_character() -> None:
    calls = CallQueue()
    server = ToolServer("kernel_00000000", lambda: TOOLS, calls)
    found: list[httpx.Response] = []

    def call() -> None:
        params = {"name": "run_code", "arguments": {"code": "'a\ud83db'"}}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        headers = {
            "authorization": f"Bearer {server.token}",
            "accept": "application/json, text/event-stream",
            **JSON,
        }
        found.append(httpx.post(server.url, content=json.dumps(body).encode(), headers=headers,
                                timeout=30, trust_env=False))  # fmt: skip

    try:
        calls.open()
        asking = threading.Thread(target=call)
        asking.start()
        waiting = None
        while waiting is None and asking.is_alive():
            waiting = calls.take()
        assert waiting is not None, found[0].text
        assert waiting.arguments == {"code": "'a\ufffdb'"}
        waiting.answer.set_result(ToolAnswer("out \ud83d"))
        asking.join()
        assert "out \ufffd" in found[0].text
    finally:
        server.close()
