"""Cells that are put into the notebook: each comes, one at a time, and what came is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Call, Say
from tests.cell.cells import LOAD, RUN, ask, code
from tests.cell.kernels import Kernel
from tests.harness.machine import make_machine

from .test_kernel_tools import results

HANDS = "from opencode_magic.answer.notebook import hands; here = hands('put')"


def inserts(source: str) -> Call:
    return Call("kernel_*_insert_cell", {"code": source})


class Front(Kernel):
    """A kernel and a front end that names the cells it runs, and takes a cell from each."""

    def cell(
        self, source: str, id: str = "", *, stdin: bool = True, history: bool = True
    ) -> tuple[list[str], str]:
        """Run a cell: the sources of the cells it puts into the notebook, and all it shows."""
        content = {
            "code": source, "silent": False, "store_history": history, "user_expressions": {},
            "allow_stdin": stdin, "stop_on_error": True,
        }  # fmt: skip
        request = self.client.session.msg(
            "execute_request", content, metadata={"cellId": id} if id else {}
        )
        self.client.shell_channel.send(request)
        shown: list[str] = []
        while True:
            message = self.client.get_iopub_msg(timeout=120)
            if message["parent_header"].get("msg_id") != request["header"]["msg_id"]:
                continue
            if message["content"].get("execution_state") == "idle":
                break
            shown.append(json.dumps(message["content"]))
        while True:
            reply = self.client.get_shell_msg(timeout=120)
            if reply["parent_header"].get("msg_id") == request["header"]["msg_id"]:
                break
        content = reply["content"]
        taken: list[dict[str, Any]] = content["payload"] if content["status"] == "ok" else []
        # A page takes the first payload of the kind.
        put = [p["text"] for p in taken if p["source"] == "set_next_input"][:1]
        return put, "\n".join(shown)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cells")


@pytest.fixture(scope="module")
def front(folder: Path, opencode_executable: Path, model: ScriptedModel) -> Iterator[Front]:
    machine = make_machine(folder / "machine", opencode=opencode_executable, model_url=model.url)
    project = machine.project()
    machine.env["JPY_SESSION_NAME"] = str(project / "notebook.ipynb")
    cells = [{"id": "in-the-file", "cell_type": "code", "source": "a = 1\n"}]
    (project / "notebook.ipynb").write_text(json.dumps({"cells": cells, "nbformat": 4}))
    front = Front(machine, project)
    front.cell("a = 1", "run-before-loading")
    front.cell(LOAD, "load")
    front.cell("a = 1", "run-before")
    yield front
    front.close()


@pytest.fixture
def empty(front: Front) -> Front:
    """Nothing waits, and nothing that was put there is remembered."""
    queue = "get_ipython().magics_manager.registry['OpencodeMagics']"
    front.cell(
        f"%opencode /help\n{HANDS}\nfrom opencode_magic.ipython.waiting import CellQueue\n"
        f"{queue}._cells._queue = CellQueue()",
        "reset",
    )
    return front


def test_three_cells_of_one_turn_come_one_after_the_other(
    front: Front, model: ScriptedModel
) -> None:
    turn = ask("x", inserts("a = 1"), inserts("b = 2"), inserts("c = 3"), Say("end"), options=RUN)
    put, shown = front.cell(turn, "agent")
    told = [m["content"] for m in json.loads(results(model))]
    assert put == ["a = 1"]
    assert told[0] == "The cell comes below when the user's cell has ended. It is not run."
    assert told[1].startswith("It waits, and is not in the notebook yet")
    assert "1 other cell" in told[1]
    assert "2 other cells" in told[2]
    assert shown.count("it waits, and is not in the notebook yet") >= 2
    assert "one cell is in the next cell; 2 wait more" in shown
    # Look-alikes that were there before are not the inserted one.
    for other in ("run-before", "in-the-file", "agent"):
        assert front.cell("a = 1", other)[0] == []
    assert front.cell("something = 'else'", "new")[0] == []
    assert front.cell("a = 1  #", "first")[0] == ["b = 2"]
    assert front.cell("a = 1  #", "first")[0] == []  # once
    assert front.cell("a = 1", "another")[0] == []
    assert front.cell("b = 2", "second")[0] == ["c = 3"]
    assert front.cell("c = 3", "third")[0] == []


def test_blocks_inserted_in_one_cell_all_come(empty: Front) -> None:
    put, shown = empty.cell("for n in range(3): here.insert([f'x{n} = {n}'])", "loop")
    assert put == ["x0 = 0"]
    assert "2 wait more" in shown
    assert empty.cell("x0 = 0", "l0")[0] == ["x1 = 1"]
    assert empty.cell("x1 = 1", "l1")[0] == ["x2 = 2"]


def test_a_cell_that_fails_puts_nothing_and_says_so(empty: Front) -> None:
    put, shown = empty.cell("here.insert(['x = 1'])\n1 / 0", "fails")
    assert put == []
    assert "no cell was put into the notebook" in shown
    assert "1 waits" in shown
    assert empty.cell("%opencode /insert --more", "more")[0] == ["x = 1"]
    assert "no cell waits" in empty.cell("%opencode /insert --more", "none")[1]


def test_what_something_else_replaces_waits_and_is_told(empty: Front) -> None:
    put, shown = empty.cell(
        "here.insert(['x = 1'])\nget_ipython().set_next_input('mine')", "replaced"
    )
    assert put == ["mine"]
    assert "no cell was put into the notebook" in shown
    assert empty.cell("mine = 1", "mine")[0] == []
    assert empty.cell("here.insert(['y = 2'])", "later")[0] == ["y = 2"]
    assert empty.cell("y = 2", "replaced-y")[0] == ["x = 1"]


def test_code_that_is_run_inside_a_cell_is_no_cell_of_the_user(empty: Front) -> None:
    assert empty.cell("here.insert(['x = 1', 'y = 2'])", "two")[0] == ["x = 1"]
    inside = "get_ipython().run_cell('x = 1')\nhere.run('x = 1')"
    assert empty.cell(inside, "inside")[0] == []
    assert empty.cell("x = 1", "", history=False)[0] == []
    assert empty.cell("x = 1", "inside-x")[0] == ["y = 2"]


def test_a_front_end_that_names_no_cells_is_told_as_that(empty: Front) -> None:
    assert empty.cell("here.insert(['x = 1', 'y = 2', 'z = 3'])")[0] == ["x = 1"]
    put, shown = empty.cell("x = 1  #")
    assert put == ["y = 2"]
    assert "which it is is not known, this front end does not say; 1 waits" in shown
    assert empty.cell("something = 'else'")[0] == []
    assert empty.cell("y = 2")[0] == ["z = 3"]


def test_where_nobody_is_there_it_is_not_known_whether_a_cell_comes(
    empty: Front, model: ScriptedModel
) -> None:
    _, shown = empty.cell(
        ask("x", inserts("a = 1"), inserts("b = 2"), Say("end"), options=RUN), stdin=False
    )
    told = [m["content"] for m in json.loads(results(model))][-2:]
    assert "whether this front end takes it is not known" in told[0]
    assert told[1].startswith("It waits")
    assert "is not known: nobody is there" in shown
    empty.cell(ask("x", Say("```python\nq = 1\n```")), stdin=False)
    shown = empty.cell("%opencode /insert", stdin=False)[1]
    assert "is not known: nobody is there" in shown
    assert "is in the next cell" not in shown


def test_an_answer_that_is_inserted_again_is_not_there_twice(empty: Front) -> None:
    blocks = "```python\np = 1\n```\n```python\nq = 2\n```\n```python\nr = 3\n```\n"
    empty.cell(ask("x", Say(blocks)), "answer")
    for _ in range(2):
        _, shown = empty.cell("%opencode /insert", "insert")
        assert "each you run brings the next one" in shown
    assert "1 cell left" in empty.cell("%opencode /insert --more", "more")[1]
    assert "left" not in empty.cell("%opencode /insert --more", "more")[1]


def test_the_agents_code_that_raises_an_interrupt_does_not_stop_the_turn(
    empty: Front, model: ScriptedModel
) -> None:
    turn = ask(
        "x", code("raise KeyboardInterrupt"), code("print('went', 'on')"), Say("end"), options=RUN
    )
    _, shown = empty.cell(turn, "interrupts")
    assert "the user has not stopped it" in results(model)
    assert "went on" in results(model)
    assert "The user stopped it" not in shown
    assert "completed" in empty.cell("print(_oc.state)", "state")[1]
