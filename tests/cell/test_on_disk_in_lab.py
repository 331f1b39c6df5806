"""JupyterLab saves the notebook while a turn of it streams."""

from __future__ import annotations

from playwright.sync_api import expect

from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Call, Say, Wait
from tests.cell.cells import LOAD, ask
from tests.cell.test_agent_cell import START_S
from tests.conftest import OpenNotebook

WORK = (
    [Call("read", {"filePath": "greet.py"})],
    [
        Say("I change it. "),
        Wait("saved in the lab"),
        Call("edit", {"filePath": "greet.py", "oldString": "Hello", "newString": "Bye"}),
    ],
    Say("Done."),
)


def test_what_jupyterlab_saves_is_neither_blamed_nor_undone(
    open_notebook: OpenNotebook, model: ScriptedModel
) -> None:
    notebook = open_notebook(
        [
            LOAD,
            ask("work", *WORK, options="--permission allow"),
            "print('FILES', _oc.files, _oc.notes)",
            "%opencode /undo --yes",
        ]
    )
    greet = notebook.path.with_name("greet.py")
    checkpoint = notebook.path.parent / ".ipynb_checkpoints" / "notebook-checkpoint.ipynb"
    notebook.run(0)
    notebook.wait_done(0)
    notebook.run(1)
    assert model.arrived("saved in the lab").wait(START_S)
    notebook.wait_for(1, "I change it.")
    notebook.save()
    assert checkpoint.exists()
    model.gate("saved in the lab").set()
    notebook.wait_done(1)
    assert "Bye" in greet.read_text()
    notebook.run(2)
    notebook.wait_for(2, "FILES ['greet.py'] ()")

    notebook.save()
    before = checkpoint.read_bytes()
    notebook.run(3)
    notebook.wait_for(3, "Undone")
    assert "Hello" in greet.read_text()
    assert "FILES ['greet.py']" in notebook.path.read_text()  # as the page had saved it
    assert checkpoint.read_bytes() == before
    notebook.save()
    expect(notebook.page.locator(".jp-Dialog")).to_have_count(0)  # "changed on disk"
    assert "Undone" in notebook.path.read_text()
