"""What OpenCode 2 alone can do, as commands: what waits, answers on the side, variables."""

from __future__ import annotations

import pytest

from opencode_magic.app.app import App
from opencode_magic.app.person import Person
from opencode_magic.commands import commands
from opencode_magic.demo.script import Call, Say, script
from opencode_magic.errors import InputError, NotFoundError
from opencode_magic.model.messages import ToolPart
from opencode_magic.render.table import Table
from opencode_magic.text.redact import MASK
from tests.harness.calls import only_2

pytestmark = only_2


class Typing(Person):
    """Somebody who types one secret."""

    def __init__(self, secret: str) -> None:
        super().__init__()
        self._secret = secret

    def is_there(self) -> bool:
        return True

    def secret(self, question: str) -> str:
        assert "not shown" in question
        return self._secret


def run(app: App, written: str) -> object:
    name, _, text = written.partition(" ")
    return commands()[name].run(app, text)


def test_what_waits_is_listed_turned_and_dropped(app: App) -> None:
    session = app.sessions.new("waiting")
    client = app.connect()
    for text in ("first words", "second words"):
        client.session.prompt(session, text, no_reply=True)
    listed = run(app, "inbox")
    assert isinstance(listed, Table)
    assert [w.text for w in listed] == ["first words", "second words"]
    assert "after the present step" in repr(listed)
    assert "after the turn" in repr(run(app, "inbox queue 1"))
    assert [w.delivery for w in client.session.inbox(session)] == ["steer", "queue"]
    assert "first words" not in repr(run(app, f"inbox drop {listed[0].id}"))
    with pytest.raises(InputError, match="there is no '7'; 1 wait, from 0 on"):
        run(app, "inbox steer 7")
    with pytest.raises(InputError, match="/inbox drop needs NUMBER"):
        run(app, "inbox drop")
    assert "nothing waits" in repr(run(app, "inbox drop all"))
    assert client.session.messages(session) == []


def test_an_answer_on_the_side_is_shown_and_not_stored(app: App) -> None:
    session = app.sessions.new("aside")
    shown = run(app, "generate how -- is it? " + script([Say("**fine**")]))
    assert "fine" in repr(shown)
    assert app.connect().session.messages(session) == []
    assert app.last_turn is None


def test_variables_reach_the_shells_and_are_shown_nowhere(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THE_KERNEL", "is-not-given")
    session = app.sessions.new("variables")
    assert "GREETING" in repr(run(app, "env GREETING=hello"))
    app.servers._person = app.person = Typing("the-secret-value")
    shown = repr(run(app, "env SOME_TOKEN"))
    assert "SOME_TOKEN" in shown
    assert "hello" not in shown
    assert "the-secret-value" not in shown + repr(app.variables)
    assert app.redact("the-secret-value") != "the-secret-value"
    line = 'echo "$GREETING/$SOME_TOKEN/$OF_THE_KERNEL/"; command -v ls'
    said = _printed(app, line)
    assert said.startswith("hello/[secret removed]//\n")
    assert "/ls" in said  # the PATH is there
    assert "GREETING" not in repr(run(app, "env GREETING --remove"))
    assert _printed(app, 'echo "<$GREETING>"') == "<>\n"
    for written, words in (("env 1=2", "no name"), ("env GREETING --remove", "was given")):
        with pytest.raises(InputError, match=words):
            run(app, written)
    assert app.sessions.new("another").id != session.id
    assert "none; `/env" in repr(run(app, "env"))


def _printed(app: App, line: str) -> str:
    """What a shell line of the session prints."""
    message = app.connect().session.shell(app.sessions.known(), line)
    (part,) = message.parts
    assert isinstance(part, ToolPart)
    return part.state.output


def test_what_the_server_saved_is_listed_and_taken_back(app: App) -> None:
    session = app.sessions.new("saved")
    client = app.connect()
    asking = [{"permission": "bash", "pattern": "*", "action": "ask"}]
    client.session.update(session, permission=asking)
    steps = ([Call("shell", {"command": "date --version"})], [Say("done")])
    client.session.prompt_async(session, "hi " + script(*steps), model="fake/demo")
    with client.fanout.share(client.directory) as events:
        while not (asks := client.permission.list()):
            events.get(5)
        client.permission.reply(asks[0].id, "always")
    assert "date *" in repr(run(app, "permissions --saved"))
    with pytest.raises(InputError, match="no permission '2'"):
        run(app, "permissions --saved --revoke 2")
    assert "nothing" in repr(run(app, "permissions --saved --revoke all"))
    assert client.permission.saved() == []
    with pytest.raises(NotFoundError):
        client.permission.reply(asks[0].id, "once")


def test_no_key_is_shown_or_kept_of_what_the_server_tells(app: App) -> None:
    for path in ("/api/config", "/api/provider", "/api/model"):
        shown = run(app, f"api GET {path}")
        assert "'apiKey': 'none'" not in repr(getattr(shown, "value", None))
        assert '"apiKey": "none"' not in repr(shown)
    assert f'"apiKey": "{MASK}"' in repr(run(app, "config providers.fake"))
