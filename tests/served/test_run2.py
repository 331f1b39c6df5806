"""What only an OpenCode 2 server does in a turn; the rest of a turn's life is in `test_run`."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import pytest

from opencode_magic import OpenCode
from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Call, Disconnect, Fail, Say, Step, Think, Wait, script
from opencode_magic.model.asks import QuestionRequest
from opencode_magic.model.messages import TextPart, ToolPart
from opencode_magic.model.prompt import FilePiece, Prompt
from opencode_magic.model.sessions import Rule, Session
from opencode_magic.turns.frame import Frame
from opencode_magic.turns.run import TurnRun
from opencode_magic.turns.turn import Turn
from tests.harness.calls import Calls, only_2
from tests.harness.machine import MODEL_ID
from tests.harness.proxy import Proxy
from tests.harness.server import PlainServer

Do = Callable[[TurnRun, Frame], None]
pytestmark = only_2

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)


@pytest.fixture
def oc(any_server: PlainServer) -> Iterator[OpenCode]:
    with any_server.client() as client:
        yield client


def new_session(oc: OpenCode) -> Session:
    return oc.session.create(title="test", permission=[Rule("bash", "*", "ask")])


def nothing(*_: object) -> None:
    """Only watch."""


def follow(oc: OpenCode, session: Session, text: str, do: Do = nothing, **asked: Any) -> Turn:
    asked = {"model": MODEL_ID, **asked}
    with TurnRun(oc, session, Prompt(text, **asked)) as run:
        while not run.done:
            do(run, run.step(0.05))
        return run.settle()


def allow(run: TurnRun, frame: Frame) -> None:
    for ask in frame.asks:
        run.answer(ask, "once")


def waiting_in(oc: OpenCode, session: Session) -> list[Any]:
    """What waits in the session's inbox, as the server lists it."""
    return list(oc.request("GET", f"/api/session/{session.id}/inbox")["data"])


def steps_of(turn: Turn) -> list[str]:
    """The texts of a turn's messages with who wrote each."""
    messages = turn.transcript.messages()
    texts = [(m.info.role, p.text) for m in messages for p in m.parts if isinstance(p, TextPart)]
    return [f"{role}: {text.partition(' SB64')[0]}" for role, text in texts]


# -- how a turn fails -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"agent": "nobody"}, "Agent not found"), ({"model": "fake/nope"}, "has no such model")],
)
def test_what_there_is_not_is_told_at_once_and_the_prompt_does_not_wait_for_the_next(
    oc: OpenCode, wrong: dict[str, str], said: str
) -> None:
    """The server keeps such a prompt, and would hand it over with the next one."""
    session = new_session(oc)
    turn = follow(oc, session, "first " + script(Say("never")), **wrong)
    assert turn.state == "failed"
    assert turn.seconds < 10
    for form in turn._repr_mimebundle_().values():
        assert said in unescape(form)
    assert waiting_in(oc, session) == []
    after = follow(oc, session, "second " + script(Say("after")), agent="build")
    assert steps_of(after) == ["user: second", "assistant: after"]


def test_an_answer_that_broke_off_is_kept_and_the_next_one_goes_on(oc: OpenCode) -> None:
    steps = script(
        [Say("half of it", size=2, delay_s=0.15), Disconnect(1), Say(" all")], Say("the rest")
    )
    turn = follow(oc, new_session(oc), "x " + steps)
    half_of_it, _, rest = turn.text.partition("\n\n")
    assert (turn.state, rest) == ("completed", "the rest")
    assert half_of_it
    assert "half of it".startswith(half_of_it)
    for form in turn._repr_mimebundle_().values():
        assert "could not be asked" in unescape(form)


def test_a_summary_is_a_turn(oc: OpenCode) -> None:
    session = new_session(oc)
    follow(oc, session, "x " + script(Say("long")))
    turn = follow(oc, session, "", kind="compact")
    assert turn.state == "completed"
    for form in turn._repr_mimebundle_().values():
        assert "summarised to make room" in form
        assert "Objective" in form
    assert follow(oc, session, "y " + script(Say("after"))).text == "after"


# -- stopping -------------------------------------------------------------------------------------


def text_comes(frame: Frame) -> bool:
    return "so far" in repr(frame.shown.messages()[1:])


def shell_runs(frame: Frame) -> bool:
    return any("begun" in str(tool.state.metadata) for tool in frame.shown.tools)


def subagent_runs(frame: Frame) -> bool:
    return any("so far" in repr(frame.transcript.messages(c)) for c in frame.transcript.parents)


def is_asked(frame: Frame) -> bool:
    return bool(frame.asks)


def is_retried(frame: Frame) -> bool:
    return frame.phase == "retrying"


QUESTION = {
    "question": "Which?",
    "header": "Colour",
    "options": [{"label": "A", "description": ""}],
}
STOPS: dict[str, tuple[Callable[[Calls], Step], Callable[[Frame], bool]]] = {
    "text": (lambda calls: [Say("so far "), Wait("stop-text"), Say("never")], text_comes),
    "thoughts": (lambda calls: [Think("so far "), Wait("stop-thoughts"), Say("no")], text_comes),
    "shell": (lambda calls: [calls.shell("echo begun; sleep 60")], shell_runs),
    "permission": (lambda calls: [calls.shell("echo asked")], is_asked),
    "form": (lambda calls: [calls.question(QUESTION)], is_asked),
    "retry": (lambda calls: [Fail(429, "slow down")], is_retried),
    "subagent": (
        lambda calls: [calls.task(script([Say("so far "), Wait("stop-sub"), Say("never")]))],
        subagent_runs,
    ),
}


@pytest.mark.parametrize("state", STOPS)
def test_a_turn_is_stopped_in_any_state_with_all_that_waits(
    oc: OpenCode, model: ScriptedModel, tool_calls: Calls, state: str
) -> None:
    step, reached = STOPS[state]
    rules = [Rule("bash", "*", "ask")] if state == "permission" else []
    session = oc.session.create(title="stops", permission=rules)
    stopped: list[str] = []

    def stop(run: TurnRun, frame: Frame) -> None:
        if not stopped and reached(frame):
            for delivery in ("queue", "steer"):
                oc.request(
                    "POST",
                    f"/api/session/{session.id}/prompt",
                    json={"text": f"waits as {delivery}", "delivery": delivery},
                )
            stopped.append(state)
            run.abort()

    turn = follow(oc, session, "x " + script(step(tool_calls)), stop)
    assert stopped
    for gate in ("stop-text", "stop-thoughts", "stop-sub"):
        model.gate(gate).set()
    assert turn.state == "stopped"
    assert waiting_in(oc, session) == []
    assert oc.session.statuses() == {}
    assert [a for a in oc.pending() or () if a.session_id in turn.transcript] == []
    after = follow(oc, session, "y " + script(Say("next works")))
    assert steps_of(after) == ["user: y", "assistant: next works"]


# -- work in the background -----------------------------------------------------------------------


def test_work_that_ends_later_begins_no_turn_of_ours(
    oc: OpenCode, model: ScriptedModel, any_server: PlainServer
) -> None:
    """The server then starts by itself; what the user asks next is a turn of its own."""
    session = oc.session.create(title="background")
    go = any_server.directory / "go"
    waits = f"until [ -e {go.name} ]; do sleep 0.05; done; echo it ended"
    call = Call("shell", {"command": waits, "background": True})
    steps = script(call, Say("It runs."), Say("I have seen the end."))
    turn = follow(oc, session, "begin " + steps)
    assert (turn.state, turn.text) == ("completed", "It runs.")
    go.touch()
    while "I have seen the end." not in str(oc.session.messages(session)):
        pass
    while oc.session.statuses():
        pass
    after = follow(oc, session, "next " + script(Say("A turn of its own.")))
    assert steps_of(after) == ["user: next", "assistant: A turn of its own."]


# -- forms ----------------------------------------------------------------------------------------

FIELDS = [
    {"key": "name", "title": "Name", "description": "What is it called?", "type": "string"},
    {
        "key": "colour",
        "title": "Colour",
        "type": "string",
        "options": [{"value": "r", "label": "Red"}, {"value": "b", "label": "Blue"}],
    },
    {"key": "share", "title": "Share", "type": "number"},
    {"key": "count", "title": "Count", "type": "integer"},
    {"key": "sure", "title": "Sure", "type": "boolean"},
    {
        "key": "days",
        "title": "Days",
        "type": "multiselect",
        "options": [{"value": "mo", "label": "Monday"}, {"value": "fr", "label": "Friday"}],
    },
]


def test_a_form_with_every_kind_of_field_is_filled_in(oc: OpenCode, model: ScriptedModel) -> None:
    session = new_session(oc)
    form = f"/api/session/{session.id}/form"
    asked: list[QuestionRequest] = []

    def fill_in(run: TurnRun, frame: Frame) -> None:
        if text_comes(frame) and not (asked or frame.asks or oc.question.list()):
            oc.request("POST", form, json={"title": "All", "mode": "form", "fields": FIELDS})
        for ask in frame.asks:
            if isinstance(ask, QuestionRequest):
                asked.append(ask)
                answers = [["squares"], ["Blue"], ["0.5"], ["3"], ["Yes"], ["Monday", "Friday"]]
                run.answer(ask, "answer", answers=answers)
                model.gate("form-filled").set()

    steps = script([Say("so far "), Wait("form-filled"), Say("done")])
    turn = follow(oc, session, "x " + steps, fill_in)
    assert turn.text == "so far done"
    (ask,) = asked
    assert [(q.header or q.question, q.multiple, q.custom) for q in ask.questions] == [
        ("Name", False, True),
        ("Colour", False, False),
        ("Share", False, True),
        ("Count", False, True),
        ("Sure", False, False),
        ("Days", True, False),
    ]
    kept = oc.request("GET", f"{form}/{ask.id}")["data"]
    assert kept["state"]["answer"] == {
        "name": "squares", "colour": "b", "share": 0.5, "count": 3, "sure": True,
        "days": ["mo", "fr"],
    }  # fmt: skip


def test_a_search_of_the_web_asks_for_consent_first(oc: OpenCode) -> None:
    session = new_session(oc)
    asked: list[QuestionRequest] = []

    def refuse(run: TurnRun, frame: Frame) -> None:
        for ask in frame.asks:
            assert isinstance(ask, QuestionRequest)
            asked.append(ask)
            run.answer(ask, "reject")

    steps = script(Call("websearch", {"query": "squares"}), Say("Then without."))
    turn = follow(oc, session, "x " + steps, refuse)
    (ask,) = asked
    assert "Disable web search" in [option.label for option in ask.questions[0].options]
    # Unlike a question of the agent's it ends no turn.
    assert (turn.state, turn.text) == ("completed", "Then without.")
    assert turn.tools[0].state.error == "Web search cancelled"


# -- what is sent and shown -----------------------------------------------------------------------


def test_lines_may_be_separated_by_any_character(oc: OpenCode) -> None:
    said = "one\u2028two\u2029three\x85four"
    turn = follow(oc, new_session(oc), "a\u2028b " + script(Say(said, size=3)))
    assert (turn.text, turn.confirmed) == (said, True)


@pytest.mark.parametrize("kind", ["data", "file"])
def test_a_picture_reaches_the_model(
    oc: OpenCode, any_server: PlainServer, model: ScriptedModel, kind: str
) -> None:
    file = any_server.directory / "pixel.png"
    file.write_bytes(base64.b64decode(PIXEL))
    url = f"data:image/png;base64,{PIXEL}" if kind == "data" else file.as_uri()
    piece = FilePiece("image/png", "pixel.png", url)
    turn = follow(oc, new_session(oc), "see " + script(Say("a dot")), pieces=(piece,))
    sent = model.requests[-1].messages[-1]["content"]
    assert [c["image_url"]["url"] for c in sent if c["type"] == "image_url"] == [
        f"data:image/png;base64,{PIXEL}"
    ]
    for form in turn._repr_mimebundle_().values():
        assert "pixel.png (image/png" in form


def test_a_note_is_read_with_the_next_prompt_and_not_shown_as_one(
    oc: OpenCode, model: ScriptedModel
) -> None:
    session = new_session(oc)
    oc.dialect.note(session.id, Prompt("The numbers are small."))
    turn = follow(oc, session, "x " + script(Say("I see.")))
    assert "The numbers are small." in str(model.requests[-1].messages)
    assert turn.text == "I see."
    for form in turn._repr_mimebundle_().values():
        assert "meanwhile" not in form


def test_a_subfolder_has_its_own_sessions_and_its_files_their_whole_path(
    oc: OpenCode, any_server: PlainServer, tool_calls: Calls
) -> None:
    folder = any_server.directory / "subfolder"
    folder.mkdir()
    with OpenCode(any_server.url, password=any_server.password, directory=str(folder)) as inner:
        session = inner.session.create(title="inner")
        assert session.directory == str(folder)
        write = tool_calls.write("inner.txt", "one\n")
        turn = follow(inner, session, "x " + script(write, Say("done")), allow)
    assert (folder / "inner.txt").read_text() == "one\n"
    assert turn.files == ["subfolder/inner.txt"]
    patches = [p.files for m in turn.transcript.messages() for p in m.patches]
    assert patches == [[str(folder / "inner.txt")]]


def test_several_subagents_ask_side_by_side(oc: OpenCode, tool_calls: Calls) -> None:
    tasks = [
        tool_calls.task(script(tool_calls.shell(f"echo {name}"), Say(f"{name} done")))
        for name in ("left", "right")
    ]
    turn = follow(oc, new_session(oc), "x " + script(tasks, Say("both done")), allow)
    assert (turn.state, turn.text) == ("completed", "both done")
    assert len(turn.transcript.parents) == 2
    assert sorted(p for d in turn.decisions for p in getattr(d.ask, "patterns", ())) == [
        "echo left",
        "echo right",
    ]
    shown = turn._repr_mimebundle_()["text/plain"]
    assert shown.index("echo left") < shown.index("echo right")


# -- what a running command prints ----------------------------------------------------------------


def outputs(frames: list[Frame]) -> list[str]:
    """What the only call had printed, each time it was more."""
    found: list[str] = []
    for frame in frames:
        for part in frame.transcript.tools:
            if said := shown_output(part):
                found += [said] if said not in found else []
    return found


def shown_output(part: ToolPart) -> str:
    return str(part.state.metadata.get("output") or "")


def test_what_a_command_prints_is_seen_while_it_runs(
    oc: OpenCode, any_server: PlainServer, tool_calls: Calls
) -> None:
    """A character whose bytes come apart included."""
    folder = any_server.directory
    waits = "until [ -e {0} ]; do sleep 0.02; done"
    parts = ["printf 'zw\\303'", waits.format("a"), "printf '\\266lf\\n'", waits.format("b")]
    session = oc.session.create(title="prints")
    frames: list[Frame] = []

    def go_on(run: TurnRun, frame: Frame) -> None:
        frames.append(frame)
        seen = outputs(frames)
        if "zw" in seen:
            (folder / "a").touch()
        if "zwölf\n" in seen:
            (folder / "b").touch()

    call = tool_calls.shell("; ".join([*parts, "rm a b; echo end"]))
    turn = follow(oc, session, "x " + script(call, Say("ok")), go_on)
    assert outputs(frames) == ["zw", "zwölf\n", "zwölf\nend\n"]
    assert (turn.state, shown_output(turn.tools[0])) == ("completed", "zwölf\nend\n")


def test_output_that_is_not_told_keeps_no_turn_from_its_end(
    any_server: PlainServer, proxy: Proxy, tool_calls: Calls
) -> None:
    proxy.hold("/output")
    with any_server.client(proxy.url) as oc:
        session = oc.session.create(title="prints")
        call = tool_calls.shell("echo begun; sleep 1.5; echo ended")
        turn = follow(oc, session, "x " + script(call, Say("ok")))
    assert (turn.state, turn.text) == ("completed", "ok")
    assert shown_output(turn.tools[0]) == "begun\nended\n"
    assert any("/output" in path for path in proxy.paths)
