"""`/doctor` sees what the command line cannot: this kernel, and its page."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from opencode_magic.doctor.page import page
from opencode_magic.live.reach import Reach, reach
from tests.cell.cells import LOAD
from tests.conftest import OpenNotebook


@pytest.mark.parametrize(
    ("seen", "states"),
    [
        (Reach(kernel=False), {"page": "ok"}),
        (Reach(kernel=True, person=False), {"page": "unknown"}),
        (Reach(kernel=True, unfit="no shell stream"), {"clicks": "warn"}),
        (Reach(kernel=True), {"page": "warn", "clicks": "ok"}),
        (Reach(kernel=True, answered_s=0.1), {"page": "ok", "clicks": "ok"}),
    ],
)
def test_what_does_not_work_here_is_a_warning_with_a_way_out(
    seen: Reach, states: dict[str, str]
) -> None:
    findings = page(seen)
    assert {finding.name: finding.state for finding in findings} == states
    assert all(finding.fix for finding in findings if finding.state == "warn")


def test_a_kernel_of_an_unknown_make_is_not_tapped() -> None:
    assert "no shell stream" in reach(SimpleNamespace(_allow_stdin=True)).unfit
    assert not reach(SimpleNamespace(_allow_stdin=False)).person
    assert not reach(None).kernel


def test_in_a_page_it_asks_the_page_and_leaves_a_table(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([LOAD, "found = %opencode /doctor\nfound"])
    for index in range(2):
        notebook.run(index)
        notebook.wait_done(index)
    text = notebook.text(1)
    assert "shows widgets, answered in" in text
    assert "arrive while a cell runs" in text
    assert "starts in" in text
    assert "fake (" in text
    notebook.screenshot("doctor-light")
    notebook.theme("dark")
    notebook.screenshot("doctor-dark")
    notebook.save()
    assert "widget-view" not in str(notebook.saved_outputs(1))
