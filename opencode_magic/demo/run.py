"""The demo without a browser: executes the notebook, tells what happened, writes a page."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from ..errors import StartError
from .page import to_html
from .stage import Stage

ALLOWED_IN_RUN = "allow-in-run"
"""The tag of cells whose requests are allowed beforehand, as nobody is there to click."""

MEANT_TO_FAIL = "raises-exception"
"""Jupyter's tag of cells that end with an error on purpose: the next ones run all the same."""

MAGIC = re.compile(r"%?%opencode\b")
CELL_S = 120

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")  # colours, mostly

Say = Callable[[str], None]


def run(stage: Stage, page: Path, say: Say) -> list[str]:
    """Execute the notebook and write `page`; return a line for each failure.

    `say` prints what happens.
    """
    notebook = nbformat.read(stage.notebook, as_version=4)  # type: ignore[no-untyped-call]  # has none
    for cell in notebook.cells:
        answer_beforehand(cell)
    client = NotebookClient(
        notebook,
        timeout=CELL_S,
        allow_errors=True,
        resources={"metadata": {"path": str(stage.project)}},
        on_cell_start=lambda cell, cell_index: _say_cell(cell, say),
        on_cell_executed=lambda cell, cell_index, execute_reply: _say_outputs(cell, say),
    )
    try:
        # The kernel's own remarks are for those who debug it.
        with (stage.root / "kernel.log").open("wb") as log:
            client.execute(env=dict(stage.env), stderr=log)
    except CellTimeoutError:
        raise StartError(f"a cell of the demo did not end within {CELL_S} s") from None
    except DeadKernelError:
        raise StartError("the kernel of the demo died") from None
    page.write_text(to_html(notebook), "utf-8")
    return [failure for cell in notebook.cells for failure in failures(cell)]


def answer_beforehand(cell: Any) -> None:
    """Allow what a tagged cell asks for, visibly: by an option in its first line."""
    tagged = ALLOWED_IN_RUN in cell.metadata.get("tags", [])
    if tagged and "--permission" not in cell.source:
        cell.source = MAGIC.sub(r"\g<0> --permission allow", cell.source, count=1)


def failures(cell: Any) -> list[str]:
    """Return a line for each error a cell ended with, unless it was meant to fail."""
    if MEANT_TO_FAIL in cell.metadata.get("tags", []):
        return []
    return [
        f"{output.ename}: {output.evalue}"
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]


def _say_cell(cell: Any, say: Say) -> None:
    if cell.cell_type == "markdown":
        title, *_ = cell.source.splitlines() or [""]
        say(f"\n{title.lstrip('# ')}")
    elif cell.source:
        say(textwrap.indent(cell.source, "> ", lambda line: True))


def _say_outputs(cell: Any, say: Say) -> None:
    for output in cell.outputs:
        text = output_text(output)
        if text.strip():
            say(textwrap.indent(text.rstrip(), "    "))


def output_text(output: Any) -> str:
    """Return an output as plain text, without anything that a terminal would obey."""
    match output.output_type:
        case "stream":
            text = output.text
        case "error":
            text = "\n".join(output.traceback)
        case _:
            text = output.data.get("text/plain", "")
    plain = _ESCAPES.sub("", text)
    return "".join(c for c in plain if c.isprintable() or c in "\n\t")
