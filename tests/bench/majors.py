"""The same turns on servers of both majors, side by side."""

from __future__ import annotations

from collections.abc import Iterator

from .measure import Report
from .table import NAMES


def side_by_side(first: Report, second: Report) -> str:
    """The live view on OpenCode 1 and 2, and the ratio of 2 to 1."""
    return "\n".join(_lines(first, second))


def _lines(first: Report, second: Report) -> Iterator[str]:
    yield f"{NAMES['live']} on both majors{'':36}{'1.x':>12}{'2.x':>12}{'2.x / 1.x':>12}"
    pairs = zip(first.latencies, second.latencies, strict=True)
    for one, two in ((a, b) for a, b in pairs if a.how == "live"):
        for name, x, y in (("model", one.whole, two.whole), ("event", one.ours, two.ours)):
            yield _row(f"{name} to page, ms p50, {one.place}", x.p50, y.p50)
            yield _row(f"{name} to page, ms p95, {one.place}", x.p95, y.p95)
    for load in dict.fromkeys(bulk.load for bulk in first.bulks):
        yield load.name
        a, b = first.bulk("live", load), second.bulk("live", load)
        yield _row("  streamed, kB", a.streamed_bytes / 1000, b.streamed_bytes / 1000)
        yield _row("  messages to the page", a.messages, b.messages)
        yield _row("  kernel CPU, s", a.cpu_s, b.cpu_s)
        yield _row("  page busy, s", a.page_s, b.page_s)
        yield _row("  turn, s", a.seconds, b.seconds)


def _row(name: str, one: float, two: float) -> str:
    ratio = f"{two / one:.2f}" if one else ""
    return f"{name:60}{one:12.2f}{two:12.2f}{ratio:>12}"
