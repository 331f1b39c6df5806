"""A word is added to a running turn in the box below it, in a real JupyterLab."""

from __future__ import annotations

from playwright.sync_api import expect

from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Say, Wait, script
from tests.cell.cells import LOAD, ask
from tests.conftest import OpenNotebook

START_S = 60


def test_a_word_is_added_while_the_agent_works_and_stands_where_it_landed(
    open_notebook: OpenNotebook, model: ScriptedModel
) -> None:
    first = ask("begin", [Say("I look around. "), Wait("a-word"), Say("Done looking.")])
    notebook = open_notebook([LOAD, first, "%opencode /diff"])
    notebook.run_all()
    notebook.wait_for(1, "I look around.", timeout_s=START_S)
    output = notebook.output(1)
    box = output.get_by_role("textbox", name="Add a word")
    # Letters are the reader's, though JupyterLab has commands on them.
    box.press_sequentially("add dd ")
    box.press_sequentially(script(Say("With your word.")))
    notebook.screenshot("a-word-to-add")
    box.press("Enter")
    expect(output.locator(".ocm-phase")).to_contain_text("what you added is read after this step")
    expect(box).to_have_value("")
    notebook.screenshot("a-word-was-added")
    model.gate("a-word").set()
    notebook.wait_done(1)
    expect(output.get_by_role("textbox", name="Add a word")).to_have_count(0)
    text = notebook.text(1)
    order = [text.index(w) for w in ("Done looking.", "You added:", "add dd", "With your word.")]
    assert order == sorted(order)
    notebook.wait_for(2, "Turn 1 of 1 changed no files")
