"""Long answers, in their short form: sizes are judged, times are printed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.bench.length import (
    SHORT_GROWTH,
    SHORT_S,
    SHORT_WATCHED,
    lengths_table,
    measure_lengths,
    powers,
)
from tests.bench.pages import LENGTHS, PER_TICK, TICKS, page_work, pages_table
from tests.conftest import Figures, OpenNotebook

GROWTH = 1.05
"""The most by which the bytes may grow with the length, as an exponent; it is 0.8 to 1."""

MOST_TIMES = 8
"""For 200 times the length. It is 2; 20 if the browser looks at each paragraph in each frame."""


@pytest.mark.timeout(400)
def test_a_longer_answer_takes_no_more_bytes_for_a_token(
    open_notebook: OpenNotebook, figures: Figures
) -> None:
    found = measure_lengths(open_notebook, SHORT_GROWTH, (), 0)
    figures(lengths_table(found))
    assert all(live.seen == live.load.tokens for _, live in found.growth)
    assert powers(found.growth)["bytes"] < GROWTH


@pytest.mark.long
@pytest.mark.timeout(400)
def test_a_page_can_be_used_while_it_streams(open_notebook: OpenNotebook, figures: Figures) -> None:
    found = measure_lengths(open_notebook, (), SHORT_WATCHED, SHORT_S)
    figures(lengths_table(found))
    assert all(len(felt.frames.lengths) > SHORT_S and felt.keys for felt in found.smooth)


def test_the_page_works_no_more_for_a_token_of_a_longer_answer(
    browser: Browser, figures: Figures
) -> None:
    works = [page_work(browser, tokens) for tokens in LENGTHS]
    figures(pages_table(works))
    assert [work.seen for work in works] == [n + TICKS * PER_TICK for n in LENGTHS]
    assert works[-1].all < MOST_TIMES * works[0].all
