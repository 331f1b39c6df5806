"""Half a character and long numbers in a real kernel: said in words, and the session goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Call, Say, script
from tests.cell.cells import APP, LOAD, ask
from tests.cell.kernels import Kernel
from tests.harness.machine import Machine, make_machine

BIG = 2**53 + 1
VALUES = r"""
import pandas as pd
s = "a\ud83db"
held = {"k\ud83d": ["\udc00"]}
frame = pd.DataFrame({"n": [9007199254740993], "t": pd.Series(["\ud83d"], dtype=object)})
"""
FAULT = """\
def fault(*_, **__): raise ZeroDivisionError("nobody thought of this")
kept = app.connect().session.prompt_async
app.connect().session.prompt_async = fault"""
MENDED = """\
app.connect().session.prompt_async = kept
import sys; print("CAUSE", repr(getattr(sys, "last_value", None)), repr(_oc and _oc.fault))"""


def line(command: str) -> str:
    """Code that runs a command of ours, which may hold what no cell can."""
    return f"get_ipython().run_line_magic('opencode', {command!a})"


@pytest.fixture(scope="module")
def machine_of_all(
    tmp_path_factory: pytest.TempPathFactory, opencode_executable: Path, model: ScriptedModel
) -> Machine:
    root = tmp_path_factory.mktemp("characters") / "machine"
    return make_machine(root, opencode=opencode_executable, model_url=model.url)


@pytest.fixture(scope="module")
def kernel(machine_of_all: Machine) -> Iterator[Kernel]:
    kernel = Kernel(machine_of_all, machine_of_all.project())
    kernel.run(f"{LOAD}\n{APP}\n{VALUES}")
    yield kernel
    kernel.close()


def test_half_a_character_in_a_prompt_a_value_and_an_answer(
    kernel: Kernel, model: ScriptedModel
) -> None:
    words = "see @{s} and @s @frame @held"
    shown = kernel.run(ask(words, [Say("one \ud83d two")], options="-o answer"))
    assert "Traceback" not in shown
    assert "U+FFFD was sent" in shown
    assert "completed" in kernel.run("print(_oc.state, ascii(answer.text))")
    assert "a\ufffdb" in str(model.requests[-1].messages)
    assert str(BIG) in str(model.requests[-1].messages)
    for command in ("/show", "/rename t\ud83dx", "/messages", "/undo --yes", "/context @s"):
        shown = kernel.run(line(command))
        assert "Traceback" not in shown, command
        assert "malformed" not in shown, command
    prompt = ascii(f"x\ud83d {script(Say('next'))}")
    assert "next" in kernel.run(f"get_ipython().run_cell_magic('opencode', '', {prompt})")
    assert "completed" in kernel.run("print(_oc.state)")


def test_names_that_no_file_can_have(kernel: Kernel) -> None:
    names = ("n\0l.txt", "half\ud83d.txt", "line\u2028.txt", "\ufeffmark.txt")
    calls = [
        Call(tool, raw=json.dumps(given))
        for name in names
        for tool, given in (
            ("write", {"filePath": name, "content": f"{name}\n"}),
            ("edit", {"filePath": name, "oldString": "txt", "newString": name}),
            ("read", {"filePath": name}),
            ("grep", {"pattern": name, "path": name}),
            ("bash", {"command": f"echo '{name}'", "description": name}),
        )
    ]
    shown = kernel.run(ask("names", calls, Say("done"), options="--permission allow --review"))
    assert "Traceback" not in shown
    assert "completed 20" in kernel.run("print(_oc.state, len(_oc.tools))")
    for command in ("/show", "/diff", "/changes", "/tree", "/undo --yes", "/redo --yes"):
        assert "Traceback" not in kernel.run(line(command)), command


def test_the_kernels_tools_take_and_give_what_is_half_a_character(kernel: Kernel) -> None:
    printing = r'{"code": "print(ascii(\"a\ud83db\"), chr(0xd83d), 2**60 + 1)"}'
    calls = [
        Call("kernel_*_run_code", raw=printing),
        Call("kernel_*_describe_variable", {"name": "s"}),
        Call("kernel_*_list_variables", {}),
    ]
    shown = kernel.run(ask("run", *calls, Say("done"), options="--kernel run --permission allow"))
    assert "Traceback" not in shown
    outputs = kernel.run("print(ascii([t.state.output or t.state.error for t in _oc.tools]))")
    assert outputs.count("ufffd") == 3, outputs
    assert "1152921504606846977" in outputs


def test_a_number_that_the_server_would_round(kernel: Kernel) -> None:
    numbers = [Call("StructuredOutput", raw=f'{{"value": {BIG}}}')] * 4
    failed = kernel.run(ask("n", *numbers, options="--schema int -o n"))
    assert "give it as a string of its digits (3 tries)" in failed
    assert "Traceback" not in failed
    again = [numbers[0], Call("StructuredOutput", raw=f'{{"value": "{BIG}"}}')]
    kernel.run(ask("n", *again, options="--schema int -o n"))
    assert str(BIG) in kernel.run("print(n)")
    for body in (f'{{"metadata": {{"n": {BIG}}}}}', '{"metadata": {"n": 1e400}}',
                 '{"metadata": {"n": 0.12345678901234567890}}'):  # fmt: skip
        refused = kernel.run(line(f"/api POST /session {body}"))
        assert "a string" in refused, body
        assert "Traceback" not in refused
    rounded = '{"metadata": {"n": 10000000000000000000}}'
    kept = kernel.run(line(f"/api POST /session {rounded} --yes"))
    assert "the server is JavaScript and rounds them" in kept


def test_a_fault_of_ours_ends_the_cell_at_once_in_words(kernel: Kernel) -> None:
    kernel.run(FAULT)
    failed = kernel.run(ask("x", Say("never")))
    assert "a fault of opencode_magic itself, sending the prompt (ZeroDivisionError" in failed
    assert "ZeroDivisionError" in kernel.run(MENDED)
    assert "goes on" in kernel.run(ask("y", Say("goes on")))
