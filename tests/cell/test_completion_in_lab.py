"""Tab in a real JupyterLab, with a real server behind the kernel."""

from __future__ import annotations

from contextlib import suppress

import pytest
from playwright.sync_api import Locator, TimeoutError, expect

from tests.cell.cells import LOAD
from tests.conftest import OpenNotebook
from tests.harness.notebook import Notebook


@pytest.fixture
def notebook(same_notebook: OpenNotebook) -> Notebook:
    """A notebook with two sessions and an empty cell at its end."""
    cells = [LOAD, "%opencode /new the blue one", "%opencode /new the green one", ""]
    notebook = same_notebook(cells)
    notebook.run_all()
    notebook.wait_done(2)
    return notebook


def typed(notebook: Notebook, text: str) -> Locator:
    """The last cell's editor after a text was typed into it, and Tab pressed."""
    editor = notebook.cell(3).locator(".cm-content")
    editor.click()
    keyboard = notebook.page.keyboard
    keyboard.press("Control+a")
    keyboard.press("Delete")
    keyboard.type(text)
    keyboard.press("Tab")
    return editor


def taken(notebook: Notebook, text: str) -> str:
    """What stands in the cell once the first offer was taken.

    Names that the server has not told yet are there at the next Tab: nobody waits for them.
    """
    editor = typed(notebook, text)
    for _ in range(10):
        with suppress(TimeoutError):
            offers(notebook).first.wait_for(timeout=1000)
            break
        notebook.page.keyboard.press("Tab")
    notebook.page.keyboard.press("Enter")
    expect(offers(notebook)).to_have_count(0)
    return editor.text_content() or ""


def offers(notebook: Notebook) -> Locator:
    return notebook.page.locator(".jp-Completer:not(.lm-mod-hidden) .jp-Completer-item")


@pytest.mark.parametrize("start", ["%opencode ", "answer = %opencode ", "%%opencode\n"])
def test_commands_are_offered_on_a_line_and_in_a_cell(notebook: Notebook, start: str) -> None:
    typed(notebook, start + "/pro")
    for name in ("/project", "/projects", "/providers"):
        expect(offers(notebook).filter(has_text=name).first).to_be_visible()
    notebook.page.keyboard.press("Escape")
    assert taken(notebook, start + "/symb").endswith("/symbols")


def test_a_session_is_found_by_its_title_and_a_model_an_agent_and_a_file_by_name(
    notebook: Notebook,
) -> None:
    assert "/use ses_" in taken(notebook, "%opencode /use green")
    assert taken(notebook, "%%opencode -m fak").endswith("-m fake/demo")
    assert taken(notebook, "%%opencode -a pla").endswith("-a plan")
    assert taken(notebook, "%opencode /cat gree").endswith("/cat greet.py")
    assert taken(notebook, "%%opencode --permi").endswith("--permission")
    typed(notebook, "%opencode /s")
    expect(offers(notebook).first).to_be_visible()
    notebook.screenshot("completion")


def test_what_may_be_mentioned_is_offered_behind_an_at(same_notebook: OpenNotebook) -> None:
    made = "frame_of_sales = [1, 2]"
    notebook = same_notebook([LOAD, made, "%opencode /new", ""])
    notebook.run_all()
    notebook.wait_done(2)
    assert taken(notebook, "%%opencode\nlook at @frame").endswith("look at @frame_of_sales")
    assert taken(notebook, "%opencode why @err").endswith("why @error")
    assert taken(notebook, "%%opencode\nread @gree").endswith("read @greet.py")
    assert taken(notebook, "%%opencode\nask @expl").endswith("ask @explore")
    typed(notebook, "%%opencode\nlook at @frame")
    expect(offers(notebook).filter(has_text="list").first).to_be_visible()
