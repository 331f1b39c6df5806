"""Other clients and more turns beside the one in the cell, in a real JupyterLab."""

from __future__ import annotations

import json

import httpx
from playwright.sync_api import expect

from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Call, Say, Wait, script
from tests.cell.cells import LOAD, ask, bash
from tests.conftest import OpenNotebook
from tests.harness.notebook import Notebook

START_S = 60
TELL = """\
import json, pathlib
client = get_ipython().magics_manager.registry["OpencodeMagics"].app.connect()
managed = get_ipython().magics_manager.registry["OpencodeMagics"].app.link.managed
pathlib.Path("server.json").write_text(json.dumps(
    [managed.url, managed.username, managed.password, client.directory]));"""
OPTIONS = [{"label": "Red", "description": "warm"}, {"label": "Blue", "description": "cold"}]
QUESTION = {"question": "Which colour?", "header": "Colour", "options": OPTIONS}


def other_client(notebook: Notebook) -> httpx.Client:
    told = (notebook.path.parent / "server.json").read_text("utf-8")
    url, name, password, directory = json.loads(told)
    return httpx.Client(
        base_url=url,
        auth=(name, password),
        params={"directory": directory},
        trust_env=False,
        timeout=30,
    )


def test_what_is_answered_elsewhere_closes_and_turns_in_one_cell_all_stand(
    same_notebook: OpenNotebook, model: ScriptedModel
) -> None:
    steps = (
        bash("echo elsewhere > made.txt"),
        Call("question", {"questions": [QUESTION]}),
        Say("both were answered"),
    )
    prompts = [
        "one " + script(Say("the first of two")),
        "two " + script([Say("the second begins. "), Wait("second-of-two"), Say("It ends.")]),
    ]
    loop = f"for prompt in {prompts!r}:\n    get_ipython().run_line_magic('opencode', prompt)"
    notebook = same_notebook([LOAD, TELL, ask("ask", *steps), loop])
    notebook.run_all()
    answers = notebook.output(2)
    run = answers.get_by_role("group", name="Run a command?", exact=True)
    run.wait_for(timeout=START_S * 1000)
    with other_client(notebook) as http:
        (asked,) = http.get("/permission").json()
        http.post(f"/permission/{asked['id']}/reply", json={"reply": "once"}).raise_for_status()
        expect(run).to_have_count(0)
        form = answers.get_by_role("group", name="Colour", exact=True)
        expect(form).to_be_visible()
        (asked,) = http.get("/question").json()
        answer = {"answers": [["Red"]]}
        http.post(f"/question/{asked['id']}/reply", json=answer).raise_for_status()
        expect(form).to_have_count(0)
        notebook.wait_done(2)
        assert http.get("/permission").json() == http.get("/question").json() == []
    text = answers.text_content() or ""
    assert text.count("answered elsewhere") == 2
    assert "both were answered" in text
    assert "Red" in text
    assert (notebook.path.parent / "made.txt").exists()
    notebook.screenshot("answered-elsewhere")

    # Two turns in one cell: the first stands finished while the second is alive.
    notebook.wait_for(3, "the second begins.")
    assert notebook.state(3) == "busy"
    expect(notebook.output(3).locator(".ocm-static", has_text="the first of two")).to_be_visible()
    expect(notebook.output(3).get_by_role("button", name="Stop")).to_have_count(1)
    model.gate("second-of-two").set()
    notebook.wait_done(3)
    expect(notebook.output(3).get_by_role("button", name="Stop")).to_have_count(0)
    text = notebook.text(3)
    for words in ("the first of two", "the second begins. It ends."):
        assert text.count(words) == 1
    notebook.save()
    kept = notebook.saved_outputs(3)
    assert "widget-view" not in json.dumps(kept)
    forms = ["".join(o["data"]["text/plain"]) for o in kept if "text/html" in o.get("data", {})]
    assert ["first of two" in form for form in forms] == [True, False]
