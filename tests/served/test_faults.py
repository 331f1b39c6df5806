"""What breaks between us and a real server: the turn goes on or ends in words, never twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from opencode_magic import OpenCode
from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Say, StreamTokens, Wait, script
from opencode_magic.errors import InputError
from opencode_magic.model.messages import TextPart
from opencode_magic.model.prompt import Prompt
from opencode_magic.model.sessions import Rule, Session
from opencode_magic.turns import follow as following
from opencode_magic.turns.frame import Frame
from opencode_magic.turns.history import past_turns
from opencode_magic.turns.run import TurnRun
from opencode_magic.turns.turn import Turn
from tests.conftest import StartServer
from tests.harness.calls import Calls, both
from tests.harness.machine import MODEL_ID
from tests.harness.proxy import Proxy
from tests.harness.server import PlainServer

Do = Callable[[TurnRun, Frame], None]
pytestmark = both


@pytest.fixture
def oc(proxy: Proxy, any_server: PlainServer) -> Iterator[OpenCode]:
    """A client whose line can be made to misbehave."""
    with any_server.client(proxy.url) as client:
        yield client


def new_session(oc: OpenCode) -> Session:
    return oc.session.create(title="faults", permission=[Rule("bash", "*", "ask")])


def follow(run: TurnRun, do: Do = lambda *_: None) -> Turn:
    with run:
        while not run.done:
            do(run, run.step(0.05))
        return run.settle()


def turn_of(oc: OpenCode, session: Session, text: str, do: Do = lambda *_: None) -> Turn:
    return follow(TurnRun(oc, session, Prompt(text, model=MODEL_ID)), do)


def equals_the_record(oc: OpenCode, turn: Turn) -> bool:
    kept = [m for m in oc.session.messages(turn.session) if m.info.id in turn.transcript.by_id]
    return turn.confirmed and turn.transcript.messages() == tuple(kept)


def send(oc: OpenCode, session: Session, text: str) -> None:
    """Begin a turn that nobody follows here."""
    prompt = Prompt(text, model=MODEL_ID)
    oc.dialect.submit(
        session, prompt, oc.dialect.prompt_ids(session, oc.dialect.newest(session), prompt)
    )


def prompts(oc: OpenCode, session: Session) -> list[str]:
    messages = [m for m in oc.session.messages(session) if m.info.role == "user"]
    return [p.text for m in messages for p in m.parts if isinstance(p, TextPart)]


def test_an_answer_that_is_lost_does_not_matter_and_nothing_is_sent_again(
    oc: OpenCode, proxy: Proxy, any_server: PlainServer
) -> None:
    session = new_session(oc)
    proxy.lose_answer(any_server.prompt_route)
    text = "x " + script(Say("It came through."))
    turn = turn_of(oc, session, text)
    assert proxy.lost.is_set()
    assert (turn.state, turn.text) == ("completed", "It came through.")
    assert prompts(oc, session) == [text]
    assert equals_the_record(oc, turn)


def test_an_answer_that_never_comes_keeps_nothing_from_being_shown(
    oc: OpenCode, proxy: Proxy, any_server: PlainServer
) -> None:
    session = new_session(oc)
    proxy.hold(any_server.prompt_route)
    turn = turn_of(oc, session, "x " + script(Say("Seen all the same.")))
    assert (turn.state, turn.text) == ("completed", "Seen all the same.")
    proxy.resume()
    assert equals_the_record(oc, turn)


def test_a_prompt_that_never_arrived_is_said_so_and_not_sent_again(
    oc: OpenCode, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, any_server: PlainServer
) -> None:
    monkeypatch.setattr(following, "LOST_WITHIN_S", 1.0)
    session = new_session(oc)
    proxy.lose_request(any_server.prompt_route)
    turn = turn_of(oc, session, "x " + script(Say("never")))
    assert proxy.lost.is_set()
    assert turn.state == "cut off"
    assert "the prompt has not arrived" in "".join(turn.notes)
    assert prompts(oc, session) == []
    assert turn_of(oc, session, "x " + script(Say("works again"))).text == "works again"


def test_a_silent_event_connection_is_replaced_by_asking(
    oc: OpenCode,
    proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
    tool_calls: Calls,
    any_server: PlainServer,
) -> None:
    """Permissions too: nothing of this turn is told by an event."""
    impatient = replace(oc.dialect.timing, quiet_s=1.0, behind_s=0.5)
    monkeypatch.setattr(oc.dialect, "timing", impatient)
    session = new_session(oc)
    call = tool_calls.shell("echo quietly")
    asked = []

    def hold_and_answer(run: TurnRun, frame: Frame) -> None:
        if frame.phase == "sent":
            proxy.hold(any_server.events_route)
        for ask in frame.asks:
            asked.append(ask.id)
            run.answer(ask, "once")

    turn = turn_of(oc, session, "x " + script(call, Say("Done in silence.")), hold_and_answer)
    proxy.resume()
    assert len(asked) == 1
    assert (turn.state, turn.text) == ("completed", "Done in silence.")
    assert turn.tools[0].state.output == "quietly\n"
    assert equals_the_record(oc, turn)
    # The next turn does not rely on the connection that was silent.
    assert turn_of(oc, session, "y " + script(Say("Heard."))).text == "Heard."
    assert proxy.asked_for(any_server.events_route) == 2


def test_events_that_come_late_in_one_lump_repeat_nothing(
    oc: OpenCode,
    proxy: Proxy,
    model: ScriptedModel,
    monkeypatch: pytest.MonkeyPatch,
    tool_calls: Calls,
    any_server: PlainServer,
) -> None:
    monkeypatch.setattr(oc.dialect, "timing", replace(oc.dialect.timing, quiet_s=1.0))
    session = new_session(oc)
    call = tool_calls.shell("echo between")
    seen: list[str] = []
    held = released = False

    def hold_and_release(run: TurnRun, frame: Frame) -> None:
        nonlocal held, released
        answers = [m for m in frame.shown.messages() if m.info.role == "assistant"]
        texts = [p.text for m in answers for p in m.parts if isinstance(p, TextPart) and p.text]
        seen.append("|".join(texts))
        for ask in frame.asks:
            if not held:
                held = True
                proxy.hold(any_server.events_route)
            run.answer(ask, "once")
        # The record has told of the second answer; now come the events that told of it, too.
        if held and not released and len(texts) > 1:
            released = True
            proxy.resume()
            model.gate("late-events").set()

    steps = [[Say("First. "), call], [StreamTokens(50), call], [Wait("late-events"), Say("End")]]
    turn = turn_of(oc, session, "x " + script(*steps), hold_and_release)
    assert released
    assert equals_the_record(oc, turn)
    final = "|".join(
        p.text for m in turn.answers for p in m.parts if isinstance(p, TextPart) and p.text
    )
    assert [text for text in seen if not final.startswith(text)] == []


def test_a_server_that_starts_again_on_its_port_cuts_the_turn_off_in_words(
    start_server: StartServer, project: Path, model: ScriptedModel
) -> None:
    server = start_server(project, password="same-port")
    restarted = False

    def restart(_: TurnRun, frame: Frame) -> None:
        nonlocal restarted
        if "so far" in str(frame.shown.messages()[1:]) and not restarted:
            restarted = True
            server.kill()
            start_server(project, password="same-port", port=server.port)

    with server.client() as oc:
        session = oc.session.create(title="t")
        steps = [Say("so far. "), Wait("restarted"), Say("never said")]
        turn = turn_of(oc, session, "x " + script(steps), restart)
        model.gate("restarted").set()
        assert restarted
        assert turn.state == "cut off"
        assert turn.failure is not None
        assert "the server ended before the turn did" in turn.failure.data.message
        assert equals_the_record(oc, turn)
        assert past_turns(oc, session)[-1].state == "cut off"
        assert turn_of(oc, session, "y " + script(Say("all well"))).text == "all well"


def test_a_server_that_is_gone_for_good_is_not_waited_for(
    start_server: StartServer, project: Path, model: ScriptedModel
) -> None:
    server = start_server(project, password="gone")

    def kill(_: TurnRun, frame: Frame) -> None:
        if "so far" in str(frame.shown.messages()[1:]) and server.alive:
            server.kill()

    with server.client() as oc:
        session = oc.session.create(title="t")
        prompt = Prompt("x " + script([Say("so far. "), Wait("gone-for-good")]), model=MODEL_ID)
        turn = follow(TurnRun(oc, session, prompt, alive=lambda: server.alive), kill)
    model.gate("gone-for-good").set()
    assert (turn.state, turn.text.strip()) == ("cut off", "so far.")
    assert any("the server has ended" in note for note in turn.notes)


def test_a_turn_that_another_client_began_is_joined_with_its_prompts(
    any_server: PlainServer, oc: OpenCode, model: ScriptedModel, tool_calls: Calls
) -> None:
    session = new_session(oc)
    turn_of(oc, session, "earlier " + script(Say("An earlier turn.")))
    call = tool_calls.shell("echo joined")
    text = "theirs " + script([Say("Begun elsewhere. "), call], Say("Ended here."))
    send(oc, session, text)
    asked: list[str] = []

    def answer(run: TurnRun, frame: Frame) -> None:
        for ask in frame.asks:
            asked.append(ask.id)
            run.answer(ask, "once")

    while not oc.permission.list():
        pass
    turn = follow(TurnRun(oc, session, Prompt("", "follow")), answer)
    assert len(asked) == 1
    assert turn.prompt == text
    assert (turn.state, turn.text) == ("completed", "Begun elsewhere. \n\nEnded here.")
    assert equals_the_record(oc, turn)


def test_what_was_answered_before_its_event_came_is_not_asked_again(
    oc: OpenCode, proxy: Proxy, tool_calls: Calls, any_server: PlainServer
) -> None:
    """The record may be quicker than the events, where a turn is joined or the line is slow."""
    session = new_session(oc)
    turn_of(oc, session, "earlier " + script(Say("It leaves an open line.")))
    proxy.hold(any_server.events_route)
    call = tool_calls.shell("echo once")
    send(oc, session, "x " + script(call, Say("Done.")))
    asked: list[str] = []

    def answer(run: TurnRun, frame: Frame) -> None:
        for ask in frame.asks:
            asked.append(ask.id)
            run.answer(ask, "once")
            proxy.resume()

    while not oc.permission.list():
        pass
    turn = follow(TurnRun(oc, session, Prompt("", "follow")), answer)
    assert len(asked) == 1
    assert [(d.reply, d.by) for d in turn.decisions] == [("once", "user")]
    assert (turn.state, turn.text) == ("completed", "Done.")


def test_leaving_a_joined_turn_does_not_stop_it(oc: OpenCode, model: ScriptedModel) -> None:
    session = new_session(oc)
    text = "theirs " + script([Say("It runs. "), Wait("left-alone"), Say("To its end.")])
    send(oc, session, text)
    while not oc.session.statuses():
        pass
    with TurnRun(oc, session, Prompt("", "follow")) as run:
        while not any(m.info.role == "assistant" for m in run.step(0.05).shown.messages()):
            pass
    model.gate("left-alone").set()
    while oc.session.statuses():
        pass
    assert past_turns(oc, session)[-1].text.endswith("To its end.")


def test_what_does_not_run_cannot_be_joined(oc: OpenCode) -> None:
    with pytest.raises(InputError, match="no turn that could be followed"):
        follow(TurnRun(oc, new_session(oc), Prompt("", "follow")))
