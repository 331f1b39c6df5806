"""The notebook that tours the client: it runs, and its table is that of the code."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat

from opencode_magic.commands.reference import reference, reference_markdown
from opencode_magic.demo.run import failures, output_text
from opencode_magic.demo.stage import set_up
from tests.cell.running import run
from tests.harness.machine import Machine
from tests.harness.server import PlainServer

NOTEBOOK = Path(__file__).parent.parent.parent / "notebooks" / "client.ipynb"


def test_it_runs_on_a_server_of_others(opencode_executable: Path) -> None:
    cells = nbformat.read(NOTEBOOK, as_version=4).cells  # type: ignore[no-untyped-call]
    sources = [cell.source for cell in cells if cell.cell_type == "code"]
    assert len([line for line in sources[0].splitlines() if line]) <= 10
    with set_up(opencode_executable, pace_s=0) as stage:
        machine = Machine(stage.root, dict(stage.env))
        server = PlainServer(opencode_executable, machine, stage.project)
        try:
            machine.env["OPENCODE_BASE_URL"] = server.url
            done = run(sources, stage.project, machine)
        finally:
            server.stop()
    assert [failure for cell in done.cells for failure in failures(cell)] == []
    said = "".join(output_text(output) for cell in done.cells for output in cell.outputs)
    for words in (
        "1.18.33",
        "a third too small",
        "may it? bash",
        "completed ['stats.py']",
        "NotFoundError there is no file 'nope.py'",
        "[('stats.py', 'modified')]",
        "['a tour, finished']",
        "SessionIdle",
        "'build'",
    ):
        assert words in said, said


def test_its_table_is_that_of_the_code(rewrite_snapshots: bool) -> None:
    kept = json.loads(NOTEBOOK.read_text("utf-8"))
    cell = kept["cells"][-1]
    title, _, table = "".join(cell["source"]).partition("\n\n")
    if rewrite_snapshots:
        table = reference_markdown()
        cell["source"] = f"{title}\n\n{table}".splitlines(keepends=True)
        NOTEBOOK.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
    assert table == reference_markdown()
    assert len(reference()) > 70
