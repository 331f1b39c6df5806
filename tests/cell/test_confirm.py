"""A yes or no by click while the cell runs, in a real JupyterLab."""

from __future__ import annotations

from playwright.sync_api import expect

from opencode_magic.demo.script import Say
from tests.cell.cells import LOAD, ask
from tests.conftest import OpenNotebook

TITLES = """\
app = get_ipython().magics_manager.registry["OpencodeMagics"].app
print([s.title for s in app.connect().session.list(roots=True)])"""


def test_a_deletion_is_confirmed_or_cancelled_by_a_click(same_notebook: OpenNotebook) -> None:
    cells = [
        LOAD,
        "%opencode /new to be deleted",
        ask("talk", Say("some *words*")),
        "%opencode /sessions",
        "%opencode /messages",
        "%opencode /delete",
        TITLES,
        "%opencode /delete",
        TITLES,
        "%opencode /events session",
    ]
    notebook = same_notebook(cells)
    for index in range(5):
        notebook.run(index)
        notebook.wait_done(index)
    notebook.screenshot("commands-light")
    notebook.run(5)
    group = notebook.output(5).get_by_role("group", name="Delete this?")
    expect(group).to_be_visible()
    expect(notebook.output(5).get_by_role("button", name="Stop")).not_to_be_visible()
    notebook.screenshot("confirm-light")
    notebook.theme("dark")
    group.scroll_into_view_if_needed()
    notebook.screenshot("confirm-dark")
    assert notebook.state(5) == "busy"
    group.get_by_role("button", name="Cancel").click()
    notebook.wait_done(5)
    expect(group).to_have_count(0)
    assert "opencode: nothing was done" in notebook.text(5)
    notebook.run(6)
    notebook.wait_done(6)
    assert "to be deleted" in notebook.text(6)

    notebook.run(7)
    again = notebook.output(7).get_by_role("group", name="Delete this?")
    again.get_by_role("button", name="Delete this").click()
    notebook.wait_done(7)
    assert "deleted" in notebook.text(7)
    notebook.run(8)
    notebook.wait_done(8)
    assert "to be deleted" not in notebook.text(8)
    notebook.screenshot("commands-dark")
    notebook.save()
    assert "widget-view" not in str(notebook.saved_outputs(7))

    notebook.run(9)
    notebook.click("Stop", cell=9)
    notebook.wait_done(9)
    assert "0 events of 'session'" in notebook.text(9)
