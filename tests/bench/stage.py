"""A JupyterLab with a browser for a benchmark that is run by hand."""

from __future__ import annotations

import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from opencode_magic.demo.model import ScriptedModel
from tests.harness.lab import JupyterLab
from tests.harness.machine import make_machine
from tests.harness.notebook import Notebook, start_chromium
from tests.harness.pages import new_page
from tests.harness.server import PlainServer2
from tests.harness.tools import require_browser, require_opencode, require_opencode2


@contextmanager
def server_of_2() -> Iterator[str]:
    """A plain server of OpenCode 2; what a cell says to use it."""
    opencode = require_opencode2()
    with tempfile.TemporaryDirectory() as root, ScriptedModel() as model:
        machine = make_machine(Path(root) / "machine", opencode=opencode, model_url=model.url)
        server = PlainServer2(opencode, machine, machine.project(), password="s3cret-bench")
        environ = {"OPENCODE_BASE_URL": server.url, "OPENCODE_SERVER_PASSWORD": server.password}
        try:
            yield f"import os; os.environ |= {environ}"
        finally:
            server.stop()


@contextmanager
def notebooks() -> Iterator[Callable[[Sequence[str]], Notebook]]:
    """What opens a new notebook with these cells; all are closed in the end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # or the servers would stay
    with tempfile.TemporaryDirectory() as root, ScriptedModel() as model:
        machine = make_machine(
            Path(root) / "machine", opencode=require_opencode(), model_url=model.url
        )
        del machine.env["PYTHONPATH"]  # what is measured starts as it does for a user
        lab = JupyterLab(machine)
        try:
            with sync_playwright() as playwright:
                browser = start_chromium(playwright, require_browser())
                opened: list[Notebook] = []

                def open_notebook(cells: Sequence[str]) -> Notebook:
                    path = lab.project(f"bench{len(opened)}") / "notebook.ipynb"
                    opened.append(Notebook.create(new_page(browser), lab, path, cells))
                    return opened[-1]

                try:
                    yield open_notebook
                finally:
                    for notebook in opened:
                        notebook.close()
        finally:
            lab.stop()
