"""What axe-core finds to complain of in our outputs, in a real JupyterLab."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.conftest import OpenNotebook
from tests.harness.notebook import Notebook
from tests.live.test_in_lab import START

THEMES = ("JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


def faults(notebook: Notebook, inside: str) -> list[tuple[str, list[Any]]]:
    """The rules that are broken inside an element, each with where."""
    found = Axe().run(notebook.page, context=inside, options=RULES).response
    assert found["passes"]  # it looked at something
    return [(v["id"], [node["target"] for node in v["nodes"]]) for v in found["violations"]]


@pytest.mark.parametrize("theme", THEMES)
def test_a_running_and_an_ended_turn_are_accessible(
    same_notebook: OpenNotebook, theme: str
) -> None:
    call = "feed.play(asks=['edit', 'bash', 'question'], per_s=4000, pause_s=60)"
    notebook = same_notebook([START, call])
    notebook.command("apputils:change-theme", theme=theme)
    notebook.page.wait_for_selector(f"body[data-jp-theme-name='{theme}']", state="attached")
    notebook.run_all()
    notebook.wait_for(1, "Change a file?")
    assert faults(notebook, ".ocm-live") == []
    notebook.screenshot(f"accessible-live-{THEMES.index(theme)}")
    notebook.click("Stop", cell=1)
    notebook.wait_done(1)
    notebook.output(1).locator(".ocm-static").first.wait_for()
    assert faults(notebook, ".ocm-static") == []
    notebook.screenshot(f"accessible-static-{THEMES.index(theme)}")
