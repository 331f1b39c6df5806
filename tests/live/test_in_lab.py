"""A turn's front end in a real JupyterLab, played by a made-up turn: no server is needed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.conftest import OpenNotebook
from tests.harness.notebook import Notebook

REPOSITORY = Path(__file__).parents[2]


def cell(call: str) -> str:
    return (
        f"import sys; sys.path.insert(0, {str(REPOSITORY)!r})\nfrom tests.live import feed\n{call}"
    )


def log(notebook: Notebook) -> list[dict[str, Any]]:
    return json.loads((notebook.path.parent / "feed.json").read_text())


def test_allow_reaches_a_running_cell_and_what_stays_is_static(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([cell("feed.play(asks=['bash'], pause_s=1)"), "print('next ran')"])
    notebook.run_all()
    notebook.wait_for(0, "forgets the comma")
    assert notebook.state(0) == "busy"
    notebook.wait_for(0, "Run a command?")
    notebook.screenshot("live-ask")
    notebook.click("Allow once", cell=0)
    notebook.wait_for(1, "next ran")
    notebook.screenshot("live-done")
    notebook.save()
    print(log(notebook), json.dumps(notebook.saved_outputs(0))[:3000])
