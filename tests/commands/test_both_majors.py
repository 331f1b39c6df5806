"""Every command on a real server of either major: a sensible result, or one line why not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from opencode_magic.app.app import App
from opencode_magic.commands import commands
from opencode_magic.demo.script import Say, script
from opencode_magic.errors import OpencodeError
from tests.harness.calls import both
from tests.harness.machine import MODEL_ID

PUBLIC, PLAIN = "cannot put a session on a public page", "OpenCode 2 does"
SCRIPTED = "hi " + script([Say("an aside")])


@dataclass(frozen=True)
class Case:
    """A command, and what its result says on a server of each major.

    A word that begins with `!` stands in the one line of an error.
    """

    written: str
    first: str
    second: str = ""

    def expected(self, major: str) -> str:
        return self.second or self.first if major == "2" else self.first


CASES = (
    Case("sessions", "the first"),
    Case("use the first", "now in session"),
    Case("show", "Turn completed"),
    Case("resume", "Turn completed"),
    Case("export out.md --force", "exported"),
    Case("messages", "one"),
    Case("compact", "/compact"),
    Case("fork", "this session is a copy"),
    Case("children", "no subagents were started"),
    Case("new another", "new session"),
    Case("abort", "nothing was running"),
    Case("rename a name", "a name"),
    Case("delete spare --yes", "deleted"),
    Case("status", "nothing is running"),
    Case("share", "!nobody is there to ask", f"!{PUBLIC}"),
    Case("unshare", "was not public", f"!{PUBLIC}"),
    Case("init", "name='init'"),
    Case("todo", "has made no task list", "!has no task list"),
    Case("inbox", f"!{PLAIN}", "nothing waits"),
    Case("inbox drop 0", f"!{PLAIN}", "!there is no '0'"),
    Case(f"generate {SCRIPTED}", f"!{PLAIN}", "an aside"),
    Case("env", f"!{PLAIN}", "none; `/env NAME=VALUE` gives one"),
    Case("env GREETING=hello", f"!{PLAIN}", "GREETING"),
    Case("env TOKEN", f"!{PLAIN}", "!nobody is there to ask"),
    Case("cat greet.py", "def greet"),
    Case("find Hello", "1 line in 1 file"),
    Case("find (", "!is no regular expression"),
    Case("files greet", "greet.py"),
    Case("symbols greet", "symbols", "!cannot look for functions"),
    Case("changes", "out.md"),
    Case("tree", "greet.py"),
    Case("tools", "bash", "!does not tell the agents' tools"),
    Case("mcp", "MCP servers"),
    Case("mcp auth nobody", "!", "!`/auth` lists them"),
    Case("lsp", "language servers", "!does not tell of language servers"),
    Case("formatters", "formatters", "!does not tell of formatters"),
    Case("models", "fake/demo"),
    Case("model", "fake/demo"),
    Case("agents", "plan"),
    Case("agent", "build"),
    Case("providers --all", "connected"),
    Case("commands", "/init"),
    Case("auth", "ways to log in"),
    Case("project", "git"),
    Case("projects", "is this one"),
    Case("path", "works in"),
    Case("vcs", "main"),
    Case("config", "demo"),
    Case("config theme dark", "!nobody is there to ask", "!be changed from outside"),
    Case("health", "1.18.33", "2.0.15"),
    Case("client", "OpenCode("),
    Case("log word", "logged", "!takes no lines"),
    Case("api GET /api/info", "!does not know", '"version": "2.0.15"'),
    Case("api GET /path", "directory", "!does not know"),
    Case("permissions", "nothing yet"),
    Case("permissions --saved", f"!{PLAIN}", "always allowed on the server"),
    Case("trust", "has no configuration of its own"),
    Case("help --api", "session.prompt"),
    Case("tui submit", "told the terminal client", "!cannot steer"),
    Case("context x", "1. your words"),
    Case("diff", "!no turns yet"),
    Case("undo", "!no turn to undo", "!"),
    Case("redo", "!nothing was undone"),
    Case("run", "!nothing was answered"),
    Case("explain", "!no cell has failed"),
    Case("fix", "!there is no notebook"),
    Case("insert", "!there is no notebook"),
    Case("kernel", "the kernel as tools"),
    Case("events", "!nobody is there to stop it"),
    Case("dispose --yes", "disposed", "!without losing its guard"),
    Case("serve --shared", "!needs a password"),
    Case("connect", "!no background service"),
    Case("stop", "left the server"),
)  # fmt: skip
ELSEWHERE = {"doctor"}
"""What looks at the whole machine, and has tests of its own."""


def test_every_command_is_there() -> None:
    assert {case.written.partition(" ")[0] for case in CASES} == set(commands()) - ELSEWHERE


@both
def test_each_gives_a_result_or_says_in_one_line_why_not(
    app: App, major: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    app.sessions.new("spare")
    session = app.sessions.new("the first")
    prompt = "hi " + script([Say("one")])
    app.connect().session.prompt(session, prompt, model=MODEL_ID)
    wrong = {}
    for case in CASES:
        said = _said(app, case.written)
        expected = case.expected(major)
        fits = expected.lstrip("!") in said and said.startswith("!") == expected.startswith("!")
        if not fits or (said.startswith("!") and "\n" in said):
            wrong[case.written] = (expected, said[:300])
    assert wrong == {}


def _said(app: App, written: str) -> str:
    """What a reader sees of the result of a command; after a `!` the line of its error."""
    name, _, text = written.partition(" ")
    try:
        found = commands()[name].run(app, text)
    except OpencodeError as error:
        return f"!{error.message}"
    return f"{getattr(found, 'title', '')} {found!r}"
