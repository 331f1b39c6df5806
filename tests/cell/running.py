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
    for cell in notebook.cells:
        cell.outputs = joined(cell.outputs)
    return notebook


def joined(outputs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The outputs as a front end shows them: one line may be printed in several messages."""
    found: list[dict[str, Any]] = []
    for output in outputs:
        if found and "name" in output and found[-1].get("name") == output["name"]:
            found[-1]["text"] += output["text"]
        else:
            found.append(output)
    return found


def shown(cell: Any) -> str:
    """Everything a cell left behind, as one text."""
    return json.dumps(cell.outputs)
