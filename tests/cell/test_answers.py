"""What an answer is good for: its code in the next cell or run here, its tables as frames."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opencode_magic.demo.script import Say, script
from tests.cell.cells import LOAD, ask
from tests.cell.kernels import Kernel
from tests.cell.running import run, shown
from tests.harness.machine import Machine

BLOCKS = """\
First:

```python
made = 20 + 22
print("made", made)
```

then `a` in a shell:

```sh
ls
```

1. and at last
   ```py
   made + 1
   ```

| name | share |
|------|------:|
| x    | 12.5% |
"""
IMPORT = "from opencode_magic.answer.code import CodeBlock"


@pytest.fixture
def kernel(machine: Machine, project: Path) -> Iterator[Kernel]:
    kernel = Kernel(machine, project)
    yield kernel
    kernel.close()


def payload(kernel: Kernel, code: str) -> list[str]:
    """What a cell puts into the next ones, as its reply says."""
    id = kernel.execute(code)
    while True:
        reply = kernel.client.get_shell_msg(timeout=120)
        if reply["parent_header"].get("msg_id") == id:
            content: dict[str, Any] = reply["content"]
            return [p["text"] for p in content["payload"] if p["source"] == "set_next_input"]


def test_code_is_run_here_and_put_into_the_next_cells(kernel: Kernel) -> None:
    kernel.run(LOAD)
    assert "nothing was answered" in kernel.run("%opencode /insert")
    assert '"made"' not in kernel.run(ask("code", Say(BLOCKS)))
    assert "made 42" in kernel.run("_oc.code[0].run()")
    assert '"43"' in kernel.run("%opencode /run 3")
    assert "this block is sh" in kernel.run("%opencode /run 2")
    both = kernel.run("%opencode /run")
    assert "1 (made = 20 + 22); 3 (made + 1)" in both
    assert "there is no block 7" in kernel.run("%opencode /run 7")
    first = payload(kernel, "%opencode /insert")
    assert first == ['made = 20 + 22\nprint("made", made)']
    assert payload(kernel, "something = 'else'") == []
    assert payload(kernel, first[0] + "  # changed") == ["ls"]
    assert payload(kernel, "ls") == ["made + 1"]
    assert payload(kernel, "made + 1") == []
    assert payload(kernel, "_oc.code[-1].insert()") == ["made + 1"]
    assert "float" in kernel.run("str(_oc.df().dtypes['share'])")


def test_code_that_fails_is_told_once_and_stops_the_cell(kernel: Kernel) -> None:
    kernel.run(LOAD)
    kernel.run(ask("code", Say("```python\n1 / 0\n```\n")))
    failed = kernel.run("_oc.code[0].run()\nprint('went', 'on')")
    assert "went on" not in failed
    assert "the block failed with ZeroDivisionError" in failed
    assert failed.count("division by zero") <= 2


def test_outside_of_a_notebook_a_block_says_so_in_one_line(machine: Machine, project: Path) -> None:
    done = run(
        [
            f"{IMPORT}\nCodeBlock('1', 'python').run()",
            f"{LOAD}\n%opencode /help",
            f"{IMPORT}\nCodeBlock('print(6 * 7)', 'py').run()",
            "%unload_ext opencode_magic\nCodeBlock('1').insert()",
        ],
        project,
        machine,
    )
    assert "there is no notebook here" in shown(done.cells[0])
    assert "42" in shown(done.cells[2])
    assert "there is no notebook here" in shown(done.cells[3])


def test_a_failed_cell_is_fixed_in_a_copy_and_put_into_the_next(kernel: Kernel) -> None:
    kernel.run(LOAD)
    assert "no cell has failed" in kernel.run("%opencode /fix")
    kernel.run("items = [1]\nitems.append(2)\nitems.index(3)")
    mended = Say("It is not there.\n\n```python\nitems.append(3)\nitems.index(3)\n```\n")
    told = kernel.run(f"%opencode /fix --yes the list {script(mended)}")
    assert "the proposal runs now; tried in a copy of this kernel" in told
    assert "[1, 2] 1" in kernel.run("print(items, 1)")
    asked = kernel.run(f"%opencode /fix {script(mended)}", "n")
    assert "the proposal was not tried" in asked
    assert "nobody could be asked" in kernel.run(f"%opencode /fix {script(mended)}")
    failing = script(Say("```python\n1 / 0\n```"))
    allowed = f"%opencode --permission allow /fix {failing}"
    assert payload(kernel, allowed) == ["1 / 0"]
    explained = kernel.run(f"%opencode /explain {script(Say('It is a list.'))}")
    assert "It is a list." in explained
    sent = kernel.run(
        "print(*(p.text for m in _oc.transcript.messages() for p in m.parts if hasattr(p, 'text')))"
    )
    assert "items.index(3)" in sent
    assert "ValueError: 3 is not in list" in sent
    assert "IPython/core" not in sent
