"""What is asked, in a real JupyterLab: where it stands, who has the focus, and the keyboard."""

from __future__ import annotations

from collections.abc import Sequence

from playwright.sync_api import Locator, expect

from tests.conftest import OpenNotebook
from tests.harness.notebook import Notebook

from .test_in_lab import START, told


def play(same_notebook: OpenNotebook, *asks: str, more: str = "") -> Notebook:
    call = f"feed.play(asks={list(asks)}, per_s=4000, pause_s=30{more})"
    notebook = same_notebook([START, call, "print('a cell to write in')"])
    notebook.run(0)
    notebook.run(1)
    notebook.output(1).locator(".ocm-ask").first.wait_for()
    return notebook


def group(notebook: Notebook, name: str) -> Locator:
    return notebook.output(1).get_by_role("group", name=name, exact=True)


def stop(notebook: Notebook) -> dict[str, dict[str, object]]:
    """End the turn; the answers it was given, by id."""
    notebook.click("Stop", cell=1)
    notebook.wait_done(1)
    return {entry["id"]: entry for entry in told(notebook, "answer")}


def press(notebook: Notebook, *keys: str) -> None:
    for key in keys:
        notebook.page.keyboard.press(key)


def test_a_prompt_stands_in_the_row_it_belongs_to_at_any_depth(
    same_notebook: OpenNotebook,
) -> None:
    notebook = play(same_notebook, "bash", "inner", "edit")
    inner = group(notebook, "Read a file?")
    expect(inner).to_be_visible()
    notebook.screenshot("prompts-in-rows")
    rows = notebook.output(1).locator(".ocm-node")
    delegate = rows.filter(has=notebook.page.locator("> .ocm-self", has_text="Delegate"))
    expect(delegate.locator(".ocm-ask")).to_have_count(1)
    read = delegate.locator(".ocm-node", has_text="test_greet.py")
    expect(read.get_by_role("group", name="Read a file?")).to_be_visible()
    run = rows.filter(has=notebook.page.locator("> .ocm-self", has_text="pytest"))
    expect(run.get_by_role("group", name="Run a command?")).to_be_visible()
    expect(notebook.output(1).locator(".ocm-flow + .ocm-asks > *")).to_have_count(1)

    inner.get_by_role("button", name="Allow once").click()
    expect(inner).to_have_count(0)
    group(notebook, "Run a command?").get_by_role("button", name="Always").click()
    group(notebook, "Change a file?").get_by_role("button", name="Reject once").click()
    answers = stop(notebook)
    replies = {id: answer["reply"] for id, answer in answers.items()}
    assert replies == {"per_inner": "once", "per_bash": "always", "per_edit": "reject"}


def test_a_question_in_a_closed_fold_or_out_of_sight_is_found(same_notebook: OpenNotebook) -> None:
    answer = ", answer=feed.ANSWER + ('Words. ' * 60 + '\\n\\n') * 60"
    notebook = play(same_notebook, "edit", "inner", more=answer)
    expect(group(notebook, "Change a file?")).to_be_visible()
    # Whatever a row may one day be folded in: the way to its question opens it.
    notebook.page.evaluate("""() => {
      const row = document.querySelector('.ocm-live .ocm-under .ocm-asks').closest('.ocm-flow > *');
      const fold = document.createElement('details');
      row.before(fold);
      fold.append(row);
    }""")
    expect(group(notebook, "Read a file?")).not_to_be_visible()
    notebook.page.locator(".ocm-chunk").nth(3).scroll_into_view_if_needed()
    show = notebook.output(1).get_by_role("button", name="Show question (2)")
    show.click()
    expect(group(notebook, "Read a file?")).to_be_in_viewport()
    expect(group(notebook, "Read a file?")).to_be_focused()
    notebook.screenshot("prompts-found")
    press(notebook, "Tab", "Enter")
    expect(group(notebook, "Read a file?")).to_have_count(0)
    expect(group(notebook, "Change a file?")).to_be_focused()  # the next one
    notebook.page.locator(".ocm-chunk").nth(3).scroll_into_view_if_needed()
    notebook.click("Show question", cell=1)
    expect(group(notebook, "Change a file?")).to_be_in_viewport()
    assert stop(notebook)["per_inner"]["reply"] == "once"


def test_a_prompt_takes_the_focus_from_nobody(same_notebook: OpenNotebook) -> None:
    notebook = play(same_notebook, "bash", more=", later=['edit']")
    notebook.cell(2).locator(".cm-content").click()
    expect(group(notebook, "Run a command?")).to_be_visible()
    expect(notebook.cell(2).locator(".cm-content")).to_be_focused()
    notebook.click("Reject with message…", cell=1)
    words = notebook.output(1).get_by_role("textbox", name="What the agent should do")
    words.press_sequentially("half a sen")
    feed_goes_on(notebook)
    expect(group(notebook, "Change a file?")).to_be_visible()
    expect(words).to_be_focused()
    notebook.page.keyboard.type("tence")
    press(notebook, "Enter")
    expect(group(notebook, "Run a command?")).to_have_count(0)
    # Who answered by keyboard is led on.
    expect(group(notebook, "Change a file?")).to_be_focused()
    assert stop(notebook)["per_bash"]["message"] == "half a sentence"


def feed_goes_on(notebook: Notebook) -> None:
    """Let the made-up turn put its later questions."""
    (notebook.path.parent / "go-on").touch()


def test_a_form_is_filled_in_by_keyboard_alone(same_notebook: OpenNotebook) -> None:
    notebook = play(same_notebook, "question")
    form = group(notebook, "The agent asks")
    expect(form).to_be_visible()
    for name, description in (
        ("Question 1 of 2 Style: Which style do you want?", ""),
        ("Question 2 of 2 Tests: What should be covered?", ""),
    ):
        expect(form.get_by_role("group", name=name)).to_have_accessible_description(description)
    show = notebook.output(1).get_by_role("button", name="Show question")
    show.focus()
    press(notebook, "Enter", "Tab", "ArrowDown", "ArrowDown")
    expect(form.get_by_role("radio", name="Another answer")).to_be_checked()
    assert notebook.page.locator(".jp-Notebook .jp-Cell").count() == 3
    press(notebook, "ArrowUp")
    expect(form.get_by_role("radio", name="google")).to_be_checked()
    press(notebook, "Tab")
    expect(form.get_by_role("textbox")).to_be_focused()
    press(notebook, "Enter")  # the second question has no answer yet
    tests = form.get_by_role("group", name="Tests: What")
    expect(tests).to_have_accessible_description("Choose an answer.")
    expect(tests.get_by_role("alert")).to_have_text("Choose an answer.")
    expect(form.get_by_role("checkbox", name="empty names")).to_be_focused()
    notebook.screenshot("question-missing")
    press(notebook, "Space", "Tab", "Tab", "Space", "Shift+Tab", "a", "b", "x")
    expect(notebook.page.locator(".jp-Notebook .jp-Cell")).to_have_count(3)  # no new cells
    press(notebook, "Tab", "Tab", "Enter")
    expect(form).to_have_count(0)
    assert stop(notebook)["que_1"]["answers"] == [["google"], ["empty names", "None"]]


def test_an_answer_of_ones_own_is_chosen_by_writing_it(same_notebook: OpenNotebook) -> None:
    notebook = play(same_notebook, "question", "one")
    form = group(notebook, "The agent asks")
    form.get_by_label("numpy").check()
    form.get_by_role("textbox").fill("plain words")
    expect(form.get_by_role("radio", name="Another answer")).to_be_checked()
    expect(form.get_by_role("radio", name="numpy")).to_have_accessible_description(
        "sections with underlines"
    )
    form.get_by_label("unicode").check()
    form.get_by_role("button", name="Send answer").click()
    one = group(notebook, "Alias")
    choose = one.get_by_role("button", name="yes, with a warning")
    expect(choose).to_have_accessible_description("callers see a DeprecationWarning")
    one.get_by_role("button", name="Send answer").click()
    expect(one.get_by_role("alert")).to_have_text("Choose an answer, or write one.")
    choose.press("Enter")
    expect(one).to_have_count(0)
    answers = stop(notebook)
    assert answers["que_1"]["answers"] == [["plain words"], ["unicode"]]
    assert answers["que_2"]["answers"] == [["yes, with a warning"]]


def test_what_prompts_look_like(open_notebook: OpenNotebook) -> None:
    """Pictures for people: light, dark and narrow."""
    notebook = play(open_notebook, "bash", "inner", "edit", "question", "one")
    expect(group(notebook, "Alias")).to_be_visible()
    notebook.command("application:toggle-left-area")
    widths: Sequence[int] = (1200, 500)
    for theme in ("light", "dark"):
        notebook.theme(theme)  # type: ignore[arg-type]
        for width in widths:
            notebook.page.set_viewport_size({"width": width, "height": 2600})
            group(notebook, "Read a file?").scroll_into_view_if_needed()
            notebook.screenshot(f"prompts-{theme}-{width}")
    stop(notebook)
