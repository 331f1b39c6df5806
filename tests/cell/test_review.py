"""A review at the end of a cell: in a real JupyterLab, without a front end, and by `input()`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from opencode_magic.app import turn as turns
from opencode_magic.app.app import App
from opencode_magic.app.options import Options
from opencode_magic.app.place import Place
from opencode_magic.commands import commands
from opencode_magic.demo.script import Call, Say, script
from opencode_magic.errors import InputError
from opencode_magic.live import reviewing
from opencode_magic.live.page.static import StaticSurface
from opencode_magic.live.surface import Action, Stop
from opencode_magic.live.typed import NOBODY_BY
from opencode_magic.model.prompt import Prompt
from opencode_magic.render import turn_bundle
from opencode_magic.render.reviews import NOTE
from opencode_magic.server.trust import TrustStore
from opencode_magic.traces import unrecorded
from opencode_magic.turns.history import past_turns, prompts_of
from opencode_magic.turns.turn import Turn
from tests.cell.cells import LOAD, ask, bash
from tests.cell.running import run, shown
from tests.cell.test_agent_cell import START_S
from tests.conftest import OpenNotebook, StartServer
from tests.harness.machine import Machine
from tests.harness.notebook import Notebook
from tests.live.test_accessible_in_lab import faults
from tests.served.test_interrupts import Configured

OLD = "".join(f"line {n}\n" for n in range(1, 41))
FIRST, SECOND = ("line 5\n", "LINE FIVE\n"), ("line 30\n", "LINE THIRTY\nand more\n")
NEW = OLD.replace(*FIRST).replace(*SECOND)
ADDED = "# new\nprint('hello')\n"


def edit(old: str, new: str) -> Call:
    return Call("edit", {"filePath": "text.txt", "oldString": old, "newString": new})


WORK = (
    [Call("read", {"filePath": "text.txt"})],
    edit(*FIRST),
    edit(*SECOND),
    Call("write", {"filePath": "added.py", "content": ADDED}),
    Say("done"),
)
TELLS = """\
app = get_ipython().magics_manager.registry["OpencodeMagics"].app
messages = app.connect().session.messages(_oc.session)
print("NOTES", [p.text for m in messages for p in m.parts if getattr(p, "synthetic", False)])
print("REVIEW", _oc.review, _oc.files)"""


def press(notebook: Notebook, *keys: str) -> None:
    for key in keys:
        notebook.page.keyboard.press(key)


def review(notebook: Notebook, cell: int) -> Locator:
    name = "Review the changes of this turn"
    found = notebook.output(cell).get_by_role("group", name=name, exact=True)
    found.wait_for(timeout=START_S * 1000)
    return found


def texts(markup: str) -> str:
    return re.sub(r"<[^>]+>", "", markup)


def test_hunks_are_chosen_by_keyboard_and_the_rest_is_undone(same_notebook: OpenNotebook) -> None:
    options = "--review --permission allow"
    notebook = same_notebook(
        [
            LOAD,
            ask("work", *WORK, options=options),
            "print('the next cell', _oc.state)",
            ask("again", Say("second"), options="--permission allow"),
            TELLS,
            ask("more", [Call("read", {"filePath": "text.txt"})], edit("line 20", "LINE 20"),
                Say("x"), options=options),
            ask("last", Call("write", {"filePath": "last.txt", "content": "x"}), Say("x"),
                options=options),
            "print('after the interrupt')",
        ]
    )  # fmt: skip
    text, added = notebook.path.parent / "text.txt", notebook.path.parent / "added.py"
    text.write_text(OLD)
    notebook.run_all()
    asked = review(notebook, 1)
    assert (notebook.state(1), text.read_text()) == ("busy", NEW)
    count = asked.get_by_role("status").first
    expect(count).to_have_text("3 of 3 hunks kept, 0 to be undone")
    assert faults(notebook, ".ocm-live") == []
    # By keyboard alone: from the header's button to the hunk, which is unticked.
    notebook.output(1).get_by_role("button", name="Show question").focus()
    press(notebook, "Enter")
    expect(asked).to_be_focused()
    second = asked.get_by_role("checkbox", name="lines 30-31, +2 -1")
    for _ in range(20):
        press(notebook, "Tab")
        if second.evaluate("box => box === document.activeElement"):
            break
    press(notebook, "ArrowDown", "b", "Space")
    expect(second).not_to_be_checked()
    expect(notebook.page.locator(".jp-Notebook .jp-Cell")).to_have_count(8)  # no new cell
    expect(count).to_have_text("2 of 3 hunks kept, 1 to be undone")
    whole = asked.get_by_role("checkbox", name="text.txt")
    assert whole.evaluate("box => box.indeterminate")
    whole.press("Space")
    expect(count).to_have_text("3 of 3 hunks kept, 0 to be undone")
    second.press("Space")
    for theme in ("light", "dark"):
        notebook.theme(theme)  # type: ignore[arg-type]
        for width in (1200, 500):
            notebook.page.set_viewport_size({"width": width, "height": 1400})
            asked.scroll_into_view_if_needed()
            notebook.screenshot(f"review-{theme}-{width}")
        assert faults(notebook, ".ocm-live") == []
    notebook.page.set_viewport_size({"width": 1200, "height": 900})
    asked.get_by_role("button", name="Apply decision").focus()
    press(notebook, "Enter")
    notebook.wait_done(2)
    assert text.read_text() == OLD.replace(*FIRST)
    assert added.read_text() == ADDED
    assert "the next cell completed" in notebook.text(2)
    notebook.wait_for(1, "Reviewed: 2 of 3 hunks kept, 1 undone.")
    notebook.wait_done(4)
    said = notebook.text(4)
    assert NOTE in said
    assert "text.txt: lines 30-31 (+2 -1)" in said
    assert "LINE THIRTY" in said

    # The user's own change while the next review waits is reported, and stays.
    asked = review(notebook, 5)
    mine = text.read_text() + "mine\n"
    text.write_text(mine)
    asked.get_by_role("checkbox", name="text.txt").uncheck()
    asked.get_by_role("button", name="Apply decision").click()
    notebook.wait_for(5, "left alone: it has changed since the review began")
    assert text.read_text() == mine
    review(notebook, 6)
    notebook.interrupt()
    notebook.wait_done(7)
    notebook.wait_for(6, "Not reviewed, everything was kept: it was interrupted.")
    assert (notebook.path.parent / "last.txt").exists()
    assert "after the interrupt" in notebook.text(7)
    notebook.screenshot("review-static", of=notebook.output(1))
    assert faults(notebook, ".ocm-static") == []
    notebook.save()
    [bundle] = [o["data"] for o in notebook.saved_outputs(1) if "text/plain" in o.get("data", {})
                and "".join(o["data"]["text/plain"]).strip()]  # fmt: skip
    for mime in ("text/html", "text/markdown", "text/plain"):
        assert "2 of 3 hunks kept, 1 undone" in texts("".join(bundle[mime]))
    html = "".join(bundle["text/html"])
    files, undone = html.split("Reviewed: ")
    assert "LINE THIRTY" in undone
    assert "LINE THIRTY" not in files[files.index("files changed") :]


def test_without_anybody_everything_is_kept_and_that_is_said(
    machine: Machine, project: Path
) -> None:
    (project / "text.txt").write_text(OLD)
    cells = [
        LOAD,
        "%config OpencodeMagics.review = True",
        ask("work", *WORK, options="--permission allow"),
        TELLS,
        ask("more", Call("write", {"filePath": "other", "content": "x"}), Say("y"),
            options="--permission allow --no-review"),
        TELLS,
        ask("work", Say("y"), options="--review --no-review"),
    ]  # fmt: skip
    said = [shown(cell) for cell in run(cells, project, machine).cells]
    assert f"Not reviewed, everything was kept: {NOBODY_BY}" in said[2]
    assert "NOTES []" in said[3]
    assert "Not reviewed" not in said[4]
    assert "REVIEW None ['other']" in said[5]
    assert "exclude each other" in said[6]
    assert (project / "text.txt").read_text() == NEW


@pytest.fixture
def app(start_server: StartServer, project: Path, tmp_path: Path) -> Iterator[App]:
    (project / "text.txt").write_text(OLD)
    app = App(
        Configured(start_server(project).url),
        Place(project, "notebook.ipynb"),
        trust=TrustStore(tmp_path / "trust.json"),
        environ={},
    )
    yield app
    app.disconnect()


def turn(app: App, *steps: object, typed: str = "none", review: bool = True) -> Turn:
    """A turn with a review by `input()`."""
    options = Options(review=review, permission="allow")
    surface = StaticSurface(read=lambda _: typed)
    prompt = Prompt(f"work {script(*steps)}")  # type: ignore[arg-type]
    return turns.ask(app, prompt, options, surface, [])


class Hasty(StaticSurface):
    """Stops the turn as soon as a file is there."""

    def __init__(self, file: Path) -> None:
        super().__init__(read=lambda _: "all")
        self._file = file

    def actions(self, timeout_s: float) -> list[Action]:
        return [Stop()] if self._file.exists() else []


def test_a_turn_that_was_stopped_is_reviewed_too(app: App, project: Path) -> None:
    late = project / "late"
    steps = ([Call("read", {"filePath": "text.txt"})], edit(*FIRST), bash("echo > late; sleep 60"))
    options = Options(review=True, permission="allow")
    stopped = turns.ask(app, Prompt(f"work {script(*steps)}"), options, Hasty(late), [])
    assert stopped.state == "stopped"
    assert stopped.review is not None
    assert [(file.file, file.undone, file.why) for file in stopped.review.files] == [
        ("text.txt", (0,), ""),
        ("late", (), unrecorded.CUT_SHORT),
    ]
    assert (project / "text.txt").read_text() == OLD
    assert late.exists()


def test_by_input_and_what_history_and_undo_make_of_it(app: App, project: Path) -> None:
    text, added = project / "text.txt", project / "added.py"
    done = turn(app, *WORK, typed="1, 2.1")
    assert app.session is not None
    session, client = app.session.id, app.connect()
    assert done.review is not None
    names = [(f.file, f.undone) for f in done.review.files]
    assert names == [("added.py", (0,)), ("text.txt", (0,))]
    assert text.read_text() == OLD.replace(*SECOND)
    assert not added.exists()
    assert done.files == ["text.txt"]
    assert reviewing.TOLD in turn_bundle(done)["text/plain"]
    # The note begins no turn, and is nobody's prompt.
    assert client.session.statuses() == {}
    messages = client.session.messages(session)
    assert messages[-1].info.role == "user"
    assert len(prompts_of(messages)) == 1
    [past] = past_turns(client, client.session.get(session))
    assert past.state == "completed"
    assert NOTE in turn_bundle(past)["text/plain"]
    # The next turn reads it.
    assert turn(app, Say("seen"), review=False).text == "seen"
    assert len(past_turns(client, client.session.get(session))) == 2
    assert (messages[-1].info.agent, messages[-1].info.model) == ("build", messages[0].info.model)

    # Of what the review left, /undo takes out the rest and /redo brings back just that.
    undo, redo = commands()["undo"], commands()["redo"]
    undo.run(app, "--yes")  # the last turn, which changed nothing
    text.write_text("mine\n")
    with pytest.raises(InputError, match="changed since"):
        undo.run(app, "--yes")
    text.write_text(OLD.replace(*SECOND))
    preview = repr(undo.run(app, "--preview"))
    assert "what a review undid is in this diff, not in the file" in preview
    assert "not as the turn left it" not in preview
    undo.run(app, "--yes")
    assert (text.read_text(), added.exists()) == (OLD, False)
    redo.run(app, "--yes")
    assert (text.read_text(), added.exists()) == (OLD.replace(*SECOND), False)
