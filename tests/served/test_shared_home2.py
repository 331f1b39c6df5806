"""What others do on the same OpenCode 2, or beside it on the same data, does not reach a turn."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from opencode_magic import OpenCode
from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Say, script
from opencode_magic.errors import BusyError
from opencode_magic.model.events import Connected, Event
from opencode_magic.model.prompt import Prompt
from opencode_magic.model.sessions import Rule, Session
from opencode_magic.turns.run import TurnRun
from opencode_magic.turns.turn import Turn
from tests.harness.calls import Calls2
from tests.harness.machine import MODEL_ID
from tests.harness.server import SERVERS, PlainServer
from tests.harness.tools import require_opencode2

SHELL = Calls2().shell
SECRET = "only-in-the-other-folder"


@pytest.fixture
def oc(plain_server2: PlainServer) -> Iterator[OpenCode]:
    with plain_server2.client() as client:
        yield client


def follow(oc: OpenCode, session: Session, text: str) -> Turn:
    with TurnRun(oc, session, Prompt(text, model=MODEL_ID)) as run:
        while not run.done:
            run.step(0.05)
        return run.settle()


def test_nothing_of_another_folder_comes_over_the_stream_of_a_turns_folder(
    oc: OpenCode, plain_server2: PlainServer, model: ScriptedModel
) -> None:
    other = plain_server2.machine.project("other-folder")
    heard: list[Event] = []
    with (
        OpenCode(plain_server2.url, password=plain_server2.password, directory=str(other)) as there,
        oc.fanout.share(oc.directory) as stream,
    ):
        while not any(isinstance(event, Connected) for event in heard):
            heard += stream.get(10)
        foreign = there.session.create(title=SECRET)
        said = SHELL(f"echo {SECRET}")
        assert SECRET in follow(there, foreign, f"{SECRET} " + script(said, Say(SECRET))).text
        own = oc.session.create(title="own")
        assert follow(oc, own, "hello " + script(Say("of this folder"))).text == "of this folder"
        while not any("of this folder" in repr(event) for event in heard):
            heard += stream.get(10)
    assert SECRET not in repr(heard)
    assert foreign.id not in repr(heard)


def test_a_session_that_waits_in_another_server_on_the_same_data_is_not_prompted(
    oc: OpenCode, plain_server2: PlainServer, model: ScriptedModel
) -> None:
    """Both kernels have a server of their own; a permission waits in one of them alone."""
    session = oc.session.create(title="twice", permission=[Rule("bash", "*", "ask")])
    machine, directory = plain_server2.machine, plain_server2.directory
    second = SERVERS["2"](require_opencode2(), machine, directory, password="s3cret-second")
    try:
        text = "wait " + script(SHELL("true"), Say("went on"))
        with TurnRun(oc, session, Prompt(text, model=MODEL_ID)) as run, second.client() as there:
            while not run.step(0.05).asks:
                assert not run.done
            with pytest.raises(BusyError, match="may be at work in another OpenCode server"):
                follow(there, there.session.get(session.id), "me too")
            (asked,) = run.frame.asks
            run.answer(asked, "once")
            while not run.done:
                run.step(0.05)
            turn = run.settle()
    finally:
        second.stop()
    assert turn.text == "went on"
    assert [m.info.role for m in turn.transcript.messages()].count("user") == 1
