"""The short form of the benchmark. Times are printed, not judged: the machine is shared."""

from __future__ import annotations

import pytest

from tests.bench.measure import SHORT, measure
from tests.bench.table import table
from tests.conftest import OpenNotebook

FEWER_BYTES = 1.5
"""Re-assignment must stream this many times our bytes for 20 000 tokens."""


@pytest.mark.timeout(600)
def test_the_live_view_streams_everything_in_fewer_bytes_than_reassignment(
    open_notebook: OpenNotebook, capsys: pytest.CaptureFixture[str]
) -> None:
    report = measure(open_notebook, SHORT)
    with capsys.disabled():
        print("\n" + table(report))
    assert report.load_ms > 0
    assert {latency.seen for latency in report.latencies} == {SHORT.stamped}
    assert all(b.seen == b.tokens for b in report.bulks if b.how != "none")
    assert len({b.characters for b in report.bulks if b.tokens == 20_000}) == 1
    assert all(b.cpu_s > 0 and b.messages > 0 for b in report.bulks if b.how != "none")
    live, html = report.bulk("live", 20_000), report.bulk("html", 20_000)
    assert live.streamed_bytes * FEWER_BYTES < html.streamed_bytes
