"""A turn looks the same event by event, with joined deltas, and from the server's own record."""

from __future__ import annotations

from pathlib import Path

import pytest

from opencode_magic.live.page.board import Board, Scene
from opencode_magic.model.transcript import Transcript, coalesce, reduce
from opencode_magic.render.describe import items
from opencode_magic.render.html import block_html
from tests.harness.recorded import STREAMS, events, played, record, recorded_end
from tests.live.page import Page


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
def test_all_three_ways_give_the_same_blocks(path: Path) -> None:
    kept = items(recorded_end(path))
    assert kept or path.stem == "retry_stopped"  # nothing ever came
    assert items(played(path)) == kept
    assert items(played(path, coalesce(events(path)))) == kept


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
def test_a_page_that_followed_every_event_shows_what_the_record_shows(path: Path) -> None:
    board, page = Board(block_html, wall=lambda: 0), Page()
    transcript = Transcript(next(iter(record(path))))
    for event in events(path):
        transcript = reduce(transcript, event)
        page.apply(board.ops(Scene(items(transcript)), now=0, all_of_it=True))
    fresh = Board(block_html, wall=lambda: 0)
    kept = Page(fresh.ops(Scene(items(recorded_end(path))), now=0))
    assert page.seen() == kept.seen()
