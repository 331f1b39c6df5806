"""The figures as a table for a terminal."""

from __future__ import annotations

import os
from collections.abc import Iterator

from .loads import Load
from .measure import PER_SECOND, Bulk, Latency, Report

NAMES = {
    "none": "decoding alone",
    "live": "live view",
    "html": "ipywidgets.HTML re-assigned",
}


def table(report: Report) -> str:
    """All figures, and the ratios between the live view and what it is compared with."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    busy = ", ".join(f"{average:.1f}" for average in os.getloadavg())
    yield f"load of the machine now: {busy} on {os.cpu_count()} cores"
    yield f"%load_ext opencode_magic over bare IPython: {report.load_ms:.0f} ms"
    yield ""
    yield f"token to page, ms, at {PER_SECOND:.0f} tokens/s (p50 / p95 / most)"
    yield f"{'':62}{'model to page':>20}{'event to page':>20}"
    for latency in report.latencies:
        yield _latency(latency)
    yield ""
    yield "a whole turn"
    yield (
        f"{'':44}{'streamed':>10}{'result':>10}{'B/token':>9}{'messages':>9}"
        f"{'kernel CPU':>11}{'page busy':>10}{'turn':>8}"
    )
    for load in dict.fromkeys(bulk.load for bulk in report.bulks):
        yield load.name
        yield from (_bulk(report.bulk(how, load)) for how in NAMES)
        yield _ratio(report, load)


def _latency(latency: Latency) -> str:
    name = f"{NAMES[latency.how]}, {latency.place}"
    spreads = (latency.whole, latency.ours)
    shown = (f"{s.p50:.0f} / {s.p95:.0f} / {s.most:.0f}" for s in spreads)
    return f"{name:62}" + "".join(f"{words:>20}" for words in shown)


def _bulk(bulk: Bulk) -> str:
    return (
        f"  {NAMES[bulk.how]:42}{_size(bulk.streamed_bytes):>10}{_size(bulk.result_bytes):>10}"
        f"{bulk.streamed_bytes / bulk.load.tokens:9.0f}{bulk.messages:9}"
        f"{bulk.cpu_s:9.2f} s{bulk.page_s:8.2f} s{bulk.seconds:6.1f} s"
    )


def _ratio(report: Report, load: Load) -> str:
    alone, live, html = (report.bulk(how, load) for how in NAMES)
    drawn, redrawn = live.cpu_s - alone.cpu_s, html.cpu_s - alone.cpu_s
    times = html.streamed_bytes / live.streamed_bytes
    return (
        f"  re-assigned: {times:.1f} times the bytes of the live view; kernel CPU beyond decoding: "
        f"{redrawn:.2f} s, live {drawn:.2f} s"
    )


def _size(number: int) -> str:
    return f"{number / 1000:,.0f} kB"
