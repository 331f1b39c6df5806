"""A turn's front end in a real JupyterLab, played by a made-up turn: no server is needed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.conftest import OpenNotebook
from tests.harness.lab import JupyterLab
from tests.harness.machine import make_machine
from tests.harness.notebook import Notebook

REPOSITORY = Path(__file__).parents[2]
START = f"import sys; sys.path.insert(0, {str(REPOSITORY)!r}); from tests.live import feed"


FAINTEST = 4.5  # WCAG AA, for text
_CONTRASTS = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const colour = (css) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = css;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
  const ground = (element) => {
    if (!element) return [255, 255, 255];
    const own = colour(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own.slice(0, 3) : over(own, ground(element.parentElement));
  };
  const light = (rgb) => rgb
    .map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const found = {};
  for (const element of document.querySelectorAll('.ocm-live *')) {
    const says = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!says || !element.getClientRects().length) continue;
    const below = ground(element);
    const both = [light(over(colour(getComputedStyle(element).color), below)), light(below)];
    const ratio = (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
    const name = `${element.tagName} ${element.className}`;
    found[name] = Math.min(found[name] ?? 99, ratio);
  }
  return found;
}"""


def log(notebook: Notebook) -> list[dict[str, Any]]:
    """What the made-up turn was told."""
    found: list[dict[str, Any]] = json.loads((notebook.path.parent / "feed.json").read_text())
    return found


def told(notebook: Notebook, what: str) -> list[dict[str, Any]]:
    return [entry for entry in log(notebook) if entry["what"] == what]


def mime_types(notebook: Notebook, index: int) -> list[set[str]]:
    notebook.save()
    return [set(output.get("data", {})) for output in notebook.saved_outputs(index)]


def with_text(notebook: Notebook, index: int, text: str) -> int:
    """In how many saved outputs of a cell a text stands."""
    return sum(text in json.dumps(output) for output in notebook.saved_outputs(index))


def test_tokens_show_while_the_cell_runs_and_static_html_stays(same_notebook: OpenNotebook) -> None:
    notebook = same_notebook([START, "feed.play(asks=['bash'], pause_s=0.5)", "print('next ran')"])
    notebook.run_all()
    notebook.wait_for(1, "forgets the comma")
    assert notebook.state(1) == "busy"
    notebook.wait_for(1, "Run a command?")
    notebook.screenshot("live-ask")
    notebook.click("Allow once", cell=1)
    notebook.wait_for(2, "next ran")
    notebook.wait_done(2)
    (answer,) = told(notebook, "answer")
    assert (answer["id"], answer["reply"]) == ("per_bash", "once")

    assert all("application/vnd.jupyter.widget-view+json" not in m for m in mime_types(notebook, 1))
    assert with_text(notebook, 1, "After that everything should be green") == 1
    notebook.screenshot("live-done")
    notebook.reopen_without_kernel()
    assert "After that everything should be green" in notebook.text(1)
    assert "model not found" not in notebook.text(1)


def test_all_text_stands_out_in_every_theme(same_notebook: OpenNotebook) -> None:
    notebook = same_notebook([START, "feed.play(asks=['edit', 'bash'], per_s=4000, pause_s=30)"])
    notebook.run_all()
    notebook.wait_for(1, "Change a file?")
    for theme in ("JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"):
        notebook.command("apputils:change-theme", theme=theme)
        notebook.page.wait_for_selector(f"body[data-jp-theme-name='{theme}']", state="attached")
        contrasts = notebook.page.evaluate(_CONTRASTS)
        assert len(contrasts) > 10
        assert {name: c for name, c in contrasts.items() if c < FAINTEST} == {}, theme
    notebook.click("Stop", cell=1)
    notebook.wait_done(1)


def test_the_keyboard_answers_and_every_kind_of_answer_arrives(same_notebook: OpenNotebook) -> None:
    call = "feed.play(asks=['bash', 'edit', 'question'], per_s=4000, pause_s=30)"
    notebook = same_notebook([START, call])
    notebook.run_all()
    notebook.wait_for(1, "Change a file?")
    notebook.screenshot("live-asks")
    group = notebook.output(1).get_by_role("group", name="Run a command?")
    expect(group.get_by_role("button", name="Always")).to_have_accessible_description(
        "Always allow pytest * in this notebook; /permissions takes it back"
    )
    group.get_by_role("button", name="Reject with message…").focus()
    notebook.page.keyboard.press("Enter")
    notebook.page.keyboard.type("Use tox")
    notebook.page.keyboard.press("Enter")
    expect(group).to_have_count(0)
    edit = notebook.output(1).get_by_role("group", name="Change a file?")
    edit.get_by_role("button", name="Always").focus()
    notebook.page.keyboard.press("Space")
    expect(edit).to_have_count(0)

    style = notebook.output(1).get_by_role("group", name="The agent asks")
    style.get_by_role("button", name="Send answer").click()
    expect(style.get_by_role("group", name="Tests: What")).to_have_accessible_description(
        "Choose an answer."
    )
    style.get_by_label("google").check()
    style.get_by_label("empty names").check()
    style.get_by_label("unicode").check()
    style.get_by_role("button", name="Send answer").click()
    expect(style).to_have_count(0)

    notebook.click("Stop", cell=1)
    notebook.wait_done(1)
    answers = {entry["id"]: entry for entry in told(notebook, "answer")}
    assert answers["per_bash"]["reply"] == "reject"
    assert answers["per_bash"]["message"] == "Use tox"
    assert answers["per_edit"]["reply"] == "always"
    assert answers["que_1"]["answers"] == [["google"], ["empty names", "unicode"]]
    assert len(told(notebook, "stop")) == 1
    assert "Stopped" in notebook.text(1)


def test_a_click_counts_once_and_says_that_it_was_sent(same_notebook: OpenNotebook) -> None:
    # The made-up turn does not look at clicks for a while.
    call = "feed.play(asks=['bash'], per_s=4000, deaf_s=2)"
    notebook = same_notebook([START, call])
    notebook.run_all()
    group = notebook.output(1).get_by_role("group", name="Run a command?")
    group.get_by_role("button", name="Allow once").dblclick()
    expect(group.get_by_role("status")).to_have_text("Sent: Allow once")
    expect(group.get_by_role("button", name="Reject once")).to_be_disabled()
    notebook.wait_done(1)
    assert len(told(notebook, "answer")) == 1


def test_a_lost_message_is_made_up_by_a_snapshot(same_notebook: OpenNotebook) -> None:
    call = "feed.play(asks=['bash'], per_s=200, lose=[3, 4, 9])"
    notebook = same_notebook([START, call])
    notebook.run_all()
    notebook.wait_for(1, "Run a command?")
    seen = notebook.output(1).locator(".ocm-flow").inner_text()
    for words in ("forgets the comma", "run the tests again", "After that everything", "Thought"):
        assert seen.count(words) == 1, seen
    notebook.click("Allow once", cell=1)
    notebook.wait_done(1)
    (lost,) = told(notebook, "lost")
    assert lost["snapshots"] >= 2  # the first, and one for the gap


def test_even_the_last_message_before_a_question_may_be_lost(same_notebook: OpenNotebook) -> None:
    notebook = same_notebook([START, "feed.play(asks=['bash'], per_s=4000, lose_asks=True)"])
    notebook.run_all()
    notebook.wait_for(1, "Run a command?")
    notebook.click("Reject once", cell=1)
    notebook.wait_done(1)


SCROLLED = "() => document.querySelector('.jp-WindowedPanel-outer').scrollTop"
SCROLL = """() => {
  const panel = document.querySelector('.jp-WindowedPanel-outer');
  panel.scrollTop = 40;
  return panel.scrollTop === 40;  // as soon as there is so much to scroll
}"""


def test_what_the_reader_unfolded_and_where_he_reads_stays(same_notebook: OpenNotebook) -> None:
    notebook = same_notebook([START, "feed.play(asks=['bash'], per_s=60, lose=[40])"])
    notebook.page.set_viewport_size({"width": 1000, "height": 420})
    notebook.run_all()
    thought = notebook.output(1).locator("details", has_text="Thought for").first
    thought.locator("summary").click()
    row = notebook.output(1).locator("details", has_text="Read greet.py").first
    row.locator("summary").click()
    notebook.page.wait_for_function(SCROLL)
    notebook.output(1).locator(".ocm-ask", has_text="Run a command?").wait_for(state="attached")
    assert notebook.page.evaluate(SCROLLED) == 40
    assert thought.evaluate("fold => fold.open")
    assert row.evaluate("fold => fold.open")
    assert "The test wants a comma." in notebook.text(1)
    notebook.click("Allow once", cell=1)
    notebook.wait_done(1)


def test_interrupt_leaves_the_static_form_and_the_next_cell_runs(
    same_notebook: OpenNotebook,
) -> None:
    check = "k = get_ipython().kernel\nprint('tap:', type(k.shell_stream._recv_callback).__name__)"
    notebook = same_notebook([START, "feed.play(per_s=20)", check])
    notebook.run(0)
    notebook.wait_done(0)
    notebook.run(1)
    notebook.wait_for(1, "The test fails")
    notebook.interrupt()
    notebook.wait_for(1, "KeyboardInterrupt")
    notebook.wait_done(1)
    notebook.run(2)
    notebook.wait_done(2)
    assert "tap: method" in notebook.text(2)
    assert "widget-view" not in json.dumps([sorted(m) for m in mime_types(notebook, 1)])
    assert "The test fails" in notebook.text(1)


def test_a_page_reloaded_while_the_cell_runs_shows_the_turn_afterwards(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook([START, "feed.play(per_s=60)"])
    notebook.run_all()
    notebook.wait_for(1, "The test fails")
    notebook.save()
    notebook.page.reload()
    notebook.wait_for(1, "After that everything should be green", timeout_s=60)


def test_a_second_view_of_the_output_shows_the_same(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([START, "feed.play(asks=['bash'], per_s=4000)"])
    notebook.run_all()
    notebook.wait_for(1, "Run a command?")
    notebook.command("notebook:create-output-view")
    views = notebook.page.locator(".ocm-live")
    expect(views).to_have_count(2)
    expect(views.nth(1)).to_contain_text("After that everything should be green")
    expect(views.nth(1)).to_contain_text("Run a command?")
    expect(views.nth(0).locator(".ocm-chunk")).to_have_count(
        views.nth(1).locator(".ocm-chunk").count()
    )
    notebook.click("Allow once", cell=1)
    notebook.wait_done(1)


def test_the_header_stays_in_sight_and_leads_to_the_question(open_notebook: OpenNotebook) -> None:
    answer = "feed.ANSWER + ('Words. ' * 60 + '\\n\\n') * 60"
    call = f"feed.play(asks=['edit'], per_s=100_000, answer={answer}, fails=True)"
    notebook = open_notebook([START, call])
    notebook.theme("dark")
    notebook.page.locator(".jp-Splash").wait_for(state="detached")
    notebook.run_all()
    notebook.wait_for(1, "Change a file?")
    notebook.page.locator(".ocm-chunk").nth(20).scroll_into_view_if_needed()
    expect(notebook.page.get_by_role("button", name="Stop")).to_be_in_viewport()
    notebook.click("Show question", cell=1)
    allow = notebook.page.get_by_role("button", name="Allow once")
    expect(allow).to_be_in_viewport()
    notebook.screenshot("live-long-dark")
    notebook.command("application:toggle-left-area")
    notebook.page.set_viewport_size({"width": 500, "height": 900})
    notebook.click("Show question", cell=1)
    expect(allow).to_be_in_viewport()
    notebook.screenshot("live-ask-narrow")
    notebook.click("Allow once", cell=1)
    notebook.wait_done(1)
    notebook.screenshot("live-failed-narrow")


@pytest.fixture(scope="module")
def lab_without_anywidget(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterLab]:
    """A JupyterLab that does not have the front end of anywidget, as on many hubs."""
    machine = make_machine(tmp_path_factory.mktemp("bare") / "machine")
    config = Path(machine.env["JUPYTER_CONFIG_DIR"]) / "labconfig" / "page_config.json"
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps({"disabledExtensions": {"anywidget": True}}))
    lab = JupyterLab(machine)
    yield lab
    lab.stop()


def test_without_anywidget_static_output_follows_along_and_input_asks(
    open_notebook: OpenNotebook, lab_without_anywidget: JupyterLab
) -> None:
    call = "feed.play(asks=['bash', 'question'], per_s=50)"
    notebook = open_notebook([START, call, "print('next ran')"], lab=lab_without_anywidget)
    notebook.run_all()
    notebook.wait_for(1, "pip install anywidget")
    notebook.wait_for(1, "forgets the comma")
    assert notebook.state(1) == "busy"
    assert "javascript error" not in notebook.text(1).lower()
    for prompt, typed in (("(a) always", "a"), ("Which style", "1"), ("What should be", "1, 3")):
        asked = notebook.output(1).locator(".jp-Stdin", has_text=prompt)  # not the one before
        field = asked.locator("input.jp-Stdin-input")
        field.fill(typed)
        notebook.screenshot(f"static-ask-{typed[0]}")
        field.press("Enter")
    notebook.wait_for(2, "next ran")
    notebook.screenshot("static-done")
    answers = {entry["id"]: entry for entry in told(notebook, "answer")}
    assert answers["per_bash"]["reply"] == "always"
    assert answers["que_1"]["answers"] == [["numpy"], ["empty names", "None"]]
    assert "widget-view" not in json.dumps([sorted(m) for m in mime_types(notebook, 1)])
    assert with_text(notebook, 1, "After that everything should be green") == 1
