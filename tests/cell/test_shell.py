"""Shell text in a notebook: asked about as a whole, allowed for good where it is plain."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Say
from tests.cell.cells import LOAD, ask, bash
from tests.cell.kernels import Kernel
from tests.harness.machine import Machine, make_machine
from tests.harness.server import PlainServer

OURS = "# opencode_magic"
TEXTS = ("> f1", "[[ 'a[$(touch f2)]' -eq 0 ]]", "declare -i n='a[$(touch f3)]'", ":\n> f4")
ALLOW = "--permission allow"


@pytest.fixture(scope="module")
def project_here(
    tmp_path_factory: pytest.TempPathFactory, opencode_executable: Path, model: ScriptedModel
) -> tuple[Path, Machine]:
    root = tmp_path_factory.mktemp("shell-cell") / "machine"
    machine = make_machine(root, opencode=opencode_executable, model_url=model.url)
    rules = {"*": "deny", "git *": "allow", "echo *": "allow"}
    config = json.loads(machine.opencode_config.read_text())
    config["agent"] = {"bounded": {"mode": "primary", "permission": {"bash": rules}}}
    machine.opencode_config.write_text(json.dumps(config))
    return machine.project(), machine


@pytest.fixture(scope="module")
def kernel(project_here: tuple[Path, Machine]) -> Iterator[Kernel]:
    """A kernel with a server of its own."""
    project, machine = project_here
    machine.env["JPY_SESSION_NAME"] = str(project / "notebook.ipynb")
    kernel = Kernel(machine, project)
    kernel.run(LOAD)
    yield kernel
    kernel.close()


@pytest.fixture
def folder(project_here: tuple[Path, Machine]) -> Iterator[Path]:
    """The project; what texts have made in it is taken away after the test."""
    yield project_here[0]
    made(project_here[0])


def made(folder: Path) -> list[str]:
    """The files that texts of a test have made; they are taken away."""
    found = sorted(folder.glob("f[0-9]*"))
    for file in found:
        file.unlink()
    return [file.name for file in found]


@pytest.mark.parametrize("options", ["--permission deny", "-a plan", ""])
def test_what_nobody_allows_does_not_run(kernel: Kernel, folder: Path, options: str) -> None:
    shown = kernel.run(ask("x", *map(bash, TEXTS), Say("went on"), options=options))
    assert made(folder) == []
    assert "f1" in shown
    assert OURS not in shown


def test_what_is_allowed_runs_and_is_kept_as_the_model_wrote_it(
    kernel: Kernel, folder: Path, model: ScriptedModel
) -> None:
    shown = kernel.run(ask("x", *map(bash, TEXTS), Say("went on"), options=f"{ALLOW} --new"))
    assert made(folder) == ["f1", "f2", "f3", "f4"]
    sent = [c["function"]["arguments"] for m in model.requests[-1].messages
            for c in m.get("tool_calls", [])]  # fmt: skip
    assert [json.loads(text)["command"] for text in sent] == list(TEXTS)
    kept = kernel.run("print([(t.state.input['command'], t.state.title) for t in _oc.tools])")
    assert json.dumps(str([(text, text) for text in TEXTS]))[1:-1] in kept
    for line in ("/show 1", "/export said.md --force", "/export said.json --force", "/messages"):
        shown += kernel.run(f"%opencode {line}")
    shown += (folder / "said.md").read_text() + (folder / "said.json").read_text()
    (folder / "said.md").unlink()
    (folder / "said.json").unlink()
    assert "touch f2" in shown
    assert OURS not in shown


def test_always_means_plain_commands_or_the_text_itself(kernel: Kernel, folder: Path) -> None:
    texts = (*("echo hi", "echo two | echo", "> f1", "> f1"), "{ echo hi; } > f2", "! echo hi > f3")
    shown = kernel.run(ask("x", *map(bash, texts), Say("end")), "a", "a", "r")
    assert made(folder) == ["f1"]
    shown += kernel.run(ask("x", bash("! echo hi > f3"), Say("end")), "r")
    shown += (listed := kernel.run("%opencode /permissions"))
    assert "echo *" in listed
    assert "exactly > f1" in listed
    assert made(folder) == []
    assert OURS not in shown
    assert not re.search(r"`: \*`|bash: :", shown)
    kernel.run("%opencode /permissions --revoke all")


def test_rules_that_allow_some_commands_allow_no_more_by_them(kernel: Kernel, folder: Path) -> None:
    texts = ("git status && echo fine", "echo hi > f1", "> f2", "git status; > f3", "touch f4")
    turn = ask("x", *map(bash, texts), Say("end"), options=f"{ALLOW} -a bounded")
    shown = kernel.run(turn)
    assert made(folder) == []
    assert shown.count("do not cover all that this text does") >= 3
    assert "fine" in kernel.run("print(_oc.tools[0].state.output)")


def test_a_command_of_the_users_own_is_shown_as_it_was_typed(kernel: Kernel, folder: Path) -> None:
    shown = kernel.run("%opencode !> f1")
    assert made(folder) == ["f1"]
    assert OURS not in shown + kernel.run("%opencode /show -1")


def test_on_a_server_of_others_there_is_no_shell_without_consent(
    kernel: Kernel, folder: Path, project_here: tuple[Path, Machine], opencode_executable: Path
) -> None:
    server = PlainServer(opencode_executable, project_here[1], folder)
    try:
        without = kernel.run(f"%opencode /connect {server.url}")
        kernel.run(ask("x", bash("> f1"), bash("touch f2"), Say("end"), options=ALLOW))
        assert made(folder) == []
        agreed = kernel.run(f"%opencode /connect {server.url} --shell")
        kernel.run(ask("x", bash("touch f2"), Say("end"), options=ALLOW))
        assert made(folder) == ["f2"]
    finally:
        server.stop()
    assert "the agent gets no shell there" in without
    assert "some shell text may run unasked there, as you accepted" in agreed
