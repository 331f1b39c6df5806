"""A tree of 100,000 files: what is kept of it is judged, the times are printed."""

from __future__ import annotations

from pathlib import Path

from tests.bench.trees import flat, opened, spread
from tests.conftest import Figures

MOST_BYTES = 10_000


def test_a_tree_of_100_000_files_is_small_and_says_what_it_leaves_out(
    tmp_path: Path, figures: Figures
) -> None:
    spread(tmp_path / "spread")
    flat(tmp_path / "flat")
    all_opened = [
        opened("in 110 folders", tmp_path / "spread"),
        opened("in one folder", tmp_path / "flat"),
    ]
    figures("\n".join(map(str, all_opened)))
    for each in all_opened:
        assert each.saved_bytes < 3 * MOST_BYTES  # as HTML, Markdown and text
        assert len(each.bundle["text/html"].encode()) < MOST_BYTES
        assert each.found == 1
        assert "not shown" in each.bundle["text/plain"] or "more" in each.bundle["text/plain"]
