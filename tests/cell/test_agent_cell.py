"""The agent cell in a real JupyterLab in a real Chromium on a real server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from opencode_magic import OpenCode
from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Call, Fail, Say, Think, Wait
from tests.cell.cells import STATE, Cells, bash, state
from tests.conftest import OpenNotebook
from tests.harness.calls import both, only_2

START_S = 60  # the first cell of a kernel starts a server


@both
def test_tokens_are_visible_well_before_the_turn_ends(
    cells: Cells, its_notebook: OpenNotebook, model: ScriptedModel
) -> None:
    gate = f"stream-{cells.major}"
    said = [
        Think("Let me see."),
        Say("The **first** words. "),
        Wait(gate),
        Say("The last words."),
    ]
    notebook = its_notebook([cells.load, cells.ask("talk", said), "print('second', 'cell')"])
    notebook.run_all()
    notebook.wait_for(1, "words.", timeout_s=START_S)
    assert notebook.state(1) == "busy"
    assert "The last words" not in notebook.text(1)
    model.gate(gate).set()
    notebook.wait_done(2)
    assert "The last words." in notebook.text(1)
    assert "second cell" in notebook.text(2)
    assert notebook.output(1).locator("strong", has_text="first").count() == 1


@both
def test_allow_is_clicked_while_the_cell_runs_and_the_tool_then_runs(
    cells: Cells, its_notebook: OpenNotebook
) -> None:
    notebook = its_notebook(
        [cells.load, cells.ask("run", bash("echo made > made.txt"), Say("done")), STATE]
    )
    made = notebook.path.parent / "made.txt"
    notebook.run_all()
    notebook.wait_for(1, "echo made > made.txt", timeout_s=START_S)
    assert notebook.state(1) == "busy"
    assert not made.exists()
    notebook.click("Allow once", cell=1)
    assert state(notebook, 2) == {"turn": "completed", "busy": [], "password": False}
    assert made.read_text() == "made\n"


@both
def test_reject_ends_the_turn_and_reject_with_words_does_not(
    cells: Cells, its_notebook: OpenNotebook
) -> None:
    steps = (bash("touch never.txt"), Say("then without"))
    notebook = its_notebook(
        [cells.load, cells.ask("one", *steps), STATE, cells.ask("two", *steps), STATE]
    )
    notebook.run_all()
    notebook.wait_for(1, "touch never.txt", timeout_s=START_S)
    notebook.click("Reject once", cell=1)
    assert state(notebook, 2)["turn"] == "stopped"
    notebook.wait_for(3, "touch never.txt")
    notebook.click("Reject with message…", cell=3)
    words = notebook.output(3).get_by_role("textbox", name="What the agent should do instead")
    words.fill("no new files, please")
    notebook.page.keyboard.press("Enter")
    assert state(notebook, 4)["turn"] == "completed"
    assert "then without" in notebook.text(3)
    assert "no new files, please" in notebook.text(3)
    assert not (notebook.path.parent / "never.txt").exists()


@both
@pytest.mark.parametrize("how", ["button", "interrupt"])
def test_stopping_leaves_the_server_idle_and_the_queued_cells_run_in_order(
    cells: Cells, its_notebook: OpenNotebook, model: ScriptedModel, how: str
) -> None:
    gate = f"stop-{how}-{cells.major}"
    written = [
        cells.load,
        cells.ask("talk", [Say("some words. "), Wait(gate), Say("never")]),
        STATE,
        "print('third')",
    ]
    notebook = its_notebook(written)
    notebook.run_all()
    notebook.wait_for(1, "some words.", timeout_s=START_S)
    if how == "button":
        notebook.click("Stop", cell=1)
    else:
        notebook.interrupt()
    assert state(notebook, 2) == {"turn": "stopped", "busy": [], "password": False}
    model.gate(gate).set()
    notebook.wait_done(3)
    assert "third" in notebook.text(3)
    shown = notebook.text(1)
    assert "some words." in shown
    assert "topped" in shown
    assert "never" not in shown
    assert "Traceback" not in shown


@both
def test_a_saved_notebook_is_readable_without_a_kernel(
    cells: Cells, open_notebook: OpenNotebook
) -> None:
    write = Call("write", {"filePath": "new.py", "content": "def f():\n    return 41\n"})
    steps = (
        [Think("a plan"), write],
        bash("python3 -c 'print(6 * 7)'"),
        Say("All **done**.\n\n```python\nx = 1\n```"),
    )
    notebook = open_notebook(
        [cells.load, cells.ask("work", *steps, options="--permission allow"), "print('end')"]
    )
    notebook.run_all()
    notebook.wait_done(2, timeout_s=START_S)
    notebook.save()
    outputs = notebook.saved_outputs(1)
    # A turn that took longer kept a copy on the way, which is empty now.
    html = {"".join(o.get("data", {}).get("text/html", "")): o.get("data") for o in outputs}
    bundle = [data for text, data in html.items() if text and "ocm-said" not in text]
    assert len(bundle) == 1
    assert {"text/html", "text/markdown", "text/plain"} <= set(bundle[0])
    assert "widget-view" not in json.dumps(outputs)
    assert len(notebook.path.read_bytes()) < 60_000
    notebook.reopen_without_kernel()
    text = notebook.output(1).text_content() or ""
    for words in ("All done.", "x = 1", "new.py", "return 41", "print(6 * 7)", "42", "a plan"):
        assert words in text, words
    assert "model not found" not in notebook.page.content()
    assert "Error displaying widget" not in notebook.page.content()


@pytest.mark.parametrize(
    ("major", "theme"), [("1", "light"), ("1", "dark"), ("2", "light")], indirect=["major"]
)
def test_what_it_looks_like(
    cells: Cells, its_notebook: OpenNotebook, model: ScriptedModel, theme: str
) -> None:
    """Pictures for people: the assertion is that nothing threw on the page."""
    edit = Call(
        "edit", {"filePath": "greet.py", "oldString": '"Hello "', "newString": '"Good day, "'}
    )
    read = Call("read", {"filePath": "greet.py"})
    steps = (
        [Think("The greeting is in greet.py."), Say("I look at the file first."), read],
        edit,
        bash("python3 -c 'import greet; print(greet.greet(\"Ada\"))'"),
        Say(
            "Done: `greet` now says *Good day*.\n\n"
            '```python\ndef greet(name):\n    return "Good day, " + name\n```\n'
        ),
    )
    notebook = its_notebook(
        [
            cells.load,
            cells.ask("greet politely", *steps),
            cells.ask("fail", Fail(401, "invalid key")),
        ],
    )
    errors: list[object] = []

    def keep(error: object) -> None:
        errors.append(error)

    notebook.page.on("pageerror", keep)
    notebook.theme(theme)  # type: ignore[arg-type]
    notebook.run_all()
    notebook.output(1).get_by_role("button", name="Allow once").first.wait_for(
        timeout=START_S * 1000
    )
    look = f"{theme}{'' if cells.major == '1' else '-2'}"
    notebook.screenshot(f"asking-{look}")
    notebook.click("Allow once", cell=1)
    notebook.wait_for(1, "import greet")
    notebook.click("Allow once", cell=1)
    notebook.wait_done(2)
    notebook.wait_for(2, "invalid key")  # on a narrow page it may be out of sight, and not drawn
    notebook.screenshot(f"done-{look}")
    if cells.major == "2":
        notebook.theme("dark")
        notebook.screenshot("done-dark-2")
    notebook.command("application:toggle-left-area")
    notebook.page.set_viewport_size({"width": 500, "height": 1400})
    notebook.screenshot(f"done-{look}-narrow")
    notebook.command("application:toggle-left-area")
    notebook.page.remove_listener("pageerror", keep)
    assert errors == []


@both
def test_always_is_for_this_notebook_and_can_be_taken_back(
    cells: Cells, its_notebook: OpenNotebook
) -> None:
    written = [
        cells.load,
        cells.ask("one", bash("echo one"), Say("first done")),
        cells.ask("two", bash("echo two"), Say("second done")),
        "%opencode /permissions --revoke all",
        cells.ask("three", bash("echo three"), Say("third done")),
    ]
    notebook = its_notebook(written)
    notebook.run_all()
    notebook.output(1).get_by_role("button", name="Always").first.click(timeout=START_S * 1000)
    notebook.wait_done(3)
    assert "second done" in notebook.text(2)
    notebook.output(4).get_by_role("button", name="Allow once").first.click(timeout=20_000)
    notebook.wait_done(4)
    assert "third done" in notebook.text(4)


def test_bad_input_is_one_line_and_loses_nothing(cells: Cells, its_notebook: OpenNotebook) -> None:
    wrong = {
        "%%opencode -m fake/dmeo\nhi": "nearest: fake/demo",
        "%%opencode -a coder\nhi": "no agent 'coder'",
        "%%opencode -s nothing\nhi": "no session 'nothing'",
        "%%opencode\n/shwo": "nearest: /show",
        "%opencode /connect http://127.0.0.1:1": "nothing answers",
    }
    written = [
        cells.load,
        cells.ask("first", Say("the first answer")),
        *wrong,
        cells.ask("then", Say("still works")),
    ]
    notebook = its_notebook(written)
    notebook.run(0)
    notebook.run(1)
    notebook.wait_done(1, timeout_s=START_S)
    for index, said in enumerate(wrong.values(), start=2):
        notebook.run(index)
        notebook.wait_for(index, said)
        assert "Traceback" not in notebook.text(index)
    notebook.run(len(written) - 1)
    notebook.wait_done(len(written) - 1)
    assert "still works" in notebook.text(len(written) - 1)


def test_the_value_is_kept_and_not_shown_twice(cells: Cells, its_notebook: OpenNotebook) -> None:
    steps = Say("Use this:\n\n```python\nprint(6 * 7)\n```\n")
    written = [
        cells.load,
        cells.ask("code", steps, options="-o answer"),
        "print(repr(answer.code[0].text), answer is _oc, answer.model, answer.cost)",
        "answer",
    ]
    notebook = its_notebook(written)
    notebook.run_all()
    notebook.wait_done(3, timeout_s=START_S)
    assert notebook.text(1).count("print(6 * 7)") == 1
    assert "'print(6 * 7)\\n' True fake/demo 0" in notebook.text(2)
    assert "print(6 * 7)" in notebook.text(3)


@both
def test_undo_puts_the_files_back_and_redo_brings_the_change_again(
    cells: Cells, its_notebook: OpenNotebook
) -> None:
    edit = Call("edit", {"filePath": "greet.py", "oldString": '"Hello "', "newString": '"Bye "'})
    work = cells.ask(
        "edit",
        [Call("read", {"filePath": "greet.py"})],
        edit,
        Say("edited"),
        options="--permission allow",
    )
    notebook = its_notebook([cells.load, work, "%opencode /undo --yes", "%opencode /redo"])
    file: Path = notebook.path.parent / "greet.py"
    for index, words in ((0, ""), (1, "Bye"), (2, "Hello")):
        notebook.run(index)
        notebook.wait_done(index, timeout_s=START_S)
        assert words in file.read_text()
    notebook.run(3)
    notebook.wait_for(3, "Redo this?")
    assert "Hello" in file.read_text()
    notebook.wait_for(3, "will come into your files again")
    notebook.screenshot("confirm")
    notebook.click("Redo this", cell=3)
    notebook.wait_done(3)
    assert "Bye" in file.read_text()
    assert "greet.py" in notebook.text(2)


@both
def test_a_question_is_answered_in_the_page(cells: Cells, open_notebook: OpenNotebook) -> None:
    colours = [{"label": "Red", "description": "warm"}, {"label": "Blue", "description": "cold"}]
    tests = [{"label": "A", "description": "a"}, {"label": "B", "description": "b"}]
    asked = Call(
        "question",
        {
            "questions": [
                {"question": "Which colour?", "header": "Colour", "options": colours},
                {"question": "Which tests?", "header": "Tests", "options": tests, "multiple": True},
            ]
        },
    )
    notebook = open_notebook([cells.load, cells.ask("choose", asked, Say("so be it")), STATE])
    notebook.run_all()
    group = notebook.output(1).get_by_role("group", name="The agent asks")
    group.get_by_label("Blue").check(timeout=START_S * 1000)
    group.get_by_label("A", exact=True).check()
    group.get_by_label("B", exact=True).check()
    group.get_by_role("button", name="Send answer").click()
    assert state(notebook, 2)["turn"] == "completed"
    shown = notebook.output(1).text_content() or ""
    assert "so be it" in shown
    assert "Blue" in shown


FIELDS = [
    {"key": "name", "title": "Name", "type": "string", "required": True},
    {
        "key": "colour",
        "title": "Colour",
        "type": "string",
        "options": [{"value": "r", "label": "Red"}, {"value": "b", "label": "Blue"}],
    },
    {"key": "share", "title": "Share", "type": "number"},
    {"key": "count", "title": "Count", "type": "integer"},
    {"key": "sure", "title": "Sure", "type": "boolean"},
    {
        "key": "many",
        "title": "Many",
        "type": "multiselect",
        "options": [{"value": "x", "label": "X"}, {"value": "y", "label": "Y"}],
    },
]


@only_2
def test_a_form_may_have_fields_of_every_kind(
    cells: Cells, open_notebook: OpenNotebook, model: ScriptedModel
) -> None:
    """Such forms come from plugins and from the server itself: here from another client."""
    assert cells.server is not None
    wait = cells.ask("wait", [Say("wait. "), Wait("form")], Say("over"))
    notebook = open_notebook([cells.load, wait, STATE])
    notebook.run_all()
    assert model.arrived("form").wait(START_S)
    with OpenCode(
        cells.server.url, password=cells.server.password, directory=str(notebook.path.parent)
    ) as oc:
        (session,) = oc.session.list()
        forms = f"/api/session/{session.id}/form"
        made: Any = oc.request("POST", forms, json={"title": "A form", "fields": FIELDS})
        group = notebook.output(1).get_by_role("group", name="The agent asks")
        group.get_by_role("button", name="Send answer").wait_for(timeout=START_S * 1000)
        notebook.screenshot("form-2", of=group)
        for name, text in (("Name", "Ada"), ("Share", "0.5"), ("Count", "3")):
            group.get_by_role("group", name=name).get_by_role("textbox").fill(text)
        for label in ("Blue", "Yes", "X", "Y"):
            group.get_by_label(label, exact=True).check()
        group.get_by_role("button", name="Send answer").click()
        group.wait_for(state="detached")
        told: Any = oc.request("GET", f"{forms}/{made['data']['id']}")
    assert told["data"]["state"] == {
        "status": "answered",
        "answer": {
            "name": "Ada",
            "colour": "b",
            "share": 0.5,
            "count": 3,
            "sure": True,
            "many": ["x", "y"],
        },
    }
    model.gate("form").set()
    assert state(notebook, 2)["turn"] == "completed"
