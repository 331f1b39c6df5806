"""Answers as values in a real JupyterLab: code in new cells, typed values, an edited notebook."""

from __future__ import annotations

import json

from opencode_magic.demo.script import Call, Say
from tests.cell.cells import LOAD, ask
from tests.conftest import OpenNotebook
from tests.harness.notebook import Notebook

START_S = 120  # the first cell of a kernel starts a server
SOURCES = """() => window.jupyterapp.shell.currentWidget.content.widgets.map(
  cell => cell.model.sharedModel.getSource())"""
TWO = "```python\nfirst = 1\n```\nthen\n```python\nsecond = first + 1\nprint('made', second)\n```\n"
MANY = "for n in range(3): get_ipython().set_next_input(f'x = {n}')"
ROW = "from dataclasses import dataclass\n@dataclass\nclass Row:\n    word: str\n    n: int"


def sources(notebook: Notebook) -> list[str]:
    found: list[str] = notebook.page.evaluate(SOURCES)
    return found


def wait_for_cells(notebook: Notebook, count: int) -> None:
    wanted = f"count => ({SOURCES})().length === count"
    notebook.page.wait_for_function(wanted, arg=count, timeout=30_000)


def test_blocks_come_one_below_the_other(same_notebook: OpenNotebook) -> None:
    notebook = same_notebook([LOAD, ask("code", Say(TWO)), "%opencode /insert", "'the', 'end'"])
    for index in (0, 1, 2):
        notebook.run(index)
        notebook.wait_done(index, timeout_s=START_S)
    wait_for_cells(notebook, 5)
    notebook.wait_for(2, "block 1 of 2 is in the next cell")
    notebook.run(3)
    wait_for_cells(notebook, 6)
    notebook.run(4)
    notebook.wait_for(4, "made 2")
    assert sources(notebook)[2:] == [
        "%opencode /insert",
        "first = 1",
        "second = first + 1\nprint('made', second)",
        "'the', 'end'",
    ]


def test_a_page_makes_one_cell_of_several_that_are_put_at_once(same_notebook: OpenNotebook) -> None:
    # Why the blocks come one by one.
    notebook = same_notebook([MANY])
    notebook.run(0)
    wait_for_cells(notebook, 2)
    notebook.wait_for_kernel("idle")
    assert sources(notebook)[1:] == ["x = 2"]


def test_a_typed_value_and_an_edit_of_the_open_notebook(open_notebook: OpenNotebook) -> None:
    value = Call("StructuredOutput", {"word": "pear", "n": 3})
    notebook = open_notebook(
        [
            f"{LOAD}\n{ROW}",
            ask("row", [Say("Let me see. "), value], options="--schema Row -o row"),
            "print(repr(row))",
            "",
        ]
    )
    new = json.loads(notebook.path.read_text())
    new["cells"][3]["source"] = "print('by the agent')"
    write = Call("write", {"filePath": "notebook.ipynb", "content": json.dumps(new, indent=1)})
    edit = ask("edit", write, Say("edited"))
    notebook.page.evaluate(
        """source => window.jupyterapp.shell.currentWidget.content.widgets[3]
             .model.sharedModel.setSource(source)""",
        edit,
    )
    for index in range(3):
        notebook.run(index)
        notebook.wait_done(index, timeout_s=START_S)
    notebook.run(3)
    # Warned of before it is allowed, and once more when it was done.
    notebook.wait_for(3, "Insert as cells instead", timeout_s=START_S)
    notebook.screenshot("edit-of-the-open-notebook")
    assert "by the agent" not in notebook.path.read_text()
    notebook.click("Allow once", cell=3)
    notebook.wait_done(3)
    notebook.wait_for(1, "in the form that was asked for")
    assert '"pear"' in notebook.text(1)
    assert "Row(word='pear', n=3)" in notebook.text(2)
    notebook.wait_for(3, "is the notebook you have open")
    html = notebook.output(3).inner_html()
    assert "by the agent" in html
    assert "# %% code" in html
    notebook.screenshot("typed-value")
