"""Turns in IPython in a pseudo-terminal: what its screen shows, and what it was sent."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Call, Fail, Say, StreamTokens, Think, Wait, script
from tests.cell.cells import CONSENT, bash
from tests.conftest import Figures, StartServer
from tests.harness.ipython import Shell
from tests.harness.machine import Machine
from tests.harness.server import PlainServer
from tests.harness.terminal import CTRL_C

HOSTILE = Path(__file__).parents[1] / "data" / "hostile.json"
RETURNS_WITHIN_S = 10  # 2 s are promised; this machine may be busy

Open = Callable[..., Shell]

# All that we send: colours and bold, steps of the cursor, erasing from it on, wrapping off and on.
ALLOWED = re.compile(
    rb"\x1b\[(?:(?:[0-9]|3[0-7])(?:;(?:[0-9]|3[0-7]))*)?m|\x1b\[[0-9]*[AC]|\x1b\[[JK]|\x1b\[\?7[hl]"
)
CONTROLS = re.compile(rb"[\x00-\x06\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]|\xc2[\x80-\x9f]")


@pytest.fixture
def open_shell(plain_server: PlainServer, tmp_path: Path) -> Iterator[Open]:
    """Open IPython in terminals, `open_shell(columns=40)`; they end with the test."""
    shells: list[Shell] = []

    def open_(server: PlainServer = plain_server, **settings: Any) -> Shell:
        shells.append(Shell(server, tmp_path / f"shell-{len(shells)}", **settings))
        return shells[-1]

    yield open_
    for shell in shells:
        shell.close()


def unescaped(raw: bytes) -> list[bytes]:
    """What a terminal would obey and that is none of ours."""
    left = ALLOWED.sub(b"", raw)
    return [left[max(0, found.start() - 20) : found.start() + 20]
            for found in re.finditer(rb"\x1b|" + CONTROLS.pattern, left)]  # fmt: skip


def own(raw: bytes) -> bytes:
    """What was written while a turn ran that failed, without IPython's own prompts."""
    return raw.partition(b"fake/demo")[2].rpartition(b"Failed \xc2\xb7 ")[0]


def turn_of(shell: Shell) -> str:
    """What is to be seen of the last turn."""
    return shell.seen.rpartition("go(")[2].partition("\n")[2].partition("\nIn [")[0]


def joined(text: str) -> str:
    return " ".join(text.split())


# -- it streams ------------------------------------------------------------------------------------


def test_text_appears_as_it_comes_and_what_is_closed_is_never_drawn_again(
    open_shell: Open, model: ScriptedModel
) -> None:
    shell = open_shell()
    shell.begin(
        "a",
        [
            Think("I think first."),
            Say("The **first** paragraph.\n\nThe second, op"),
            Wait("second"),
            Say("en no more.\n\n"),
            bash("echo out"),
        ],
        Say("# The end\n\n- one\n- two\n"),
        options="--permission allow",
    )
    shell.wait_for("The second, op")
    shell.wait_for("Ctrl-C stops")
    assert "The first paragraph." in shell.seen
    assert "en no more" not in shell.seen
    size = len(shell.raw)
    model.gate("second").set()
    shell.ready()
    later = shell.raw[size:]
    assert b"first" not in later
    assert b"I think" not in later
    turn = turn_of(shell)
    for once in ("The first paragraph.", "The second, open no more.", "I think first.",
                 "✓ Run echo out (done", "The end", "• one", "Done · "):  # fmt: skip
        assert turn.count(once) == 1, turn
    for gone in ("Ctrl-C stops", "●", "Thinking", "**"):
        assert gone not in turn


def test_only_what_changes_is_drawn(open_shell: Open, model: ScriptedModel) -> None:
    shell = open_shell()
    lines = "".join(f"- item {n}\n" for n in range(8))
    shell.begin("a", [Say(lines), Wait("go on"), Say("- the last\n"), Wait("end")])
    shell.wait_for("item 7")
    shell.wait_for("Ctrl-C stops")
    shell.settle(0.2)
    size = len(shell.raw)
    model.gate("go on").set()
    shell.wait_for("the last")
    assert b"item 0" not in shell.raw[size : shell.raw.index(b"the last")]
    model.gate("end").set()
    shell.ready()


def test_a_tail_that_is_higher_than_the_screen_leaves_nothing_twice(open_shell: Open) -> None:
    shell = open_shell(rows=12)
    code = "".join(f"line_{n} = {n}\n" for n in range(60))
    shell.run("a", [Say(f"Look:\n\n```python\n{code}```\n\nThat was it.", size=40, delay_s=0.02)])
    numbers = re.findall(r"line_(\d+) = \1$", turn_of(shell), re.MULTILINE)
    assert numbers == [str(n) for n in range(60)]
    assert "lines above" not in turn_of(shell)
    assert b"lines above" in shell.raw  # its end was to be seen meanwhile


@pytest.mark.parametrize("columns", [40, 120])
def test_a_terminal_that_is_resized_shows_everything_once(open_shell: Open, columns: int) -> None:
    # pyte cuts lines where others wrap them anew, as xterm does.
    shell = open_shell(environ={"XTERM_VERSION": "XTerm(390)"})
    shell.begin("a", StreamTokens(300, per_second=150, paragraph=20))
    shell.wait_for("t90 ")
    shell.resize(columns, 24)
    shell.ready()
    words = re.findall(r"\bt\d+\b", turn_of(shell))
    if columns > 80:
        assert words == [f"t{n}" for n in range(300)]
    # What had been printed is pyte's to cut; what came after stands there whole, and once.
    assert [w for w in words if int(w[1:]) >= 120] == [f"t{n}" for n in range(120, 300)]


@pytest.mark.parametrize("columns", [40, 81])
def test_wide_characters_and_long_lines_leave_nothing_behind(
    open_shell: Open, columns: int
) -> None:
    shell = open_shell(columns=columns)
    wide = "日本語のテキストが流れてきます。" * 12 + "👩‍👩‍👧 🎉"
    long = "x = [" + ", ".join(map(str, range(100))) + "]"
    shell.run("a", Say(f"{wide}\n\n```python\n{long}\n```\n\n- {wide}\n", size=7, delay_s=0.005))
    turn = turn_of(shell)
    bare = re.sub(r"\s", "", turn)
    assert bare.count("日本語のテキストが流れてきます。") == 24
    assert bare.count(long.replace(" ", "")) == 1
    assert "Ctrl-C stops" not in turn
    assert max(map(len, turn.split("\n"))) <= columns


def test_reasoning_tasks_retries_and_errors_are_words(open_shell: Open) -> None:
    shell = open_shell()
    todos = [
        {"content": "look", "status": "completed", "priority": "high"},
        {"content": "act", "status": "in_progress", "priority": "high"},
    ]
    done = [{**todo, "status": "completed"} for todo in todos]
    shell.run(
        "a",
        [Think("Step by step."), Call("todowrite", {"todos": todos})],
        [Fail(500, "overloaded", times=1), Call("todowrite", {"todos": done})],
        Say("Ready."),
    )
    turn = turn_of(shell)
    assert turn.count("Step by step.") == 1
    assert re.findall(r"(\w+) \(done\)", turn) == ["look", "act"]
    assert "The provider failed; attempt 2 follows by itself" in joined(turn)
    shell.run("b", Fail(401, "no such key"))
    turn = joined(turn_of(shell))
    assert "Error: The model's provider refused the login. Run `opencode auth login`" in turn
    assert "no such key" in turn
    assert "Traceback" not in turn


# -- it asks ---------------------------------------------------------------------------------------


def test_one_letter_answers(open_shell: Open, model: ScriptedModel) -> None:
    shell = open_shell()
    shell.begin("a", [Wait("ask"), bash("echo one")], bash("echo two"), Say("Ready."))
    shell.wait_for("Ctrl-C stops")
    shell.type("o")  # before it is asked: no answer
    model.gate("ask").set()
    shell.wait_for("Your letter:")
    assert "Run a command?\n  echo one" in shell.seen
    shell.settle()
    assert "Allowed" not in shell.seen
    shell.type("\x1b[A")
    shell.wait_for("Please type one of o, a, r, m:")
    shell.type("o")
    shell.wait_for("  echo two")
    shell.wait_for("Your letter:")
    shell.type("m")
    shell.wait_for("What should it do instead?")
    shell.type("use tox\r")
    shell.ready()
    turn = turn_of(shell)
    assert "Allowed once." in turn
    assert re.search(r"✓ Run echo one \(done, allowed once", turn)
    assert re.search(r"⊘ Run echo two \(rejected: “use tox”", turn)
    assert "Your letter" not in turn
    shell.begin("b", bash("echo one"), bash("echo two"), Say("Ready."))
    shell.wait_for("Your letter:")
    shell.type("a")
    shell.ready()
    assert turn_of(shell).count("Run a command?") == 2  # the question, and the note at the end


def test_an_edit_of_the_open_notebook_is_warned_about(
    open_shell: Open, plain_server: PlainServer
) -> None:
    here = plain_server.directory / "open.ipynb"
    shell = open_shell(environ={"JPY_SESSION_NAME": str(here)})  # as a console beside one has it
    shell.begin("a", Call("write", {"filePath": "open.ipynb", "content": "{}"}), Say("never said"))
    shell.wait_for("Your letter:")
    assert "This is the notebook you have open" in joined(shell.seen)
    assert "Insert as cells instead" in joined(shell.seen)
    shell.type("r")
    shell.ready()
    assert not here.exists()


def test_a_question_is_answered_by_typing(open_shell: Open) -> None:
    shell = open_shell()
    options = [{"label": label, "description": f"like {label}"} for label in ("red", "blue")]
    ask = [
        {"question": "Which one?", "header": "One", "options": options},
        {"question": "Which ones?", "header": "More", "options": options, "multiple": True},
        {"question": "And yours?", "header": "Own", "options": options},
    ]
    shell.begin("a", Call("question", {"questions": ask}), Say("Ready."))
    for question, typed in (("Which one?\nA number", "2"), ("Which ones?\nNumbers", "1,2"),
                            ("And yours?\nA number", "gr\x7freen")):  # fmt: skip
        shell.wait_for(question)
        shell.settle(0.2)
        shell.type(f"{typed}\r")
    shell.ready()
    turn = joined(turn_of(shell))
    for chosen in ("○ red: like red ● blue: like blue (chosen)", "green"):
        assert chosen in turn


def test_a_long_diff_is_paged_when_asked_for_and_never_else(
    open_shell: Open, plain_server: PlainServer, tmp_path: Path
) -> None:
    pager = tmp_path / "pager"
    pager.write_text(
        f"#!/bin/sh\ncat > {tmp_path}/paged\ntrap '' INT\nprintf PAGED\nread line </dev/tty\n"
    )
    pager.chmod(0o755)
    shell = open_shell(environ={"PAGER": str(pager)})
    content = "".join(f"line {n}\n" for n in range(100))
    path = plain_server.directory / "long.txt"
    shell.begin("a", Call("write", {"filePath": str(path), "content": content}), Say("Ready."))
    shell.wait_for("Your letter:")
    shell.settle(0.2)
    assert "more lines of the diff" in shell.seen
    assert "PAGED" not in shell.seen
    shell.type("d")
    shell.wait_for("PAGED")
    paged = (tmp_path / "paged").read_bytes()
    assert b"\x1b[32m+line 99\x1b[0m" in paged
    assert not unescaped(paged)
    shell.type(CTRL_C + "\r")  # the pager's, and nobody else's
    shell.wait_for(lambda: shell.seen.count("Your letter:") == 1)
    shell.settle(0.2)
    shell.type("o")
    shell.ready()
    assert "Ready." in turn_of(shell)
    assert path.read_text() == content
    (tmp_path / "paged").unlink()
    shell.enter("%opencode /diff")
    shell.wait_for(lambda: (tmp_path / "paged").exists())
    shell.wait_for(lambda: shell.seen.count("PAGED") == 2)
    shell.type("\r")
    shell.ready()
    assert "+line 99" in (tmp_path / "paged").read_text()


def test_a_review_is_answered_with_numbers(open_shell: Open, plain_server: PlainServer) -> None:
    shell = open_shell()
    paths = [plain_server.directory / name for name in ("kept.txt", "undone.txt")]
    calls = [Call("write", {"filePath": str(path), "content": "x\n"}) for path in paths]
    shell.begin("a", calls, Say("Ready."), options="--review --permission allow")
    shell.wait_for("Undo which?")
    shell.settle(0.2)
    shell.type("9\r")
    shell.wait_for("Please type none, all, or numbers")
    shell.type("2\r")
    shell.ready()
    assert [path.exists() for path in paths] == [True, False]
    assert "1 of 2 hunks" in turn_of(shell)


def test_what_is_answered_elsewhere_is_asked_no_more(
    open_shell: Open, plain_server: PlainServer
) -> None:
    shell = open_shell()
    shell.begin("a", bash("echo one"), Say("Ready."))
    shell.wait_for("Your letter:")
    with plain_server.http() as http:
        for ask in http.get("/permission").json():
            http.post(f"/permission/{ask['id']}/reply", json={"reply": "once"})
    shell.ready()
    assert "It was answered elsewhere" in turn_of(shell)
    assert "✓ Run echo one" in turn_of(shell)


# -- it stops --------------------------------------------------------------------------------------


def is_idle(server: PlainServer) -> bool:
    with server.http() as http:
        return http.get("/session/status").json() == {}


def works(shell: Shell) -> bool:
    shell.run("again", Say("It works again."))
    return "It works again." in turn_of(shell)


def test_ctrl_c_aborts_and_what_was_seen_stays(
    open_shell: Open, plain_server: PlainServer, figures: Figures
) -> None:
    shell = open_shell()
    shell.begin("a", [Say("Some words are there.\n\n"), StreamTokens(5000, per_second=50)])
    shell.wait_for(" t20 ")
    began = time.monotonic()
    shell.type(CTRL_C)
    shell.ready(RETURNS_WITHIN_S)
    figures(f"Ctrl-C in a terminal: the prompt is back after {time.monotonic() - began:.2f} s")
    turn = turn_of(shell)
    assert "Some words are there." in turn
    assert " t20 " in turn
    assert "Stopped · " in turn
    assert "Traceback" not in turn
    assert "^C" not in turn
    assert is_idle(plain_server)
    assert works(shell)


def test_ctrl_c_at_a_question_rejects_and_stops(
    open_shell: Open, plain_server: PlainServer
) -> None:
    shell = open_shell()
    shell.begin("a", bash("touch never"), Say("Ready."))
    shell.wait_for("Your letter:")
    shell.type(CTRL_C)
    shell.ready(RETURNS_WITHIN_S)
    assert "Stopped · " in turn_of(shell)
    assert not (plain_server.directory / "never").exists()
    with plain_server.http() as http:
        assert http.get("/permission").json() == []
    assert is_idle(plain_server)
    assert works(shell)


def test_the_second_ctrl_c_gives_up_at_once(
    open_shell: Open, start_server: StartServer, project: Path, machine: Machine, figures: Figures
) -> None:
    server = start_server(project, password="x")
    shell = open_shell(server)
    shell.begin("a", [Say("Some words are there.\n\n"), StreamTokens(5000, per_second=50)])
    shell.wait_for(" t20 ")
    os.kill(server.pid, signal.SIGSTOP)
    try:
        shell.type(CTRL_C)
        shell.wait_for("stopping")
        began = time.monotonic()
        shell.type(CTRL_C)
        shell.ready(RETURNS_WITHIN_S)
        figures(f"second Ctrl-C, server hung: back after {time.monotonic() - began:.2f} s")
    finally:
        os.kill(server.pid, signal.SIGCONT)
    turn = joined(turn_of(shell))
    assert "cut off: interrupted twice" in turn
    assert "Some words are there." in turn
    shell.enter("%opencode /abort")
    shell.ready()
    shell.wait_for(lambda: is_idle(server))
    assert works(shell)


def test_after_many_turns_no_thread_and_no_socket_is_left(open_shell: Open) -> None:
    shell = open_shell()
    count = (
        "import os, threading; print('LEFT', threading.active_count(), "
        "sum(os.readlink(f'/proc/self/fd/{f}').startswith('socket') "
        "for f in os.listdir('/proc/self/fd') if os.path.exists(f'/proc/self/fd/{f}') or "
        "os.path.islink(f'/proc/self/fd/{f}')))"
    )
    shell.run("a", Say("Ready."))
    shell.enter(count)
    shell.ready()
    for number in range(4):
        shell.begin(f"n{number}", StreamTokens(5000, per_second=100))
        shell.wait_for(lambda: " t10 " in turn_of(shell))
        shell.type(CTRL_C)
        shell.ready(RETURNS_WITHIN_S)
    shell.enter(count)
    shell.ready()
    before, after = re.findall(r"^LEFT (\d+ \d+)$", shell.seen, re.MULTILINE)
    assert before == after


# -- it is safe ------------------------------------------------------------------------------------


EVIL = (
    "\x1b]0;owned\x07 \x1b]52;c;cm0gLXJm\x07 \x1b[2J\x1b[H \x1b[10A \x1bP1$r0m\x1b\\ \x1b[6n "
    "\x9b31m \x9d0;owned\x9c \x1b[?1049h \x1bc \x1b]8;;http://evil.test\x1b\\x\x1b]8;;\x1b\\ "
    "\x1b[5mblink \x08\x08 \x07 \x0e \x1b[200~paste\x1b[201~ \u202egnp.exe &#27;[2J &#x9b;5m"
)


def test_no_sequence_from_outside_reaches_the_terminal(
    open_shell: Open, plain_server: PlainServer
) -> None:
    shell = open_shell()
    corpus = [EVIL, *(case["text"] for case in json.loads(HOSTILE.read_text()))]
    # A line is what the model can say in one piece; the longest would only take time.
    said = "\n\n".join(text[:2_000] for text in corpus)
    name = "evil\x1b]0;owned\x07\x1b[2Jname.txt"
    (plain_server.directory / name).write_text(EVIL)
    ask = [{"question": EVIL, "header": EVIL, "options": [{"label": EVIL, "description": EVIL}]}]
    printed = (
        "printf '\\033[31mred\\033[0m \\033]0;owned\\007 \\033[2J \\302\\2335m \\033]52;c;x\\007'"
    )
    size = len(shell.raw)
    shell.begin(
        "a",
        [Think(EVIL), Say(said, size=50), bash(f"{printed}; cat evil*; ls")],
        [Call("read", {"filePath": str(plain_server.directory / name)}),
         Call("write", {"filePath": f"{name}2", "content": EVIL})],
        Call("bash", {"command": f"echo '{EVIL}'", "description": EVIL}),
        Call("question", {"questions": ask}),
        Call(f"tool{EVIL}", {"x": EVIL}),
        Call("todowrite", {"todos": [{"content": EVIL, "status": "pending", "priority": "x"}]}),
        Fail(400, EVIL),
        options="--new 'evil \\x1b[2J'",
    )  # fmt: skip
    while f"In [{shell.prompts + 1}]:" not in shell.seen:
        shell.read(0.2)
        if "Your letter:" in shell.now:
            shell.settle(0.1)
            shell.type("o")
            shell.wait_for(lambda: "Your letter:" not in shell.now)
        elif "do not answer):" in shell.now.rpartition("\n")[2]:
            shell.settle(0.1)
            shell.type("1\r")
    shell.ready()
    assert shell.seen.count("Allowed once.") >= 3
    sent = own(shell.raw[size:])
    assert unescaped(sent) == []
    assert b"\x1b[31mred\x1b[0m" in sent  # what a program coloured is, in our own way
    for shown in (rb"\u001b[2J", rb"\u001b[10A", rb"\u009b31m", rb"\u202egnp.exe"):
        assert shown in sent
    assert "owned" not in shell.screen.title


# -- it works everywhere ---------------------------------------------------------------------------


def whole_turn(shell: Shell) -> str:
    """A turn with a bit of everything; the question is answered with a line, if it must be."""
    shell.begin(
        "a",
        [Think("Thinking aloud."), Say("Look at `greet.py`, **please**. → naïve ✓\n\n"),
         bash("printf '\\033[31mred\\033[0m\\n'")],
        Say("# Ready\n\n- one\n\n```python\nx = 1\n```\n"),
    )  # fmt: skip
    shell.wait_for("Your letter:")
    shell.settle(0.2)
    shell.type("o\r")
    shell.ready()
    return turn_of(shell)


def colours(raw: bytes) -> set[bytes]:
    codes = {code for found in re.findall(rb"\x1b\[([0-9;]+)m", raw) for code in found.split(b";")}
    return {code for code in codes if re.fullmatch(rb"[349][0-7]|10[0-7]", code)}


@pytest.mark.parametrize(
    ("settings", "styled", "coloured"),
    [
        ({"columns": 40}, True, True),
        ({"environ": {"NO_COLOR": "1"}}, True, False),
        ({"options": ["--colors=nocolor"]}, True, False),
        ({"environ": {"TERM": "dumb"}, "options": ["--simple-prompt"]}, False, False),
        ({"environ": {"PYTHONIOENCODING": "ascii"}}, True, True),
        ({"environ": {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0",
                      "PYTHONCOERCECLOCALE": "0"}}, True, True),
    ],
    ids=["40 columns", "NO_COLOR", "NoColor", "dumb", "ascii", "LANG=C"],
)  # fmt: skip
def test_it_reads_well_in_any_terminal(
    open_shell: Open, settings: dict[str, Any], styled: bool, coloured: bool
) -> None:
    shell = open_shell(**settings)
    size = len(shell.raw)
    turn = whole_turn(shell)
    words = joined(turn)
    for said in ("Thinking aloud.", "Look at greet.py, please.", "Run a command?", "red",
                 "allowed once", "Ready", "one", "x = 1", "Done "):  # fmt: skip
        assert said in words, turn
    assert "Traceback" not in turn
    assert "UnicodeEncodeError" not in turn
    sent = shell.raw[size:].partition(b"fake/demo")[2].rpartition(b"Done ")[0]
    assert bool(colours(sent)) is coloured
    assert (b"\x1b" in sent) is styled
    if "ascii" in str(settings) or "LANG" in str(settings):
        assert sent.isascii()
        assert "-> na\\xefve +" in words
    else:
        assert "→ naïve ✓" in words


def test_jupyter_console_shows_text_and_takes_a_letter_and_a_line(
    open_shell: Open, plain_server: PlainServer
) -> None:
    console = (sys.executable, "-m", "jupyter_console")
    shell = open_shell(program=console, options=["--kernel=python3"])
    size = len(shell.raw)
    turn = whole_turn(shell)
    words = joined(turn)
    for said in ("Thinking aloud.", "Look at greet.py, please.", "Run a command? printf",
                 "Your letter: o", "✓ Run printf", "Ready", "• one", "Done "):  # fmt: skip
        assert words.count(said) == 1, turn
    assert "Widget" not in turn
    assert "View(" not in turn
    assert not re.search(r"</?[a-z]+[ >]", turn)
    assert b"\x1b[31mred\x1b[0m" in shell.raw[size:]
    shell.begin("b", StreamTokens(5000, per_second=50, paragraph=10))
    shell.wait_for(" t15 ")
    shell.type(CTRL_C)
    shell.ready(RETURNS_WITHIN_S)
    assert "Stopped · " in turn_of(shell)
    assert is_idle(plain_server)
    shell.begin("c", bash("touch never"), Say("Ready."))
    shell.wait_for(lambda: "Your letter:" in turn_of(shell))
    shell.settle(0.2)
    shell.type(CTRL_C)
    shell.ready(RETURNS_WITHIN_S)
    assert "Stopped · " in turn_of(shell)
    assert is_idle(plain_server)
    assert works(shell)


def test_in_a_pipe_it_is_plain_text_and_nobody_is_asked(
    plain_server: PlainServer, tmp_path: Path
) -> None:
    machine = plain_server.machine
    prompt = "x " + script([Say("Some **words**.\n\n"), bash("echo hi")], Say("Ready."))
    program = f"%load_ext opencode_magic\n{CONSENT}\n%opencode -m fake/demo {prompt}\n"
    (tmp_path / "a.ipy").write_text(program)
    env = {
        **machine.env,
        "OPENCODE_BASE_URL": plain_server.url,
        "OPENCODE_SERVER_PASSWORD": plain_server.password,
    }
    done = subprocess.run(
        [sys.executable, "-m", "IPython", str(tmp_path / "a.ipy")],
        stdin=subprocess.DEVNULL, env=env, cwd=plain_server.directory,
        capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\x1b" not in done.stdout
    assert "Some words." in done.stdout
    assert "rejected" in done.stdout
    assert done.stdout.count("Ready.") == 1
