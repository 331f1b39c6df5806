"""Copies of sessions, subagents' sessions, and several turns in one cell, on a real server."""

from __future__ import annotations

import json
import re
from typing import Any

from opencode_magic.demo.script import Call, Say, script
from tests.cell.cells import LOAD, ask
from tests.cell.running import KeptKernel, shown

SAY = "import json; say = lambda *what: print('SAID', json.dumps(what))"
RECORD = """\
app = get_ipython().magics_manager.registry['OpencodeMagics'].app
session = app.session
messages = app.connect().session.messages(session.id)
say(session.id, [m.info.role for m in messages], session.metadata['opencode_magic'])"""

BACK = """\
get_ipython().run_line_magic('opencode', f'/use {first}')
_ = app.connect().session.update(first, title='copied')"""


def forms(cell: Any) -> list[dict[str, str]]:
    """The outputs of a cell that display something, by mime type."""
    return [o["data"] for o in cell.outputs if "data" in o]


def told(cell: Any) -> Any:
    """What a cell printed as JSON, behind its mark."""
    (line,) = re.findall("SAID (.*)", "".join(o.get("text", "") for o in cell.outputs))
    return json.loads(line)


def test_a_session_goes_on_in_a_copy_of_itself(kept_kernel: KeptKernel) -> None:
    cells = [
        f"{LOAD}\n{SAY}",
        ask("one", Say("the first answer")),
        ask("two", Say("the second answer")),
        "first = _oc.session",
        ask("three", Say("from turn one on"), options="--fork=1"),
        RECORD,
        "%opencode /show 1",
        BACK,
        "%opencode /fork",
        RECORD,
        "%opencode --fork=7 x",
        "%opencode --fork --new x",
        ask("four", Say("of a named one"), options='--session "copied" --fork'),
    ]
    done = kept_kernel.run(cells).cells
    said = [shown(cell) for cell in done]
    (form,) = forms(done[4])
    for text in form.values():
        words = re.sub("<[^>]+>|`", "", text)
        assert "up to turn 1; /use ses_" in words
        assert "from turn one on" in words
    session, roles, ours = told(done[5])
    assert roles == ["user", "assistant"] * 2
    assert "notebook" in ours
    assert ours["fork_of"] != session
    assert "the first answer" in said[6]
    assert "now in session" in said[8]
    assert f"`/use {ours['fork_of']}` goes back" in said[8]
    copy, roles, again = told(done[9])
    assert roles == ["user", "assistant"] * 2
    assert again["fork_of"] == ours["fork_of"]
    assert copy not in (session, ours["fork_of"])
    assert "no turn '7'; this session has 2" in said[10]
    assert "--new excludes --session and --fork" in said[11]
    assert "a copy of 'copied'; /use" in forms(done[12])[0]["text/plain"].replace("`", "")


def test_subagents_are_listed_and_shown_by_themselves(kept_kernel: KeptKernel) -> None:
    def task(words: str, answer: str) -> Call:
        inner = f"{words} {script(Say(answer))}"
        return Call("task", {"description": words, "prompt": inner, "subagent_type": "general"})

    work = ([task("look", "found it"), task("ask", "asked")], Say("both"))
    cells = [
        f"{LOAD}\n{SAY}",
        ask("none", Say("alone")),
        "%opencode /children",
        ask("two", *work, options="--permission allow"),
        "listed = get_ipython().run_line_magic('opencode', '/children')\nlisted",
        "say(*map(list, listed))",
        "get_ipython().run_line_magic('opencode', f'/show {listed[0][0]}')",
        "%opencode /show ses_none",
    ]
    done = kept_kernel.run(cells).cells
    assert "no subagents were started" in shown(done[2])
    rows = told(done[5])
    answers = {"ask (@general subagent)": "asked", "look (@general subagent)": "found it"}
    assert sorted(row[1] for row in rows) == sorted(answers)
    assert {row[2] for row in rows} == {"ended"}
    assert {row[3] for row in rows} == {"just now"}
    (form,) = forms(done[3])
    for text in form.values():  # the way there stands in the row
        assert all(f"/show {row[0]}" in text for row in rows)
    own = forms(done[6])[0]["text/plain"]
    assert answers[rows[0][1]] in own
    assert "both" not in own
    assert "no session 'ses_none'" in shown(done[7])


def test_several_turns_in_one_cell_all_stand_and_none_twice(kept_kernel: KeptKernel) -> None:
    prompts = [f"p {script(Say(f'answer {n}'))}" for n in range(3)]
    loop = f"for prompt in {prompts!r}:\n    get_ipython().run_line_magic('opencode', prompt)"
    lines = f"a = %opencode {prompts[0]}\nb = %opencode {prompts[1]}\na"
    cells = [LOAD, loop, lines, "a", f"%opencode {prompts[2]}\na"]
    done = kept_kernel.run(cells).cells
    answers = [[re.findall(r"answer \d", f["text/plain"]) for f in forms(c)] for c in done[1:]]
    assert answers == [
        [["answer 0"], ["answer 1"], ["answer 2"]],
        [["answer 0"], ["answer 1"]],
        [["answer 0"]],
        [["answer 2"], ["answer 0"]],
    ]
