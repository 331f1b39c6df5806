"""The turns that every row must play: watched, answered, stopped, interrupted, saved, reopened."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Say, Wait
from tests.cell.cells import LOAD, STATE, ask, bash, state
from tests.harness.notebook import Notebook

from .rows import Row

START_S = 60  # the first cell of a kernel starts a server
TALL = {"width": 1200, "height": 1800}  # so that all cells are on the page at once
ANSWERED, STOPPED, INTERRUPTED, LAST = 1, 3, 5, 7
RECEIVES = "get_ipython().kernel.shell_stream._recv_callback"


@dataclass(frozen=True)
class Scene:
    """A notebook with its cells, not yet run, and who plays the model."""

    row: Row
    notebook: Notebook
    model: ScriptedModel

    def open_gate(self, name: str) -> None:
        self.model.gate(gate(self.row, name)).set()


def gate(row: Row, name: str) -> str:
    """A gate of the model that no other row waits at."""
    return f"{row.name}-{name}"


def cells(row: Row) -> list[str]:
    """Three turns, each with a cell after it that says what became of it."""
    run = bash("echo made > made.txt")
    first = [Say("The **first** words. "), Wait(gate(row, "answer")), Say("Now a command."), run]
    words = [Say("some words. "), Wait(gate(row, "stop")), Say("never")]
    more = [Say("more words. "), Wait(gate(row, "interrupt")), Say("never")]
    return [
        f"{LOAD}\nreceives = {RECEIVES}",
        ask("answer", first, Say("The last words.")),
        STATE,
        ask("stop", words),
        STATE,
        ask("interrupt", more),
        STATE,
        f"print('as it', 'was:', {RECEIVES} is receives)",
    ]


def streamed(scene: Scene) -> str:
    """Words of the answer are on the page while the cell runs."""
    notebook = scene.notebook
    notebook.page.set_viewport_size(TALL)  # type: ignore[arg-type]
    notebook.run_all()
    notebook.wait_for(ANSWERED, "words.", timeout_s=START_S)
    assert notebook.state(ANSWERED) == "busy"
    assert "Now a command" not in notebook.text(ANSWERED)
    scene.open_gate("answer")
    return "yes"


def allowed(scene: Scene) -> str:
    """A click on Allow reaches the running cell; the tool ran only after it."""
    notebook = scene.notebook
    made = notebook.path.parent / "made.txt"
    notebook.output(ANSWERED).get_by_role("button", name="Allow once").first.wait_for()
    notebook.screenshot(f"matrix-{scene.row.name}-asking")
    assert notebook.state(ANSWERED) == "busy"
    assert not made.exists()
    began = time.monotonic()
    notebook.click("Allow once", cell=ANSWERED)
    assert state(notebook, ANSWERED + 1) == _ended("completed")
    seconds = time.monotonic() - began
    assert made.read_text() == "made\n"
    assert notebook.output(ANSWERED).locator("strong", has_text="first").count() == 1
    return f"{seconds:.1f} s"


def stopped(scene: Scene) -> str:
    """A click on Stop ends the turn, on the server too."""
    notebook = scene.notebook
    notebook.wait_for(STOPPED, "some words.")
    assert notebook.state(STOPPED) == "busy"
    began = time.monotonic()
    notebook.click("Stop", cell=STOPPED)
    return _was_stopped(notebook, STOPPED, began)


def interrupted(scene: Scene) -> str:
    """So does Kernel > Interrupt."""
    notebook = scene.notebook
    notebook.wait_for(INTERRUPTED, "more words.")
    assert notebook.state(INTERRUPTED) == "busy"
    began = time.monotonic()
    notebook.interrupt()
    return _was_stopped(notebook, INTERRUPTED, began)


def queue_kept(scene: Scene) -> str:
    """All cells that waited have run, in order, and the kernel is as it was."""
    notebook = scene.notebook
    notebook.wait_done(LAST)
    assert "as it was: True" in notebook.text(LAST)
    notebook.save()
    counts = [cell["execution_count"] for cell in notebook.saved()["cells"]]
    assert counts == list(range(1, len(counts) + 1))
    return "yes"


def static(scene: Scene) -> str:
    """What is saved is HTML, Markdown and text, and no widget."""
    notebook = scene.notebook
    notebook.screenshot(f"matrix-{scene.row.name}-done")
    for index, said in ((ANSWERED, "The last words."), (STOPPED, "some words.")):
        outputs = notebook.saved_outputs(index)
        (bundle,) = (o["data"] for o in outputs if o.get("data", {}).get("text/html"))
        assert {"text/html", "text/markdown", "text/plain"} <= set(bundle)
        assert said in "".join(bundle["text/plain"])
        assert "widget-view" not in json.dumps(outputs)
    return "yes"


def reopened(scene: Scene) -> str:
    """Opened again without its kernel it reads the same, and nothing in it is dead."""
    notebook = scene.notebook
    before = {index: _words(notebook, index) for index in (ANSWERED, STOPPED, INTERRUPTED)}
    notebook.reopen_without_kernel()
    notebook.page.set_viewport_size(TALL)  # type: ignore[arg-type]
    for index, words in before.items():
        notebook.output(index).locator("text=Done").or_(
            notebook.output(index).locator("text=topped")
        ).first.wait_for()
        assert _words(notebook, index) == words
    notebook.screenshot(f"matrix-{scene.row.name}-reopened")
    page = notebook.page.content()
    for dead in ("model not found", "Error displaying widget", "Loading widget"):
        assert dead not in page
    return "yes"


STEPS: Mapping[str, Callable[[Scene], str]] = {
    "streamed": streamed,
    "Allow clicked": allowed,
    "Stop clicked": stopped,
    "Interrupt": interrupted,
    "queue kept": queue_kept,
    "saved static": static,
    "reopened": reopened,
}


def _was_stopped(notebook: Notebook, index: int, began: float) -> str:
    assert state(notebook, index + 1) == _ended("stopped")
    seconds = time.monotonic() - began
    shown = notebook.text(index)
    assert "words." in shown
    assert "topped" in shown
    assert "never" not in shown
    assert "Traceback" not in shown
    return f"{seconds:.1f} s"


def _ended(turn: str) -> dict[str, object]:
    return {"turn": turn, "busy": [], "password": False}


def _words(notebook: Notebook, index: int) -> list[str]:
    return notebook.text(index).split()
