"""Runs cells through nbclient: a real kernel, no front end, nobody to answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from tests.harness.machine import Machine


def run(cells: Sequence[str], folder: Path, machine: Machine) -> Any:
    """The notebook after its cells have run, errors kept in their outputs."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        allow_errors=True,
    )
    client.execute(env=machine.env, cwd=str(folder))
    return notebook


def shown(cell: Any) -> str:
    """Everything a cell left behind, as one text."""
    return json.dumps(cell.outputs)
