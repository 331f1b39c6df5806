"""Words that are added to a turn while it runs, on a real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from opencode_magic import OpenCode
from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Call, Say, Wait, script
from opencode_magic.model.prompt import Prompt
from opencode_magic.model.sessions import Rule, Session
from opencode_magic.turns.history import past_turns
from opencode_magic.turns.run import TurnRun
from opencode_magic.turns.turn import Turn
from tests.cell.cells import bash
from tests.harness.proxy import Proxy
from tests.harness.server import PlainServer


@pytest.fixture
def oc(plain_server: PlainServer) -> Iterator[OpenCode]:
    with plain_server.client() as client:
        yield client


@pytest.fixture
def session(oc: OpenCode) -> Session:
    return oc.session.create(title="test", permission=[Rule("bash", "*", "ask")])


def follow(
    oc: OpenCode, session: Session, model: ScriptedModel, gate: str, *words: str, first: Call | None
) -> Turn:
    """Follow a turn that waits at a gate, and add words while it does."""
    steps = [*([first] if first else []), [Say("one "), Wait(gate), Say("two")]]
    with TurnRun(oc, session, Prompt("begin " + script(*steps))) as run:
        left = list(words)
        while not run.done:
            frame = run.step(0.05)
            for asked in frame.asks:
                run.answer(asked, "once")
            if model.arrived(gate).is_set() and left:
                run.add(left.pop(0))
            elif not left and frame.waiting == len(words) and not model.gate(gate).is_set():
                seen = [m.added for m in oc.dialect.messages(session.id) if m.added]
                if len(seen) == len(words):  # the server has them, the agent not yet
                    model.gate(gate).set()
        return run.settle()


def test_what_is_added_is_answered_in_the_same_turn(
    oc: OpenCode, session: Session, model: ScriptedModel
) -> None:
    word = "and " + script([Say("to the word")])
    turn = follow(oc, session, model, "added-one", word, first=None)
    assert (turn.state, turn.confirmed, turn.notes) == ("completed", True, ())
    assert turn.text == "one two\n\nto the word"
    (past,) = past_turns(oc, session)
    assert past.text == turn.text
    assert past.prompt.startswith("begin ")


def test_what_a_word_has_changed_is_the_turns_too(
    oc: OpenCode, session: Session, model: ScriptedModel
) -> None:
    word = "then " + script(bash("echo b >> added.txt; echo c > other.txt"), [Say("b")])
    first = bash("echo a > added.txt")
    turn = follow(oc, session, model, "added-two", word, first=first)
    assert turn.state == "completed"
    assert [f.file for f in turn.diff] == ["added.txt", "other.txt"]
    assert "+a\n+b\n" in turn.diff[0].patch
    assert [d.reply for d in turn.decisions] == ["once", "once"]


def test_a_word_that_does_not_arrive_is_told_with_its_text(
    plain_server: PlainServer, proxy: Proxy, model: ScriptedModel
) -> None:
    with OpenCode(
        proxy.url, password=plain_server.password, directory=str(plain_server.directory)
    ) as oc:
        session = oc.session.create(title="test")
        gate = "added-lost"
        prompt = Prompt("x " + script([Say("one "), Wait(gate), Say("two")]))
        with TurnRun(oc, session, prompt) as run:
            while not run.done:
                frame = run.step(0.05)
                if model.arrived(gate).is_set() and not frame.waiting and not proxy.lost.is_set():
                    proxy.lose_request("/prompt_async")
                    run.add("do not lose me")
                elif proxy.lost.is_set():
                    model.gate(gate).set()
            turn = run.settle()
    assert turn.state == "completed"
    (note,) = turn.notes
    assert note.startswith("what you added could not be sent (")
    assert note.endswith(": do not lose me")
