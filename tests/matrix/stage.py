"""Sets a row up: its environment, its front end on a machine of its own, and its notebook."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser

from opencode_magic.demo.model import ScriptedModel
from tests.harness.lab import JupyterLab, Notebook7
from tests.harness.machine import make_machine
from tests.harness.notebook import Notebook
from tests.harness.pages import new_page
from tests.harness.tools import path_with

from .environments import Environment
from .rows import Row
from .turn import Scene, cells

FRONT_ENDS = {"jupyterlab": JupyterLab, "notebook": Notebook7}


@contextmanager
def staged(
    row: Row,
    built: Environment,
    root: Path,
    browser: Browser,
    model: ScriptedModel,
    *,
    opencode: Path,
) -> Iterator[Scene]:
    """The row's notebook, open in its front end; everything ends with the context."""
    machine = make_machine(root / "machine", opencode=opencode, model_url=model.url)
    tools = {"PATH": path_with([built.python.parent, opencode.parent])}
    front = FRONT_ENDS[row.front](machine, python=str(built.python), env=tools)
    try:
        path = front.project("project") / "notebook.ipynb"
        notebook = Notebook.create(new_page(browser), front, path, cells(row))
        try:
            yield Scene(row, notebook, model)
        finally:
            notebook.close()
    finally:
        front.stop()
