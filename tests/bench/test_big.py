"""Big outputs and diffs: sizes are judged, times are printed, for the machine is shared."""

from __future__ import annotations

import json

import pytest

from tests.bench.big import SIZE, TEXTS, one_event, printed
from tests.bench.diffs import CHANGED, MOST_BYTES, measured
from tests.bench.frames import frames_seen, watch_frames
from tests.bench.measure import ROOT
from tests.conftest import Figures, OpenNotebook

PREPARE = f"""\
import sys
sys.path.insert(0, {str(ROOT)!r})
%load_ext opencode_magic
from tests.bench import inside
inside.warm_up('0.json')"""
PAGE_BYTES = 60_000
SAVED_BYTES = 60_000


@pytest.mark.parametrize("name", TEXTS)
def test_an_event_of_50_mb_costs_the_page_and_the_file_little(name: str, figures: Figures) -> None:
    cost = one_event(name, TEXTS[name])
    figures(str(cost))
    assert len(TEXTS[name]) > SIZE * 0.9
    assert cost.page_bytes < PAGE_BYTES
    assert cost.saved_bytes < SAVED_BYTES
    assert "(50.0 MB) not shown" in cost.saved or "50.0 MB not shown" in cost.saved
    assert sum(cost.steps.values()) < 20  # a stall, not a slow machine


@pytest.mark.timeout(300)
def test_a_command_that_prints_50_mb_and_a_diff_of_5000_lines(
    open_notebook: OpenNotebook, figures: Figures
) -> None:
    notebook = open_notebook([PREPARE, "inside.big('1.json')"])
    notebook.run(0)
    notebook.wait_done(0, timeout_s=90)
    watch_frames(notebook.page)
    notebook.run(1)
    notebook.wait_done(1, timeout_s=90)
    frame_ms = max(frames_seen(notebook.page).lengths)
    measures = json.loads((notebook.path.parent / "1.json").read_text("utf-8"))
    diffs = [measured(changed, notebook.page) for changed in (CHANGED, 10 * CHANGED)]
    figures("\n".join([printed(measures, frame_ms), *map(str, diffs)]))
    text = notebook.output(1).text_content() or ""
    assert measures["state"] == "completed"
    assert "The server kept only the end of the output, 30.0 kB. All of it is in:" in text
    assert "not shown" in text
    whole, cut = diffs
    assert whole.html_bytes < MOST_BYTES
    assert whole.html.count("ocm-add") == CHANGED // 2
    assert whole.height > 50_000  # really laid out, all of it
    assert cut.html_bytes < MOST_BYTES
    summary = cut.html.partition("<pre")[0]  # a larger one says so first
    assert "50,000 changed lines: the first 400 lines of the diff are shown" in summary
