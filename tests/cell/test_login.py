"""Logging in and out of providers: a real server with a plugin whose logins are on loopback."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from opencode_magic.demo.script import Say
from opencode_magic.text.redact import MARK
from tests.cell.cells import LOAD, ask
from tests.cell.running import run, shown
from tests.harness import mcp_weather
from tests.harness.door import CODE, install_door, kept
from tests.harness.machine import Machine, make_machine

KEY = "sk-only-for-this-test"
OTHER = "sk-another-one-of-it"

PEOPLE = """\
import signal, threading, time
from pathlib import Path
from IPython.display import display
magics = get_ipython().magics_manager.registry["OpencodeMagics"]
app = magics.app
shell_run = get_ipython().run_line_magic

class Person:
    '''Somebody at the keyboard who types these lines, and does something once they see a page.'''
    def __init__(self, *lines, sees=lambda: None):
        self.lines, self.asked, self.sees = list(lines), [], sees
        app.person.is_there = lambda: True
        app.person.words = app.person.secret = self.type
        app.person.show = self.look
    def type(self, question):
        self.asked.append(question)
        return self.lines.pop(0)
    def look(self, value):
        display(value)
        self.sees()
    def leave(self):
        app.person.is_there = lambda: False

def auth(words, *lines, sees=lambda: None):
    person = Person(*lines, sees=sees)
    try:
        display(shell_run("opencode", f"/auth {words}"))
    finally:
        person.leave()
        print("ASKED", person.asked)
"""

USABLE = 'print("USABLE", [p.id for p in app.connect().config.providers().providers])'


@dataclass(frozen=True)
class Said:
    """What the cells left behind, by name, and what the server keeps."""

    cells: dict[str, Any]
    kept: dict[str, dict[str, str]]

    def text(self, name: str) -> str:
        return " ".join(shown(self.cells[name]).replace("\\n", " ").split())

    def error(self, name: str) -> str:
        [*_, last] = [o for o in self.cells[name].outputs if o.output_type != "stream"]
        assert last.output_type == "error", last
        assert len(last.traceback) == 1
        assert "\n" not in last.traceback[0]
        return str(last.evalue)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory, opencode_executable: Path, model: Any) -> Said:
    root = tmp_path_factory.mktemp("login") / "machine"
    machine: Machine = make_machine(root, opencode=opencode_executable, model_url=model.url)
    door = install_door(machine)
    store = machine.home / ".local" / "share" / "opencode" / "auth.json"
    kind = "%opencode /auth door --login 0 --input"
    interrupt = "lambda: signal.setitimer(signal.ITIMER_REAL, 0.5)"
    cells = {
        "load": LOAD,
        "ways": "%opencode /auth door",
        "no kind": "%opencode /auth door --login 0",
        "no host": f"{kind} kind=own",
        "no such kind": f"{kind} kind=wooden",
        "no such input": f"{kind} colour=red",
        "no value": f"{kind} kind",
        "nobody": f"{kind} kind=public",
        "no dot": f"{kind} kind=own --input host=nodot",
        "people": PEOPLE,
        "auto": f'auth("door --login 0", "2", "a.example", sees=Path({str(door)!r}).touch)',
        "usable": USABLE,
        "close": f"Path({str(door)!r}).unlink()\n"
        "signal.signal(signal.SIGALRM, signal.default_int_handler)",
        "interrupted": f'auth("door --login 0 --input kind=public", sees={interrupt})',
        "too late": 'magics.answer_timeout_s = 0.5\nauth("door --login 0 --input kind=public")',
        "goes on": f"""\
magics.answer_timeout_s = 60
# Two are waited for still; whichever is kept first, it was not so before.
def kept_later():
    return any(f"access-{{n}}" in Path({str(store)!r}).read_text() for n in (2, 3))
before = kept_later()
Path({str(door)!r}).touch()
end = time.monotonic() + 30
while not kept_later() and time.monotonic() < end:
    time.sleep(0.05)
print("KEPT", before, kept_later())""",
        "wrong code": 'auth("door --login 1", "a-wrong-code")',
        "code": f'auth("door --login 1", {CODE!r})',
        "code later": "%opencode /auth door --login 1",
        "code by option": f"%opencode /auth door --login 1 --code {CODE}",
        "code twice": "%opencode /auth openai --login 0 --code abcdefgh",
        "key": f'auth("groq --key", {KEY!r})',
        "key usable": USABLE,
        "scrubbed": ask("tell", Say(f"the key is {KEY}!")),
        "answers": f'auth("door --key --input room=blue", {OTHER!r})',
        "stop": "%opencode /stop",
        "scrubbed after": ask("tell", Say(f"the keys are {KEY} and {OTHER}!")),
        "mcp": f"%opencode /mcp add echo {sys.executable} {mcp_weather.__file__}",
        "held": f'auth("mistral --key", {KEY!r})',
        "not usable": USABLE,
        "still there": "%opencode /mcp",
        "dispose": "%opencode /dispose --yes",
        "now usable": USABLE,
        "config": 'Path("opencode.json").write_text("{}")',
        "changed": "%opencode /auth mistral --remove --yes",
        "ended": 'print("ENDED", app.link is None)',
    }
    done = run(list(cells.values()), machine.project(), machine)
    return Said(dict(zip(cells, done.cells, strict=True)), kept(machine))


def test_the_ways_to_log_in_tell_what_they_ask_for(said: Said) -> None:
    assert "kind, host" in said.text("ways")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no kind", "nobody is there to be asked for: --input kind=VALUE (Which kind?: public,"),
        ("no host", "--input host=VALUE (On which host?: e.g. door.example)"),
        ("no such kind", "kind is one of public, own, not 'wooden'"),
        ("no such input", "login 0 of door asks for no 'colour', but kind, host"),
        ("no value", "write --input NAME=VALUE"),
        ("nobody", "nobody is there to log in to door; `opencode auth login`"),
        ("no dot", "door does not take these inputs: a host has a dot"),
        ("wrong code", "door refused the login: a wrong or old code"),
        ("code twice", "no login to openai was begun on this server"),
    ],
)
def test_what_is_missing_or_wrong_is_one_line(said: Said, name: str, words: str) -> None:
    assert words in said.error(name)


def test_a_login_is_shown_and_waited_for(said: Said) -> None:
    text = said.text("auto")
    assert '<a href=\\"http://127.0.0.1:9/login?kind=own&amp;host=a.example\\"' in text
    assert "Enter code: AB-12" in text
    assert "door is logged in" in text
    assert "1 For everybody (most are)" in text
    assert "On which host? (door.example): " in text
    assert "from now on" in text
    assert "'door'" in said.text("usable")


def test_an_interrupt_ends_the_wait_and_not_the_login(said: Said) -> None:
    words = said.error("interrupted")
    assert "the login to door is not waited for; if it is ended in the browser, the server" in words
    assert "nobody logged in to door in time" in said.error("too late")
    assert "KEPT False True" in said.text("goes on")


def test_a_code_is_asked_for_unseen_or_handed_in(said: Said) -> None:
    assert "code of the login to door (not shown): " in said.text("code")
    assert "door is logged in" in said.text("code")
    assert CODE not in said.text("code")
    assert "`/auth door --login 1 --code CODE`" in said.text("code later")
    assert "door is logged in" in said.text("code by option")


def test_a_key_counts_at_once_where_nothing_is_lost_by_that(said: Said) -> None:
    assert "the server uses it from now on" in said.text("key")
    assert "'groq'" in said.text("key usable")
    assert said.kept["groq"] == {"type": "api", "key": KEY}
    assert said.kept["door"] == {"type": "api", "key": OTHER, "metadata": {"room": "blue"}}


def test_a_key_is_taken_out_of_whatever_is_shown_on_every_later_server(said: Said) -> None:
    assert all(KEY not in said.text(name) for name in ("key", "scrubbed", "scrubbed after"))
    assert f"the key is {MARK}!" in said.text("scrubbed")
    assert f"the keys are {MARK} and {MARK}!" in said.text("scrubbed after")


def test_where_something_would_be_lost_the_user_decides(said: Said) -> None:
    assert "after `/dispose`, which ends the MCP servers echo" in said.text("held")
    assert "'mistral'" not in said.text("not usable")
    assert "connected" in said.text("still there")
    assert "MCP servers added since it began" in said.text("dispose")
    assert "'mistral'" in said.text("now usable")


def test_no_configuration_is_read_that_came_after_the_start(said: Said) -> None:
    assert "has changed, so the server was ended" in said.text("changed")
    assert "ENDED True" in said.text("ended")
