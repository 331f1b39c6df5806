"""The kernel's tools in a real JupyterLab: asked for by a click, drawn, put into a new cell."""

from __future__ import annotations

from playwright.sync_api import expect

from opencode_magic.demo.script import Call, Say
from tests.cell.cells import LOAD, ask, code
from tests.conftest import OpenNotebook

DRAWS = """\
import matplotlib.pyplot as plt
total = sum(numbers)
plt.plot(numbers); plt.title("made by the agent"); plt.show()
print("the total", "is", total)"""


def test_code_is_shown_allowed_by_a_click_and_its_figure_and_cell_appear(
    same_notebook: OpenNotebook,
) -> None:
    notebook = same_notebook(
        [
            f"{LOAD}\n%matplotlib inline\nnumbers = [1, 2, 3]",
            ask(
                "draw it",
                code(DRAWS),
                Call("kernel_*_insert_cell", {"code": "print('inserted', total)"}),
                Call("kernel_*_look_at_figure", {}),
                Say("I drew it."),
                options="--kernel run",
            ),
        ]
    )
    notebook.run_all()
    output = notebook.output(1)
    output.get_by_role("button", name="Allow once").first.wait_for(timeout=60_000)
    expect(output).to_contain_text("Run code in this kernel?")
    expect(output).to_contain_text("total = sum(numbers)")
    assert output.locator("img").count() == 0
    notebook.screenshot("kernel-tools-asking")
    notebook.click("Allow once", cell=1)
    # While the cell still waits, for the answer to the next question.
    expect(output.locator("img").first).to_be_visible(timeout=30_000)
    expect(output).to_contain_text("the total is 6")
    expect(output).to_contain_text("insert", timeout=30_000)
    assert notebook.state(1) == "busy"
    output.get_by_role("button", name="Allow once").first.wait_for()
    notebook.click("Allow once", cell=1)
    notebook.wait_done(1)
    expect(notebook.output(1)).to_contain_text("I drew it.")
    expect(notebook.cell(2)).to_contain_text("print('inserted', total)")
    notebook.screenshot("kernel-tools-done")
    notebook.run(2)
    notebook.wait_done(2)
    assert "inserted 6" in notebook.text(2)
    notebook.theme("dark")
    notebook.screenshot("kernel-tools-dark")
