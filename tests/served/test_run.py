"""The life of a turn on a real server with a scripted model."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from html import unescape
from pathlib import Path

import httpx
import pytest
from msgspec import structs

from opencode_magic import OpenCode
from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import (
    Fail,
    Finish,
    Say,
    Step,
    StreamTokens,
    Think,
    Usage,
    Wait,
    overflow,
    script,
)
from opencode_magic.errors import (
    BusyError,
    InputError,
    NotFoundError,
    OpencodeError,
    UnreachableError,
)
from opencode_magic.model.asks import PermissionRequest
from opencode_magic.model.events import SessionError
from opencode_magic.model.messages import CompactionPart, Error, ErrorData, Message, TextPart
from opencode_magic.model.prompt import Prompt
from opencode_magic.model.sessions import Rule, Session, Status
from opencode_magic.model.transcript import Ask
from opencode_magic.model.turn import ELSEWHERE
from opencode_magic.protocol import stream
from opencode_magic.text.redact import MARK
from opencode_magic.turns.checks import UsableModel, check_agent, check_model
from opencode_magic.turns.frame import Frame
from opencode_magic.turns.history import past_turns, prompts_of, window_of
from opencode_magic.turns.run import TurnRun
from opencode_magic.turns.turn import Turn
from tests.conftest import StartServer
from tests.harness.calls import Calls, both
from tests.harness.machine import MODEL_ID, Machine
from tests.harness.proxy import Proxy
from tests.harness.server import PlainServer

ASKING = [Rule("bash", "*", "ask"), Rule("edit", "*", "ask")]
Do = Callable[[TurnRun, Frame], None]
pytestmark = both


@pytest.fixture
def oc(any_server: PlainServer) -> Iterator[OpenCode]:
    with any_server.client() as client:
        yield client


def new_session(oc: OpenCode) -> Session:
    return oc.session.create(title="test", permission=ASKING)


def follow(oc: OpenCode, session: Session, text: str, do: Do = lambda *_: None) -> Turn:
    with TurnRun(oc, session, Prompt(text, model=MODEL_ID)) as run:
        while not run.done:
            do(run, run.step(0.05))
        return run.settle()


def answering(reply: str, message: str = "") -> Do:
    def answer(run: TurnRun, frame: Frame) -> None:
        for ask in frame.asks:
            run.answer(ask, reply, message=message)

    return answer


def equals_the_record(oc: OpenCode, turn: Turn) -> bool:
    kept = [m for m in oc.session.messages(turn.session) if m.info.id in turn.transcript.by_id]
    return turn.confirmed and turn.transcript.messages() == tuple(kept)


def test_a_plain_turn(oc: OpenCode) -> None:
    turn = follow(oc, new_session(oc), "hello " + script([Think("hm"), Say("Hello **there**.")]))
    assert (turn.state, turn.text, turn.error, turn.model) == (
        "completed", "Hello **there**.", None, MODEL_ID,
    )  # fmt: skip
    assert turn.tokens.output > 0
    assert equals_the_record(oc, turn)


def test_a_tool_waits_for_the_answer_and_then_runs(
    oc: OpenCode, any_server: PlainServer, tool_calls: Calls
) -> None:
    file = any_server.directory / "asked.txt"
    write = tool_calls.write(file, "one\ntwo\n")
    seen: list[bool] = []

    def allow(run: TurnRun, frame: Frame) -> None:
        if frame.asks:
            seen.append(file.exists())
            assert frame.phase == "asking"
        answering("once")(run, frame)

    turn = follow(oc, new_session(oc), "write " + script([write], Say("done")), allow)
    assert seen == [False]
    assert file.read_text() == "one\ntwo\n"
    assert turn.files == ["asked.txt"]
    assert turn.diff[0].additions == 2
    assert [d.reply for d in turn.decisions] == ["once"]


def test_a_rejection_ends_the_turn_and_one_with_words_does_not(
    oc: OpenCode, tool_calls: Calls, model: ScriptedModel
) -> None:
    steps = script([tool_calls.shell("touch never")], Say("then not"))
    without = follow(oc, new_session(oc), "x " + steps, answering("reject"))
    assert (without.state, without.text) == ("stopped", "")
    with_words = follow(oc, new_session(oc), "x " + steps, answering("reject", "no files please"))
    assert (with_words.state, with_words.text) == ("completed", "then not")
    assert with_words.tools[0].state.status == "error"
    # The model reads it as the tool's error, or where the server loses the words as a prompt.
    assert "no files please" in model.requests[-1].body["messages"][-1]["content"]


def test_a_subagent_asks_through_its_parents_turn(oc: OpenCode, tool_calls: Calls) -> None:
    inner = script([tool_calls.shell("echo inner")], Say("inner done"))
    task = tool_calls.task(inner)
    turn = follow(oc, new_session(oc), "x " + script([task], Say("outer done")), answering("once"))
    assert turn.state == "completed"
    assert turn.text == "outer done"
    assert len(turn.transcript.parents) == 1
    child = next(iter(turn.transcript.parents))
    assert turn.transcript.messages(child) == tuple(oc.session.messages(child))


def test_stopping_clears_what_a_subagent_asks(oc: OpenCode, tool_calls: Calls) -> None:
    stopped: list[Ask] = []

    def stop(run: TurnRun, frame: Frame) -> None:
        if frame.asks and not stopped:
            stopped.extend(frame.asks)
            run.abort()

    inner = script(tool_calls.read("/etc/hostname"))
    task = tool_calls.task(inner)
    turn = follow(oc, new_session(oc), "x " + script(task), stop)
    assert turn.state == "stopped"
    (ask,) = stopped
    assert ask.session_id in turn.transcript.parents
    left = oc.pending()
    assert left is not None
    assert [a for a in left if a.session_id in turn.transcript] == []
    assert turn.decisions == ()


def test_stopping_keeps_what_there_is_and_leaves_the_server_idle(
    oc: OpenCode, model: ScriptedModel
) -> None:
    gate = "stopping"
    text = "x " + script([Say("so far. "), Wait(gate), Say("never")])

    def stop(run: TurnRun, frame: Frame) -> None:
        if any("so far" in getattr(p, "text", "") for m in frame.shown.messages()[1:]
               for p in m.parts) and frame.phase == "running":  # fmt: skip
            run.abort()

    session = new_session(oc)
    turn = follow(oc, session, text, stop)
    model.gate(gate).set()
    assert turn.state == "stopped"
    assert turn.text.strip() == "so far."
    assert session.id not in oc.session.statuses()
    assert equals_the_record(oc, turn)
    assert follow(oc, session, "y " + script(Say("next works"))).text == "next works"


def test_a_turn_that_begins_while_the_server_is_asked_after_a_stop_is_stopped_too(
    oc: OpenCode, model: ScriptedModel
) -> None:
    gate = "begins-meanwhile"
    abort, statuses = oc.session.abort, oc.session.statuses

    def nothing_yet() -> dict[str, Status]:
        oc.session.statuses = statuses  # type: ignore[method-assign]
        return {}  # the record is read a moment later

    def too_early(*_: object, **__: object) -> bool:
        oc.session.abort = abort  # type: ignore[method-assign]
        oc.session.statuses = nothing_yet  # type: ignore[method-assign]
        return True

    def stop(run: TurnRun, frame: Frame) -> None:
        if frame.phase == "running" and len(frame.shown.messages()) > 1:
            oc.session.abort = too_early  # type: ignore[method-assign]
            run.abort()

    session = new_session(oc)
    turn = follow(oc, session, "x " + script([Say("so far "), Wait(gate), Say("never")]), stop)
    left = oc.session.statuses()
    model.gate(gate).set()
    assert session.id not in left
    assert turn.state == "stopped"


def test_what_another_client_answers_is_told_as_such(oc: OpenCode, tool_calls: Calls) -> None:
    answered: set[str] = set()

    def elsewhere(_: TurnRun, frame: Frame) -> None:
        for ask in frame.asks:
            if ask.id in answered:  # its event is still on the way
                continue
            answered.add(ask.id)
            if isinstance(ask, PermissionRequest):
                oc.permission.reply(ask.id, "once")
            else:
                oc.question.reply(ask.id, [["Red"]])

    options = [{"label": "Red", "description": "d"}, {"label": "Blue", "description": "d"}]
    question = {"question": "Which?", "header": "Colour", "options": options}
    steps = script(
        tool_calls.shell("echo by-others"),
        tool_calls.question(question),
        Say("done"),
    )
    turn = follow(oc, new_session(oc), "x " + steps, elsewhere)
    assert (turn.state, turn.text) == ("completed", "done")
    assert [(d.reply, d.by) for d in turn.decisions] == [("once", ELSEWHERE), ("answer", ELSEWHERE)]
    for form in turn._repr_mimebundle_().values():
        assert "allowed once: answered elsewhere" in form
        assert form.count("answered elsewhere") == 2


def test_stopping_while_a_permission_waits_clears_it_on_the_server(
    oc: OpenCode, tool_calls: Calls
) -> None:
    steps = script([tool_calls.shell("echo waits")])

    def stop(run: TurnRun, frame: Frame) -> None:
        if frame.asks:
            run.abort()

    session = new_session(oc)
    turn = follow(oc, session, "x " + steps, stop)
    assert turn.state == "stopped"
    assert [a for a in oc.permission.list() if a.session_id == session.id] == []


FAILURES: dict[str, tuple[Step, str, str, str]] = {
    "login": ([Fail(401, "bad key")], "failed", "opencode auth login", "bad key"),
    "quota": ([Fail(402, "no credits left")], "failed", "plan and billing", "no credits left"),
    "filter": (
        [Say("half"), Finish("content_filter")],
        "failed",
        "Put the request in other words",
        "ilter",  # each server has other words for it
    ),
    "length": ([Say("half"), Finish("length")], "completed", "Ask it to go on", "longest output"),
    "context": (
        [overflow(), Say("shorter")],
        "completed",
        "summarised to make room",
        "Summary of the conversation",
    ),
    "other": ([Fail(400, "no such thing")], "failed", "refused the request", "no such thing"),
}


@pytest.mark.parametrize("kind", FAILURES)
def test_a_failure_says_what_happened_and_what_to_do(
    oc: OpenCode, kind: str, any_server: PlainServer
) -> None:
    step, state, advice, said = FAILURES[kind]
    # The model counts how often the same script has failed: each server has its own.
    turn = follow(oc, new_session(oc), "x " + script(step, Say(any_server.major)))
    assert turn.state == state
    assert (turn.error is not None) is (state == "failed")
    for form in turn._repr_mimebundle_().values():
        assert advice in unescape(form)
        assert said in unescape(form)


def test_the_context_that_is_used_is_known_after_the_turn(oc: OpenCode) -> None:
    session = new_session(oc)
    turn = follow(oc, session, "x " + script([Say("long"), Usage(86_000, 100, cached=5_000)]))
    assert (turn.window, turn.context, round(turn.context_used, 3)) == (100_000, 86_100, 0.861)
    assert window_of(oc, "fake/none") == window_of(oc, "none/demo") == window_of(oc, "") == 0


class Counting(httpx.HTTPTransport):
    """A way to a server that remembers what was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        return super().handle_request(request)


def test_the_usable_models_are_asked_for_once_a_turn(any_server: PlainServer) -> None:
    where = {"password": any_server.password, "directory": str(any_server.directory)}
    with OpenCode(any_server.url, **where, transport=(way := Counting())) as oc:
        turn = oc.ask("x " + script(Say("hi")), model=MODEL_ID)
    assert way.asked.count(any_server.models_route) == 1
    assert turn.window == 100_000


@pytest.mark.parametrize("status", [429, 500])
def test_a_busy_model_is_tried_again(oc: OpenCode, status: int) -> None:
    phases: set[str] = set()

    def note(_: TurnRun, frame: Frame) -> None:
        phases.add(frame.phase)

    turn = follow(
        oc, new_session(oc), "x " + script([Fail(status, "slow", times=1), Say("ok")]), note
    )
    assert (turn.state, turn.text) == ("completed", "ok")
    assert "retrying" in phases


def test_stopping_while_the_model_is_retried(oc: OpenCode) -> None:
    def stop(run: TurnRun, frame: Frame) -> None:
        if frame.phase == "retrying":
            run.abort()

    session = new_session(oc)
    said = "You exceeded your current quota"
    turn = follow(oc, session, "x " + script(Fail(429, said)), stop)
    assert turn.state == "stopped"
    for form in turn._repr_mimebundle_().values():
        assert said in form
        assert "plan and billing" in form
    assert session.id not in oc.session.statuses()


def test_one_turn_at_a_time_for_each_session(oc: OpenCode, model: ScriptedModel) -> None:
    session = new_session(oc)
    with TurnRun(
        oc, session, Prompt("x " + script([Say("a"), Wait("held")]), model=MODEL_ID)
    ) as run:
        while run.step(0.05).phase != "running":
            pass
        with pytest.raises(BusyError, match="already runs a turn"):
            follow(oc, session, "y")
        run.abort()
        model.gate("held").set()
        while not run.done:
            run.step(0.05)
    assert follow(oc, session, "z " + script(Say("free again"))).text == "free again"


def test_a_lost_connection_is_mended_and_the_turn_equals_the_record(
    any_server: PlainServer, proxy: Proxy, model: ScriptedModel
) -> None:
    cut = False

    with any_server.client(proxy.url) as oc:

        def lose(_: TurnRun, frame: Frame) -> None:
            nonlocal cut
            if not cut and frame.phase == "running" and frame.shown.messages():
                cut = True
                proxy.cut()
                model.gate("after-cut").set()

        text = "x " + script(
            [Say("before. "), Wait("after-cut"), StreamTokens(300, per_second=400)]
        )
        turn = follow(oc, new_session(oc), text, lose)
        assert cut
        assert turn.state == "completed"
        assert turn.text.endswith("t299") or "t299" in turn.text
        assert equals_the_record(oc, turn)


def test_a_server_killed_in_the_middle_ends_the_turn_in_words(
    start_server: StartServer,
    project: Path,
    model: ScriptedModel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stream, "RETRY_AFTER_S", (0.1, 0.3))
    server = start_server(project, password="another-pass")

    def kill(_: TurnRun, frame: Frame) -> None:
        if "so far" in str(frame.shown.messages()[1:]) and server.child.process.poll() is None:
            server.kill()

    with server.client() as oc:
        session = oc.session.create(title="t")
        turn = follow(oc, session, "x " + script([Say("so far. "), Wait("killed")]), kill)
    model.gate("killed").set()
    assert turn.state == "cut off"
    assert turn.text.strip() == "so far."
    assert not turn.confirmed
    assert any("connection to the server was lost" in note for note in turn.notes)


def test_model_agent_and_session_are_checked_before_sending(oc: OpenCode) -> None:
    assert check_model(oc, "") == UsableModel(MODEL_ID, 100_000)
    assert check_agent(oc, oc.agents(), "").name == "build"
    for wrong, said in (("fake/dmeo", "nearest: fake/demo"), ("nobody/x", "no model")):
        with pytest.raises(InputError, match=said):
            check_model(oc, wrong)
    with pytest.raises(InputError, match="has no variant"):
        check_model(oc, MODEL_ID, "enormous")
    with pytest.raises(InputError, match="there is build, plan"):
        check_agent(oc, oc.agents(), "general")
    with pytest.raises(NotFoundError):
        oc.session.get("ses_nope")


def test_a_password_that_a_model_repeats_in_pieces_is_never_shown(
    oc: OpenCode, any_server: PlainServer
) -> None:
    shown: list[str] = []

    def look(_: TurnRun, frame: Frame) -> None:
        shown.append(repr(frame.shown.messages()[1:]))

    said = Say(f"The password is {any_server.password}, I think.", size=3, delay_s=0.02)
    session = new_session(oc)
    turn = follow(oc, session, "x " + script(said), look)
    half = any_server.password[:8]
    assert not [frame for frame in shown if half in frame]
    assert half not in repr(turn.answers) + turn.text
    assert MARK in turn.text


def test_a_shell_command_of_the_users_is_a_turn(oc: OpenCode) -> None:
    session = new_session(oc)
    with TurnRun(oc, session, Prompt("echo from the shell", kind="shell")) as run:
        while not run.done:
            run.step(0.05)
        turn = run.settle()
    assert turn.state == "completed"
    assert "from the shell" in turn.tools[0].state.output
    [past] = past_turns(oc, session)
    assert (past.state, past.prompt) == (turn.state, turn.prompt)


def test_past_turns_are_read_from_the_record(oc: OpenCode) -> None:
    session = new_session(oc)
    for word in ("one", "two"):
        follow(oc, session, f"say {word} " + script(Say(word)))
    assert [t.text for t in past_turns(oc, session)] == ["one", "two"]


def test_turns_share_an_event_connection_and_no_other_thread_is_left(oc: OpenCode) -> None:
    before = threading.active_count()
    session = new_session(oc)
    for word in ("one", "two", "three"):
        assert follow(oc, session, "x " + script(Say(word))).text == word
    assert [t.name for t in threading.enumerate()].count("opencode-events") == 1
    assert threading.active_count() <= before + 2  # the events, and the model's own
    oc.close()
    assert "opencode-events" not in [t.name for t in threading.enumerate()]


def test_what_an_earlier_turn_left_on_the_line_is_not_of_the_next(oc: OpenCode) -> None:
    session = new_session(oc)
    follow(oc, session, "x " + script(Say("first")))
    with TurnRun(oc, session, Prompt("y " + script(Say("second")), model=MODEL_ID)) as run:
        run._stream.queue.put(SessionError(session.id, Error("Late", ErrorData("of another"))))
        while not run.done:
            assert not run.step(0.05).transcript.errors
        assert run.settle().text == "second"


def test_without_git_a_turn_works_and_has_no_diff(
    start_server: StartServer, machine: Machine, tool_calls: Calls
) -> None:
    folder = machine.folder("plain-folder")
    server = start_server(folder)
    with server.client() as oc:
        assert oc.project.current().vcs is None
        write = tool_calls.write(folder / "n.txt", "n\n")
        turn = follow(oc, oc.session.create(title="t"), "x " + script([write], Say("done")))
    assert (turn.state, turn.files) == ("completed", [])


def test_an_answer_to_what_is_gone_is_dropped_and_the_faster_one_told(
    oc: OpenCode, tool_calls: Calls
) -> None:
    steps = script([tool_calls.shell("echo gone")], Say("on"))
    twice: list[PermissionRequest] = []

    def answer(run: TurnRun, frame: Frame) -> None:
        for ask in frame.asks:
            assert isinstance(ask, PermissionRequest)
            oc.permission.reply(ask.id, "once")  # somebody else is faster
            run.answer(ask, "once")
            twice.append(ask)

    turn = follow(oc, new_session(oc), "x " + steps, answer)
    assert twice
    assert turn.state == "completed"
    assert {(d.reply, d.by) for d in turn.decisions} == {("once", "answered elsewhere")}


def test_a_wrong_password_is_one_line(any_server: PlainServer) -> None:
    with pytest.raises(OpencodeError, match="another password") as caught:
        OpenCode(any_server.url, password="wrong-password").probe()
    assert "wrong-password" not in str(caught.value)


def test_without_a_new_message_nothing_of_earlier_turns_is_shown(oc: OpenCode) -> None:
    session = new_session(oc)
    follow(oc, session, "x " + script(Say("the old answer")))
    with TurnRun(oc, session, Prompt("y", model=MODEL_ID)) as run:
        while not run.sent:
            run.step(0.05)
        run.give_up("nothing came")
        turn = run.settle()
    assert "old answer" not in turn.text + repr(turn.transcript)


def test_a_turn_that_is_left_in_the_middle_is_stopped_on_the_server(
    oc: OpenCode, model: ScriptedModel, tool_calls: Calls
) -> None:
    session = new_session(oc)
    steps = script(tool_calls.shell("echo left"))
    with TurnRun(oc, session, Prompt("x " + steps, model=MODEL_ID)) as run:
        while not run.step(0.05).asks:
            pass
    assert session.id not in oc.session.statuses()
    assert [a for a in oc.permission.list() if a.session_id == session.id] == []
    assert follow(oc, session, "y " + script(Say("next works"))).text == "next works"


def test_a_failing_start_leaves_no_lock(any_server: PlainServer, oc: OpenCode) -> None:
    session = new_session(oc)
    run = TurnRun(oc, session, Prompt("x", model=MODEL_ID))
    run._stream.open = lambda: (_ for _ in ()).throw(KeyboardInterrupt)  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt), run:
        pass
    assert follow(oc, session, "y " + script(Say("free"))).text == "free"


def test_a_resumed_subagent_asks_through_its_parents_turn(oc: OpenCode, tool_calls: Calls) -> None:
    session = new_session(oc)
    first = tool_calls.task(script(Say("one")))
    turn = follow(oc, session, "x " + script(first, Say("done")))
    child = next(iter(turn.transcript.parents))
    inner = script(tool_calls.shell("echo again"), Say("two"))
    again = tool_calls.task(inner, again=child)
    turn = follow(oc, session, "y " + script(again, Say("done too")), answering("once"))
    assert (turn.state, turn.text) == ("completed", "done too")
    assert "echo again" in repr(turn.transcript.messages(child))


def test_a_record_that_cannot_be_read_once_is_read_again(
    any_server: PlainServer, proxy: Proxy, model: ScriptedModel
) -> None:
    with any_server.client(proxy.url) as oc:
        lost: list[bool] = []
        statuses = oc.session.statuses

        def failing() -> dict[str, Status]:
            if len(lost) == 1:
                lost.append(True)
                raise UnreachableError("once")
            return statuses()

        def lose(_: TurnRun, frame: Frame) -> None:
            if not lost and frame.phase == "running":
                lost.append(True)
                oc.session.statuses = failing  # type: ignore[method-assign]
                model.gate("lost-once").set()
                proxy.cut()

        turn = follow(oc, new_session(oc), "x " + script([Wait("lost-once"), Say("all")]), lose)
    assert (turn.state, turn.text, turn.confirmed) == ("completed", "all", True)
    assert len(lost) == 2


def test_what_a_compaction_adds_is_no_prompt_of_a_person(oc: OpenCode) -> None:
    session = new_session(oc)
    follow(oc, session, "x " + script(Say("one")))
    messages = list(oc.session.messages(session.id))
    user = messages[0]
    ids = {"message_id": "msg_z", "session_id": session.id}
    info = structs.replace(user.info, id="msg_z")
    synthetic = Message(info, (TextPart(id="prt_1", text="go on", synthetic=True, **ids),))
    compaction = Message(info, (CompactionPart(id="prt_1", auto=True, **ids),))
    assert prompts_of([*messages, compaction, synthetic]) == [user]


def test_a_session_without_turns_has_none(oc: OpenCode) -> None:
    assert past_turns(oc, new_session(oc)) == []


def test_a_subagent_whose_session_is_gone_spoils_nothing(oc: OpenCode, tool_calls: Calls) -> None:
    task = tool_calls.task(script(Say("one")))

    def delete(run: TurnRun, frame: Frame) -> None:
        for child in frame.transcript.parents:
            if "outer" in repr(frame.shown.messages()):
                with suppress(NotFoundError):
                    oc.session.delete(child)

    said = [Say("outer words "), StreamTokens(20, per_second=40)]
    turn = follow(oc, new_session(oc), "x " + script(task, said), delete)
    assert (turn.state, turn.confirmed) == ("completed", True)
    assert turn.transcript.parents
