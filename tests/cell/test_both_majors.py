"""What a cell does on servers of either major: what is attached, rejected, undone, summarised."""

from __future__ import annotations

import json
from typing import Any

import pytest

from opencode_magic.app.options import Options
from opencode_magic.demo import cues
from opencode_magic.demo.script import Call, Say
from opencode_magic.errors import InputError
from opencode_magic.render import turn_bundle
from tests.cell.benches import Bench
from tests.cell.cells import bash
from tests.harness.calls import both, only_2

TOKEN = "ghp_" + "a1B2c3D4e" * 4


def text_of(turn: object) -> str:
    return turn_bundle(turn)["text/plain"]  # type: ignore[arg-type]


@both
def test_what_is_attached_is_told_in_a_line_and_read_whole(bench: Bench) -> None:
    lines = "".join(f"row {number}\n" for number in range(1, 60))
    (bench.root / "keys.txt").write_text(f"{lines}token {TOKEN}\n")
    seen = bench.ask(f"look at @keys.txt and @a.py#L1-1 {bench.script(Say('seen'))}")
    asked = bench.requests()
    assert "row 59" in asked
    assert TOKEN not in asked
    assert "a v1" in asked
    again = bench.say("show", "1")
    for shown in (text_of(seen), again, bench.say("messages")):
        (line,) = [line for line in shown.splitlines() if "keys.txt" in line and "Attached" in line]
        assert "60 lines" in line
        assert "text/plain" not in line  # it is no file
        assert "row 59" not in shown
        assert "Attached: a.py" in shown
    assert "a v1" not in again


@both
def test_a_line_for_the_shell_is_a_turn_of_its_own_which_the_model_is_told(bench: Bench) -> None:
    bench.turn(Say("begun"))
    ran = bench.ask("echo from-the-shell", kind="shell")
    assert "from-the-shell" in text_of(ran)
    done = bench.write("b.py", "b v2\n")
    assert "from-the-shell" in bench.requests()
    assert done.files == ["b.py"]
    shown = text_of(done)
    assert "from-the-shell" not in shown
    assert "Another prompt" not in shown
    turns = [bench.say("show", str(number)) for number in (1, 2, 3)]
    assert ["from-the-shell" in turn for turn in turns] == [False, True, False]
    assert "no turn '4'" in bench.say("show", "4")


@both
def test_a_line_for_the_shell_that_was_undone_is_not_told_to_the_model(bench: Bench) -> None:
    bench.turn(Say("begun"))
    bench.ask("echo from-the-shell", kind="shell")
    assert "Undone" in bench.say("undo", "--yes")
    bench.turn(Say("words"))
    assert "from-the-shell" not in bench.requests()
    assert "from-the-shell" not in bench.say("messages")


@both
def test_a_rejection_with_words_reaches_the_model_within_the_turn(bench: Bench) -> None:
    steps = bench.script(bash("touch never.txt"), Say("then without"))
    done = bench.ask(f"work {steps}", "m", "no new files, please")
    assert "no new files, please" in bench.requests()
    assert done.state == "completed"
    assert "Another prompt" not in text_of(done)
    assert not (bench.root / "never.txt").exists()
    assert "then without" in bench.say("show", "1")
    assert "no turn '2'" in bench.say("show", "2")


@both
def test_a_rejected_call_has_left_nothing_running(bench: Bench) -> None:
    done = bench.ask(f"work {bench.script(bash('touch never.txt'), Say('no'))}", "r")
    assert done.state == "stopped"
    assert "background" not in text_of(done)
    assert not (bench.root / "never.txt").exists()


@only_2
def test_a_subagent_asks_for_itself_on_a_server_of_others(bench: Bench) -> None:
    inner = bench.script(bash("echo made > made.txt"), Say("ok"))
    task = Call("task", {"description": "d", "prompt": inner, "subagent_type": "general"})
    done = bench.ask(f"work {bench.script(task, Say('done'))}", "o", "r")
    assert [d.reply for d in done.decisions] == ["once", "reject"]
    assert not (bench.root / "made.txt").exists()
    allowed = bench.ask(f"work {bench.script(task, Say('done'))}", "o", "o")
    assert (allowed.state, (bench.root / "made.txt").read_text()) == ("completed", "made\n")


@only_2
def test_the_model_is_never_offered_a_way_around_the_questions(bench: Bench) -> None:
    bench.turn(Call("execute", {"code": "return 1"}))
    offered = bench.model.requests[-1].tools
    assert "shell" in offered
    assert "execute" not in offered


@only_2
def test_a_session_that_was_moved_elsewhere_is_not_spoken_to(bench: Bench) -> None:
    first = bench.turn(Say("here"))
    client, count = bench.app.connect(), len(bench.model.requests)
    body = {"directory": str(bench.machine.folder(f"elsewhere-{bench.root.name}"))}
    client.call("POST", f"/api/session/{first.session}/move", type(None), json=body)
    with pytest.raises(InputError, match="was moved to"):
        bench.turn(Say("there"))
    assert "was moved to" in bench.say("undo", "--yes")
    assert len(bench.model.requests) == count
    assert bench.say("new")
    assert bench.turn(Say("again")).state == "completed"


@only_2
def test_agent_and_model_are_chosen_only_where_they_are_others(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen: list[str] = []
    group = type(bench.app.connect().session)
    for name in ("use_agent", "use_model"):
        choose = getattr(group, name)

        def noted(*given: object, choose: Any = choose, name: str = name) -> None:
            chosen.append(name)
            choose(*given)

        monkeypatch.setattr(group, name, noted)
    bench.turn(Say("one"))
    bench.turn(Say("two"))
    plan = Options(permission="allow", agent="plan")
    bench.ask(f"work {bench.script(Say('three'))}", options=plan)
    assert chosen == ["use_agent", "use_model", "use_agent"]


@only_2
def test_what_came_later_from_elsewhere_is_not_cut_off_with_what_was_undone(bench: Bench) -> None:
    first = bench.turn(Say("one"))
    bench.say("undo", "--yes")
    client = bench.app.connect()
    body = {"text": f"theirs {bench.script(Say('theirs'))}"}
    client.request("POST", f"/api/session/{first.session}/prompt", json=body)
    client.call("POST", f"/api/experimental/session/{first.session}/wait", type(None), json={})
    bench.turn(Say("mine"))
    assert "theirs" in bench.requests()
    assert "nothing was undone" in bench.say("redo", "--yes")


@only_2
def test_a_summary_that_fails_is_no_success_and_one_that_is_made_is_shown(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.turn(Say("words"))
    with monkeypatch.context() as patched:  # without the headings the server takes none
        patched.setattr(cues, "_filled", lambda template: "nothing of the kind")
        failed = bench.ask("/compact", kind="compact")
    assert failed.state == "failed"
    assert "could not be summarised" in text_of(failed)
    assert "was summarised" not in text_of(failed)
    made = bench.ask("/compact", kind="compact")
    assert made.state == "completed"
    assert "was summarised" in text_of(made)
    assert "tokens were read" in text_of(made)
    assert "Objective" in json.dumps([m.texts for m in made.transcript.answers])
