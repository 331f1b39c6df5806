"""The figures as a table for a terminal."""

from __future__ import annotations

import os
from collections.abc import Iterator

from .measure import PER_SECOND, Bulk, Latency, Report

NAMES = {
    "live": "live view",
    "html": "ipywidgets.HTML re-assigned",
    "none": "stream and reduce alone",
}


def table(report: Report) -> str:
    """All figures, and the ratios between the live view and what it is compared with."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    load = ", ".join(f"{minutes:.1f}" for minutes in os.getloadavg())
    yield f"load of the machine now: {load} on {os.cpu_count()} cores"
    yield f"%load_ext opencode_magic over bare IPython: {report.load_ms:.0f} ms"
    yield ""
    yield f"token to page, ms, at {PER_SECOND:.0f} tokens/s (p50 / p95 / most)"
    yield f"{'':44}{'model to page':>20}{'event to page':>20}"
    for latency in report.latencies:
        yield _latency(latency)
    yield ""
    yield "a whole turn, as fast as the model can"
    yield (
        f"{'':44}{'streamed':>10}{'result':>10}{'B/token':>9}{'messages':>9}"
        f"{'kernel CPU':>11}{'page busy':>10}{'turn':>8}"
    )
    for bulk in report.bulks:
        yield _bulk(bulk)
    yield ""
    for tokens in sorted({bulk.tokens for bulk in report.bulks}):
        yield _ratio(report, tokens)


def _latency(latency: Latency) -> str:
    name = f"{NAMES[latency.how]}, after {latency.after:,} tokens"
    spreads = (latency.whole, latency.ours)
    shown = (f"{s.p50:.0f} / {s.p95:.0f} / {s.most:.0f}" for s in spreads)
    return f"{name:44}" + "".join(f"{words:>20}" for words in shown)


def _bulk(bulk: Bulk) -> str:
    name = f"{NAMES[bulk.how]}, {bulk.tokens:,} tokens"
    return (
        f"{name:44}{_size(bulk.streamed_bytes):>10}{_size(bulk.result_bytes):>10}"
        f"{bulk.streamed_bytes / bulk.tokens:9.0f}{bulk.messages:9}"
        f"{bulk.cpu_s:9.2f} s{bulk.page_s:8.2f} s{bulk.seconds:6.1f} s"
    )


def _ratio(report: Report, tokens: int) -> str:
    live, html = report.bulk("live", tokens), report.bulk("html", tokens)
    alone = report.bulk("none", tokens)
    drawn, redrawn = live.cpu_s - alone.cpu_s, html.cpu_s - alone.cpu_s
    return (
        f"{tokens:,} tokens: re-assignment streams {html.streamed_bytes / live.streamed_bytes:.1f} "
        f"times the bytes of the live view; kernel CPU beyond stream and reduce: "
        f"{drawn:.2f} s live, {redrawn:.2f} s re-assigned"
    )


def _size(number: int) -> str:
    return f"{number / 1000:,.0f} kB"
