"""A review of thousands of hunks, in a real JupyterLab."""

from __future__ import annotations

import json

from playwright.sync_api import expect

from tests.conftest import OpenNotebook

from .test_accessible_in_lab import faults
from .test_in_lab import START

FILES, HUNKS = 60, 200
ALL = FILES * HUNKS
TOGGLE_MS = """box => {
  const began = performance.now();
  box.click();
  return performance.now() - began;
}"""


def test_thousands_of_hunks_do_not_stall_the_page(same_notebook: OpenNotebook) -> None:
    notebook = same_notebook([START, f"feed.review({FILES}, {HUNKS})", "print('next')"])
    notebook.run_all()
    asked = notebook.output(1).get_by_role("group", name="Review the changes", exact=False).first
    expect(asked).to_be_visible()
    count = asked.get_by_role("status").first
    expect(count).to_have_text(f"{ALL} of {ALL} hunks kept, 0 to be undone")
    boxes = asked.locator("input")
    expect(boxes).to_have_count(FILES + 1)  # of hunks, none before its file is opened
    expect(asked.get_by_text("picture.png cannot be undone: it is binary")).to_be_visible()
    everything = asked.get_by_role("checkbox", name="All files")
    assert everything.evaluate(TOGGLE_MS) < 500  # 2 were measured
    expect(count).to_have_text(f"0 of {ALL} hunks kept, {ALL} to be undone")

    last = asked.get_by_role("group", name=f"folder/file-{FILES - 1}.txt", exact=True)
    last.locator("summary").click()
    hunk = last.get_by_role("group", name="line 12, +1 -1", exact=True)
    expect(hunk.locator(".ocm-add")).to_have_text("+<b>new</b>")
    expect(hunk.get_by_role("checkbox")).not_to_be_checked()
    hunk.get_by_role("checkbox").check()
    expect(count).to_have_text(f"1 of {ALL} hunks kept, {ALL - 1} to be undone")
    expect(boxes).to_have_count(FILES + 1 + HUNKS)
    mixed = last.get_by_role("checkbox", name=f"folder/file-{FILES - 1}.txt", exact=False)
    assert mixed.evaluate("box => box.indeterminate")
    assert faults(notebook, ".ocm-review") == []
    notebook.screenshot("review-long")
    asked.get_by_role("button", name="Apply decision").click()
    notebook.wait_done(2)
    undone = json.loads((notebook.path.parent / "review.json").read_text())
    kept = {(f, h) for f in range(FILES) for h in range(HUNKS)} - {tuple(p) for p in undone}
    assert kept == {(FILES - 1, 1)}
