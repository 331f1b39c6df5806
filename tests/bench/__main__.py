"""`python -m tests.bench`: measure everything and print the table; `--short` as in CI."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import sync_playwright

from opencode_magic.demo.model import ScriptedModel
from tests.harness.lab import JupyterLab
from tests.harness.machine import make_machine
from tests.harness.notebook import Notebook, start_chromium
from tests.harness.tools import require_browser, require_opencode

from .measure import FULL, SHORT, measure
from .table import table


def main(arguments: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as root, ScriptedModel() as model:
        machine = make_machine(
            Path(root) / "machine", opencode=require_opencode(), model_url=model.url
        )
        lab = JupyterLab(machine)
        try:
            with sync_playwright() as playwright:
                browser = start_chromium(playwright, require_browser())
                opened: list[Notebook] = []

                def open_notebook(cells: Sequence[str]) -> Notebook:
                    path = lab.project("bench") / "notebook.ipynb"
                    opened.append(Notebook.create(browser, lab, path, cells))
                    return opened[-1]

                try:
                    print(table(measure(open_notebook, SHORT if "--short" in arguments else FULL)))
                finally:
                    for notebook in opened:
                        notebook.close()
        finally:
            lab.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
