"""Which files a turn's tools wrote, and which of them its record tells of."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from opencode_magic.model.files import FileDiff
from opencode_magic.model.messages import (
    Message,
    MessageFolder,
    MessageInfo,
    Part,
    PatchPart,
    StepFinishPart,
    ToolPart,
    ToolState,
)
from opencode_magic.model.transcript import Transcript, from_messages
from opencode_magic.traces.edits import Edit, Edits

ROOT = "/p"
MOVED = {"filePath": "/p/o", "movePath": "/p/q", "type": "move"}
PATCH = "*** Begin Patch\n*** Add File: n.py\n+x\n*** Update File: o.py\n*** Move to: q.py\n*** End"


def call(tool: str, given: dict[str, Any], status: str = "completed", **state: Any) -> ToolPart:
    return ToolPart("prt", "msg", "ses", tool, "call", ToolState(status, given, **state))


def edit(file: str, status: str = "completed", **state: Any) -> ToolPart:
    return call("edit", {"filePath": file}, status, **state)


def write(file: str, *, exists: bool = True) -> ToolPart:
    return call("write", {"filePath": file}, metadata={"exists": exists})


def step(*calls: ToolPart, noted: tuple[str, ...] = (), ended: bool = True) -> list[Part]:
    patch = [PatchPart("prt", "msg", "ses", "hash", list(noted))] if noted else []
    return [*calls, *([StepFinishPart("prt", "msg", "ses")] if ended else []), *patch]


def turn(*steps: list[Part], child: tuple[list[Part], ...] = ()) -> Transcript:
    sessions = {"ses": steps, "ses_child": child}
    messages = {
        session: [
            Message(
                MessageInfo(
                    f"msg_{session}{n}", session, "assistant", path=MessageFolder(ROOT, ROOT)
                ),
                tuple(parts),
            )
            for n, parts in enumerate(listed)
        ]
        for session, listed in sessions.items()
    }
    return from_messages("ses", messages, {"ses_child": "ses"} if child else {})


def missing(transcript: Transcript, *diff: str) -> list[Edit]:
    return list(Edits(transcript, ROOT).unrecorded([FileDiff(file) for file in diff]))


def test_an_edit_that_the_diff_and_the_steps_do_not_tell_of_is_missing() -> None:
    done = turn(step(edit("/p/a.py"), edit("b.py"), edit("/else/c.py"), noted=("/p/a.py",)))
    assert missing(done, "a.py") == [Edit("/p/b.py"), Edit("/else/c.py")]
    assert missing(done, "a.py", "b.py") == [Edit("/else/c.py")]
    assert missing(done) == [Edit("/p/b.py"), Edit("/else/c.py")]  # to and fro: in a note alone


@pytest.mark.parametrize(
    ("calls", "found"),
    [
        ([edit("/p/a.py", "error", error="no such text")], []),
        ([edit("/p/a.py", "running")], []),
        ([call("read", {"filePath": "/p/a.py"})], []),
        ([write("/p/a.py", exists=False)], [Edit("/p/a.py")]),
        ([write("/p/a.py")], [Edit("/p/a.py", sure=False)]),
        ([edit("/p/a.py"), edit("/p/a.py")], [Edit("/p/a.py", sure=False)]),
        ([write("/p/a.py", exists=False), call("bash", {"command": "rm a.py"})],
         [Edit("/p/a.py", sure=False)]),
        ([call("apply_patch", {"patchText": PATCH})],
         [Edit("/p/n.py"), Edit("/p/o.py"), Edit("/p/q.py")]),
        ([call("patch", {}, metadata={"files": [MOVED]})],
         [Edit("/p/o"), Edit("/p/q")]),
        ([call("edit", {}, metadata={"filediff": {"file": "/p/a.py"}})], [Edit("/p/a.py")]),
        ([call("edit", {"filePath": 7}, metadata={"files": [1], "filediff": "x"})], []),
    ],
)  # fmt: skip
def test_what_counts_as_an_edit(calls: list[ToolPart], found: list[Edit]) -> None:
    assert sorted(missing(turn(step(*calls))), key=lambda e: e.file) == found


def test_a_step_that_did_not_end_is_in_no_diff() -> None:
    done = turn(
        step(edit("/p/a.py"), noted=("/p/a.py",)),
        step(edit("/p/b.py"), noted=("/p/b.py", "/p/by_command"), ended=False),
    )
    assert missing(done, "a.py") == [
        Edit("/p/b.py", whole=False),
        Edit("/p/by_command", whole=False),
    ]


def test_a_subagents_steps_are_within_those_of_the_turn() -> None:
    child = (step(edit("/p/a.py"), edit("/p/x.log"), noted=("/p/a.py",)),)
    task = call("task", {})
    assert missing(turn(step(task), child=child)) == [Edit("/p/x.log")]
    cut_short = turn(step(task, ended=False), child=child)
    assert [e.file for e in missing(cut_short)] == ["/p/a.py", "/p/x.log"]


def test_commands_outside_of_every_step_are_not_in_the_record() -> None:
    bash = call("bash", {"command": "x"})
    assert Edits(turn([bash]), ROOT).unseen_commands
    assert not Edits(turn(step(bash)), ROOT).unseen_commands


def test_a_link_is_written_where_it_leads_and_is_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("a.py")
    (tmp_path / "way").symlink_to(tmp_path)
    real = os.path.realpath(tmp_path)
    through = turn(step(edit(f"{tmp_path}/link"), edit(f"{tmp_path}/way/b.py")))
    edits = Edits(through, str(tmp_path), os.path.realpath)
    assert [e.file for e in edits.unrecorded(())] == [f"{real}/a.py", f"{real}/b.py"]
    assert edits.unrecorded([FileDiff("a.py"), FileDiff("way/b.py")]) == ()
    assert [e.file for e in edits.unrecorded([FileDiff("link")])][:1] == [f"{real}/a.py"]
