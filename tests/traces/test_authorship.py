"""What changes on disk during a turn is the turn's only if a tool of it can have written it."""

from __future__ import annotations

import random
from typing import Any

import pytest

from opencode_magic.model.files import FileDiff
from opencode_magic.model.messages import (
    Message,
    MessageFolder,
    MessageInfo,
    PatchPart,
    ToolPart,
    ToolState,
)
from opencode_magic.model.transcript import Transcript, from_messages
from opencode_magic.text.shellreach import ShellReach, reach
from opencode_magic.traces.authorship import Authorship

ROOT = "/project"
NOTEBOOK = f"{ROOT}/nb/analysis.ipynb"
CHECKPOINT = f"{ROOT}/nb/.ipynb_checkpoints/analysis-checkpoint.ipynb"
CODE = "kernel_0123abcd_run_code"

Step = tuple[list[ToolPart], list[str]]
"""The calls of a step, and what the server saw change in it."""


def call(tool: str, status: str = "completed", **state: Any) -> ToolPart:
    given = state.pop("input", {})
    return ToolPart("p", "m", "ses", tool, "c", ToolState(status, given, **state))


def edit(path: str, **state: Any) -> ToolPart:
    return call("edit", input={"filePath": path, "oldString": "a", "newString": "b"}, **state)


def bash(command: str, **state: Any) -> ToolPart:
    return call("bash", input={"command": command}, **state)


def turn(*steps: Step, children: dict[str, list[Message]] | None = None) -> Transcript:
    messages = [Message(MessageInfo("m0", "ses", "user"), ())]
    for n, (calls, changed) in enumerate(steps, start=1):
        info = MessageInfo(f"m{n}", "ses", "assistant", path=MessageFolder(ROOT, ROOT))
        patches = (PatchPart(f"q{n}", f"m{n}", "ses", "hash", changed),) if changed else ()
        messages.append(Message(info, (*calls, *patches)))
    parents = dict.fromkeys(children or {}, "ses")
    return from_messages("ses", {"ses": messages, **(children or {})}, parents)


def authors(*steps: Step, **more: Any) -> Authorship:
    return Authorship(turn(*steps, **more), NOTEBOOK, real=str)


def wrote(path: str, *calls: ToolPart) -> bool:
    """Whether one step with these calls, in which `path` changed, counts as its author."""
    return authors((list(calls), [path])).wrote(path)


# -- the notebook, and what is saved beside it -----------------------------------------------------

SAVED = (
    NOTEBOOK,
    CHECKPOINT,
    f"{ROOT}/.ipynb_checkpoints/notes-checkpoint.md",
    f"{ROOT}/other.ipynb",
    f"{ROOT}/nb/.~analysis.ipynb",
    f"{ROOT}/.virtual_documents/nb/analysis.ipynb",
    f"{ROOT}/.jupyter_ystore.db",
    f"{ROOT}/nb/analysis.py",
)


@pytest.mark.parametrize("path", SAVED)
@pytest.mark.parametrize(
    "does",
    [
        edit(f"{ROOT}/b.py"),
        bash("make all > log.txt"),
        call(CODE, input={"code": "x = 2 * 3"}),
        call("weather_lookup", input={"city": "Oslo"}),
    ],
    ids=["edit", "bash", "kernel", "mcp"],
)
def test_what_the_front_end_saves_is_not_the_turns(path: str, does: ToolPart) -> None:
    assert not wrote(path, does)


@pytest.mark.parametrize(
    "does",
    [
        edit(NOTEBOOK),
        edit("nb/analysis.ipynb"),
        call("write", input={"filePath": NOTEBOOK, "content": "{}"}),
        call("apply_patch", input={"patchText": "*** Begin Patch\n*** Update File: "
                                   "nb/analysis.ipynb\n@@\n-a\n+b\n*** End Patch"}),
        call("patch", metadata={"files": [{"filePath": NOTEBOOK, "type": "update"}]}),
        bash("jupyter nbconvert --inplace nb/analysis.ipynb"),
        bash("cd nb && sed -i s/a/b/ analysis.ipynb"),
        bash("nbstripout nb/*.ipynb"),
        bash("find . -name '*.ipynb' -exec nbstripout {} +"),
        bash("git checkout nb/"),
        bash(f"sed -i s/a/b/ '{NOTEBOOK}'"),
        call(CODE, input={"code": "open('nb/analysis.ipynb', 'w').write(text)"}),
        call("files_write", input={"to": {"path": NOTEBOOK}}),
    ],
)  # fmt: skip
def test_a_tool_that_names_the_notebook_can_have_written_it(does: ToolPart) -> None:
    assert wrote(NOTEBOOK, does)


@pytest.mark.parametrize(
    "command",
    [
        "nbstripout other/analysis.ipynb",
        "cp x my_analysis.ipynb",
        "cp x analysis.ipynb.bak",
        "rm -f *.pyc",
        "git commit -qam 'the analysis'",
        "rm -rf .ipynb_checkpoints",
        "cat nb/analysis.ipynb",
        "jq .cells nb/analysis.ipynb | head -3",
        "wc -c nb/*.ipynb 2>/dev/null",
    ],
)
def test_a_command_that_names_another_file_or_only_reads_did_not_write_it(command: str) -> None:
    assert not wrote(NOTEBOOK, bash(command))


def test_checkpoints_that_a_command_names_are_its_own() -> None:
    assert wrote(CHECKPOINT, bash("find . -name .ipynb_checkpoints -exec rm -r {} +"))
    assert wrote(CHECKPOINT, bash("rm -rf nb/.ipynb_checkpoints/"))


def test_a_name_with_spaces_is_found_as_a_shell_writes_it() -> None:
    path = f"{ROOT}/my notes.ipynb"
    assert wrote(path, bash(r"nbstripout my\ notes.ipynb"))
    assert wrote(path, bash('nbstripout "my notes.ipynb"'))


# -- all other files -------------------------------------------------------------------------------

MINE = f"{ROOT}/mine.txt"


@pytest.mark.parametrize(
    "does",
    [
        [],
        [call("read", input={"filePath": MINE})],
        [call("grep", input={"pattern": "mine.txt"}), call("todowrite")],
        [call("webfetch", input={"url": "https://example.org/mine.txt"})],
        [call("kernel_0123abcd_list_variables")],
        [edit(f"{ROOT}/b.py")],
        [edit(MINE, status="error", error="Could not find oldString in the file.")],
        [edit(MINE, status="pending")],
        [bash("touch mine.txt", status="error",
              error="The user rejected permission to use this specific tool call.")],
        [call("write", "error", error="The user has specified a rule which prevents you",
              input={"filePath": MINE})],
        [bash("ls -la && git status")],
        [bash("echo hi")],
        [bash("echo hi > log.txt")],
        [bash("touch yours.txt; rm -f *.pyc")],
    ],
)  # fmt: skip
def test_a_turn_that_cannot_have_written_a_file_has_not(does: list[ToolPart]) -> None:
    assert not wrote(MINE, *does)


@pytest.mark.parametrize(
    "does",
    [
        [edit(MINE)],
        [edit(MINE, status="running")],
        [
            edit(
                MINE, status="error", metadata={"interrupted": True}, error="Tool execution aborted"
            )
        ],
        [bash("python build.py")],
        [bash("echo hi > mine.txt")],
        [bash(f"rm -rf {ROOT}")],
        [bash("cp -r elsewhere/* project")],
        [bash("ls; make")],
        [call(CODE, input={"code": "run()"})],
        [call("weather_lookup", "error", error="timed out")],
        [call("task", metadata={"sessionId": "ses_unknown"})],
        [call("a_tool_nobody_knows")],
    ],
)
def test_a_turn_that_can_have_written_a_file_counts_as_its_author(does: list[ToolPart]) -> None:
    assert wrote(MINE, *does)


def test_what_changed_before_the_first_tool_that_can_write_is_anothers() -> None:
    reads, runs = call("read", input={"filePath": "x"}), bash("make")
    found = authors(([reads], [MINE]), ([runs], [f"{ROOT}/built"]), ([], [f"{ROOT}/late"]))
    assert not found.wrote("mine.txt")
    assert found.wrote("built")
    assert found.wrote("late")  # by a process that the command left behind
    assert not found.wrote("between.txt")  # in no step at all
    assert found.foreign == (MINE,)


def test_a_subagents_calls_are_the_turns() -> None:
    def child(*calls: ToolPart) -> dict[str, list[Message]]:
        info = MessageInfo("c1", "ses_child", "assistant", path=MessageFolder(ROOT, ROOT))
        return {"ses_child": [Message(info, calls)]}

    task = call("task", metadata={"sessionId": "ses_child"})
    step = ([task], [MINE, NOTEBOOK])
    assert not authors(step, children=child(call("read"))).wrote(MINE)
    assert authors(step, children=child(edit("mine.txt"))).wrote(MINE)
    busy = authors(step, children=child(bash("make")))
    assert busy.wrote(MINE)
    assert not busy.wrote(NOTEBOOK)


def test_the_diff_of_a_turn_is_what_its_tools_can_have_written() -> None:
    found = authors(([edit(f"{ROOT}/b.py")], [f"{ROOT}/b.py", NOTEBOOK, CHECKPOINT, MINE]))
    diff = [FileDiff(f) for f in ("b.py", "mine.txt", "nb/analysis.ipynb")]
    assert [d.file for d in found.of_turn(diff)] == ["b.py"]
    assert set(found.foreign) == {NOTEBOOK, CHECKPOINT, MINE}


def test_a_notebook_that_a_command_may_have_written_unnamed_is_told() -> None:
    other, listed = f"{ROOT}/report.ipynb", [NOTEBOOK, CHECKPOINT, f"{ROOT}/report.ipynb", MINE]
    diff = [FileDiff(path.removeprefix(f"{ROOT}/")) for path in listed]
    assert authors(([bash("python report.py")], listed)).unnamed(diff) == ("report.ipynb",)
    assert authors(([bash("python report.py report.ipynb")], listed)).unnamed(diff) == ()
    assert authors(([bash("ls")], listed)).unnamed(diff) == ()
    assert authors(([], [other]), ([bash("make")], [])).unnamed(diff) == ()


@pytest.mark.parametrize("name", ["a\0b", "\ud83d.py", "", "x" * 10_000, "a/../../.."])
def test_a_name_that_no_file_can_have_does_no_harm(name: str) -> None:
    found = Authorship(turn(([edit(name), bash(name)], [name, MINE])), NOTEBOOK)
    assert found.wrote(name)
    assert not found.unnamed([FileDiff(name), FileDiff("nb/analysis.ipynb")])


def test_a_server_that_names_no_folder_is_believed() -> None:
    bare = Message(MessageInfo("m1", "ses", "assistant"), (edit("/elsewhere/a.py"),))
    assert Authorship(from_messages("ses", {"ses": [bare]})).wrote("a.py")


def test_no_file_of_anothers_is_ever_the_turns(rng: random.Random, rounds: int) -> None:
    """Random turns with random saves meanwhile; only commands that act make their step unclear."""
    for _ in range(rounds * 20):
        files = [f"{ROOT}/{name}.py" for name in "abcd"]
        theirs = rng.sample(files, rng.randint(0, 3)) + rng.sample(SAVED, rng.randint(0, 4))
        steps: list[Step] = []
        edited: set[str] = set()
        for _ in range(rng.randint(1, 5)):
            calls = [call("read", input={"filePath": rng.choice(files)})]
            changed = set(rng.sample(theirs, rng.randint(0, len(theirs))))
            if rng.random() < 0.5 and (mine := [f for f in files if f not in theirs]):
                path = rng.choice(mine)
                calls.append(edit(path))
                edited.add(path)
                changed.add(path)
            if rng.random() < 0.3:
                calls.append(bash(rng.choice(["ls -l", "git diff | head", "cat *.py | wc -l"])))
            if rng.random() < 0.3:
                refused = "The user rejected permission to use this specific tool call."
                calls.append(edit(rng.choice(files), status="error", error=refused))
            steps.append((calls, sorted(changed)))
        found = authors(*steps)
        seen = {path for _, changed in steps for path in changed}
        assert {path for path in seen if found.wrote(path)} == edited
        assert set(found.foreign) == seen - edited


# -- commands that only read -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        "ls",
        "ls -la src/ 2>&1 | head -20",
        "git log --oneline -5 && git status",
        "grep -rn 'a|b' src || true",
        "cat a.py\nwc -l b.py",
        "rg needle 2>/dev/null",
        "echo $HOME",
    ],
)
def test_a_command_that_only_reads(command: str) -> None:
    assert reach(command) is ShellReach.NOTHING


@pytest.mark.parametrize(
    "command",
    [
        "ls > out",
        "> out",
        "ls >> out 2>/dev/null",
        "echo hi 2>/dev/null/../../out",
        "sed -i s/a/b/ f",
        "sort a -o b",
        "cp -r src dst && rm -rf src",
        "cat a | tee b",
    ],
)
def test_a_command_that_writes_what_it_names(command: str) -> None:
    assert reach(command) is ShellReach.NAMED


@pytest.mark.parametrize(
    "command",
    [
        "",
        "echo $(touch f)",
        "echo `touch f`",
        "cat <(touch f)",
        "cat << EOF\nEOF",
        "touch $F",
        "cp -r build/. .",
        "rm -rf *",
        "mv ../x ..",
        "git checkout .",
        "git -C x status",
        "git diff --output=f",
        "ls & touch f",
        "ls\nmake",
        "find . -delete",
        "FOO=1 ls",
        "python -c 'print(1)'",
        "echo 'open",
        "{ ls; }",
        "[[ 'a[$(touch f)]' -eq 0 ]]",
        "rg --pre ./act x",
    ],
)
def test_a_command_that_may_write_anything(command: str) -> None:
    assert reach(command) is ShellReach.ANYTHING
