"""The short form of the benchmark. Times are printed, not judged: the machine is shared."""

from __future__ import annotations

import pytest

from tests.bench.measure import SHORT, measure
from tests.bench.table import NAMES, table
from tests.conftest import Figures, OpenNotebook

FEWER_BYTES = 3
"""Re-assignment must stream this many times our bytes for 20 000 tokens in 10 s."""


@pytest.mark.timeout(600)
def test_the_live_view_streams_everything_in_fewer_bytes_than_reassignment(
    open_notebook: OpenNotebook, figures: Figures
) -> None:
    report = measure(open_notebook, SHORT)
    figures(table(report))
    assert report.load_ms > 0
    assert {latency.seen for latency in report.latencies} == {SHORT.stamped}
    assert all(b.seen == b.load.tokens for b in report.bulks if b.how != "none")
    assert all(b.cpu_s > 0 and b.messages > 0 for b in report.bulks if b.how != "none")
    for load in SHORT.bulk:
        assert len({report.bulk(how, load).characters for how in NAMES}) == 1
    paced = SHORT.bulk[-1]
    live, html = report.bulk("live", paced), report.bulk("html", paced)
    assert live.streamed_bytes * FEWER_BYTES < html.streamed_bytes
