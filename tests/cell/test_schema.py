"""Answers of a form that was asked for: typed values, mended answers, nothing left behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Call, Say, Wait, script
from tests.cell.cells import LOAD, ask
from tests.cell.kernels import Kernel
from tests.harness.machine import MODEL_ID, Machine

FORMS = """\
from dataclasses import dataclass
@dataclass
class Row:
    n: int
number = 3
"""
CLIENT = 'get_ipython().magics_manager.registry["OpencodeMagics"].app.connect()'
SESSIONS = f"len({CLIENT}.session.list())"


@pytest.fixture
def kernel(machine: Machine, project: Path) -> Iterator[Kernel]:
    kernel = Kernel(machine, project)
    kernel.run(f"{LOAD}\n{FORMS}")
    yield kernel
    kernel.close()


def answer(value: object) -> Call:
    return Call("StructuredOutput", value if isinstance(value, dict) else {"value": value})


def test_a_value_of_a_form_is_kept_and_nothing_is_left_behind(
    kernel: Kernel, model: ScriptedModel
) -> None:
    kernel.run(ask("the word is pear", Say("noted")))
    frame = {"columns": ["a", "b"], "rows": [[1, "x"], [2, "y"]]}
    cell = ask("rows", [Say("Here. "), answer(frame)], options="--schema DataFrame -o rows")
    assert "in the form that was asked for" in kernel.run(cell)
    assert any("the word is pear" in str(m) for m in model.requests[-1].messages)
    assert "(2, 2) True completed" in kernel.run("print(rows.shape, rows is _oc.value, _oc.state)")
    never = ask("rows", *[answer({"n": "x"})] * 4, options="--schema Row -o never")
    failed = kernel.run(never)
    assert "no value of the form Row came: Expected `int`, got `str` - at `$.n` (3 tries)" in failed
    assert "Traceback" not in failed
    kept = kernel.run("import sys; print(sys.last_value.raw, 'never' in globals())")
    assert "{'n': 'x'} False" in kept
    stopped = ask("rows", [Wait("form"), answer({"n": 7})], options="--schema Row -o stopped")
    kernel.execute(stopped)
    kernel.until(model.arrived("form").is_set)
    kernel.manager.interrupt_kernel()
    assert "stopped False" in kernel.run("print(_oc.state, 'stopped' in globals())")
    model.gate("form").set()
    assert '"1"' in kernel.run(SESSIONS)
    several = [f"number {n} {script(answer({'n': n}))}" for n in (1, 2)]
    kernel.run("oc = %opencode /client")
    mapped = kernel.run(f"m = oc.map({several!r}, schema=Row, model={MODEL_ID!r})\nm[1]")
    assert "\\u25b0\\u25b0 2 of 2 done" in mapped  # behind a bar that is full
    assert "Row(n=2)" in mapped
    kernel.run(ask("and now", Say("still here")))
    assert "completed still here" in kernel.run("print(_oc.state, _oc.text)")


def test_mistakes_are_one_line(kernel: Kernel) -> None:
    for options, words in (
        ("--schema Rwo", "there is no 'Rwo' in this notebook; nearest: Row"),
        ("--schema number", "number is an int, no form"),
        ("--schema Row --new", "excludes --new"),
        ("--schema print()", "not a name"),
        ("--schema", "--schema needs a value"),
    ):
        failed = kernel.run(ask("rows", Say("x"), options=options))
        assert words in failed
        assert "Traceback" not in failed
