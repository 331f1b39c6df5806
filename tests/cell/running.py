"""Runs cells through nbclient: a real kernel, no front end, nobody to answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

from tests.harness.machine import Machine


def run(cells: Sequence[str], folder: Path, machine: Machine) -> Any:
    """The notebook after its cells have run in a new kernel, errors kept in their outputs."""
    client = _client(cells, folder)
    return _ran(client, env=machine.env, cwd=str(folder))


class KeptKernel:
    """A kernel that runs the cells of many tests: itself and its server are what one costs.

    After `renew` its variables are gone and its cells counted from the beginning, the files of its
    project are what they were, the session is a new one, the kernel's tools are off, and nothing is
    allowed for good. What was imported or set stays, and what was drawn or has failed.
    """

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.project = machine.project()
        self._manager = KernelManager(kernel_name="python3")
        self._manager.start_kernel(env=machine.env, cwd=str(self.project))

    def renew(self) -> None:
        """Forget the test before."""
        (cell,) = _ran(_client([_AS_AT_FIRST], self.project, self._manager)).cells
        assert not [o for o in cell.outputs if o.output_type == "error"], cell.outputs
        for words in ("reset -q --hard", "clean -ffdxq"):
            self.machine.run("git", *words.split(), cwd=self.project)

    def run(self, cells: Sequence[str]) -> Any:
        """The notebook after its cells have run, errors kept in their outputs."""
        return _ran(_client(cells, self.project, self._manager))

    def close(self) -> None:
        """End the kernel, and with it its server."""
        self._manager.shutdown_kernel(now=False)


_AS_AT_FIRST = """\
magics = get_ipython().magics_manager.registry.get("OpencodeMagics")
if magics and magics.app.link:
    for line in ("/kernel off", "/permissions --revoke all", "/new"):
        get_ipython().run_line_magic("opencode", line)
get_ipython().run_line_magic("reset", "-f")"""


def _client(
    cells: Sequence[str], folder: Path, manager: KernelManager | None = None
) -> NotebookClient:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    return NotebookClient(
        notebook,
        km=manager,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        allow_errors=True,
    )


def _ran(client: NotebookClient, **options: Any) -> Any:
    notebook = client.execute(**options)
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
