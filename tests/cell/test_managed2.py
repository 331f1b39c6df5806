"""A notebook where `opencode` is OpenCode 2: a guarded server of its own, for all its cells."""

from __future__ import annotations

from pathlib import Path

import pytest

from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Call, Say
from tests.cell.cells import LOAD, ask, code
from tests.cell.running import run, shown
from tests.harness.calls import Calls2
from tests.harness.machine import Machine, make_machine
from tests.harness.tools import require_opencode2

CALLS = Calls2()


@pytest.fixture
def machine2(tmp_path: Path, model: ScriptedModel) -> Machine:
    """A machine on whose PATH OpenCode 2 comes first."""
    root = tmp_path / "machine"
    return make_machine(root, opencode=require_opencode2(), model_url=model.url)


def test_a_cell_runs_on_a_server_of_its_own_with_the_kernels_tools_and_is_undone(
    machine2: Machine,
) -> None:
    project = machine2.project()
    secret = CALLS.shell("env | grep -c OPENCODE_PASSWORD > count.txt; echo made >> count.txt")
    work = (secret, CALLS.write("new.txt", "one\n"), Say("worked"))
    files = "from pathlib import Path; print(sorted(p.name for p in Path('.').glob('*.txt')))"
    cells = [
        LOAD,
        ask("work", *work),
        ask("work", *work, options="--permission allow"),
        files,
        "print(Path('count.txt').read_text().split())",
        "%opencode /undo --yes",
        files,
        "x = 41",
        ask("code", code("x + 1"), Say("ran"), options="--kernel run --permission allow"),
        ask("out", Call("execute", {"code": "1"}), Say("no door"), options="--permission allow"),
        "%opencode /health",
    ]
    said = [shown(cell) for cell in run(cells, project, machine2).cells]
    assert "nobody is there to ask" in said[1]
    assert "worked" in said[2]
    assert "['count.txt', 'new.txt']" in said[3]
    assert "['0', 'made']" in said[4]  # no tool sees the password
    assert "Undone" in said[5]
    assert "[]" in said[6]
    assert '"text/plain": "42"' in said[8]
    assert "no door" in said[9]
    assert "2.0.15" in said[10]
    assert "this notebook's own" in said[10]
