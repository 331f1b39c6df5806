"""Very long answers in a real page: what a token costs the longer the answer gets.

A page is compared with one that shows a `Label` of ipywidgets which changes as often: what the
browser does for JupyterLab's own page, above all its collections of garbage, is the same there.

`python -m tests.bench.length` measures all of it, `--at 200 100000` answers of these lengths at
this pace from their beginning to their end.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from opencode_magic.demo.script import Action, Say, StreamTokens
from tests.harness.notebook import Notebook

from .frames import Frames, frames_seen, watch_frames
from .loads import Load
from .measure import CELL_S, PREPARE, Bench, Bulk, cell
from .stage import notebooks

PASSED_ON = 2000
"""Tokens a second that the server passes on as they come; with more it is silent for up to 35 s."""
LENGTHS = (25_000, 50_000, 100_000, 200_000)
GROWTH = tuple(Load(n, pace) for pace in (PASSED_ON, 0) for n in LENGTHS)
SHORT_GROWTH = (Load(10_000), Load(40_000))
WATCHED = tuple(Load(n, PASSED_ON) for n in (1_000, 50_000, 100_000, 200_000))
"""What an answer holds already when its page is watched."""
SHORT_WATCHED = (Load(10_000),)
PER_SECOND = 200  # while it is watched
WATCHED_S = 30
"""So that the browser collects garbage at least once: half a minute after the page was loaded."""
SHORT_S = 6
LONG_MS = 50
TYPED, LIVE, ALONE = 1, 2, 3  # cells
PAUSE = "Watch this."

_WRITTEN = """(words) => [...document.querySelectorAll(".ocm-chunk")].slice(-3)
  .some((chunk) => chunk.textContent.includes(words))"""
# How long the page takes to go to another cell, and to show a key that is typed there.
_ENTER = """(editor) => new Promise((done) => {
  const began = performance.now();
  editor.focus({ preventScroll: true });
  requestAnimationFrame(() => done(performance.now() - began));
})"""
_TYPE = """(editor) => new Promise((done) => {
  const began = performance.now();
  const seen = new MutationObserver(() => {
    seen.disconnect();
    requestAnimationFrame(() => done(performance.now() - began));
  });
  seen.observe(editor, { subtree: true, childList: true, characterData: true });
  document.execCommand("insertText", false, "x");
})"""


@dataclass(frozen=True)
class Smooth:
    """How a page bears a cell that goes on drawing."""

    what: str
    busy: float
    """The share of the time that the page's main thread worked."""
    frames: Frames
    entered: float
    """Milliseconds of going to another cell, before the frames: it is JupyterLab's own work."""
    keys: tuple[float, ...]
    """Milliseconds from a key in that cell until it was drawn."""


@dataclass(frozen=True)
class Lengths:
    """All figures of one run."""

    growth: tuple[tuple[Bulk, Bulk], ...]
    """The stream decoded alone, and the live view, by length."""
    smooth: tuple[Smooth, ...]


def measure_lengths(
    open_notebook: Callable[[Sequence[str]], Notebook],
    growth: Sequence[Load],
    watched: Sequence[Load],
    seconds: float,
    say: Callable[[str], None] = lambda _: None,
) -> Lengths:
    """Measure each length in a notebook of its own: nothing that stands above it counts."""
    grown = []
    for load in growth:
        limit_s = CELL_S + load.tokens / (load.per_second or 100)
        alone = cell("bulk", "none", [load.action], ALONE)
        with _opened(open_notebook, _live(load.action), alone) as bench:
            decoded = bench.bulk(ALONE, "none", load, timeout_s=limit_s)
            grown.append((decoded, bench.bulk(LIVE, "live", load, timeout_s=limit_s)))
        say(_growth_line(*grown[-1]))
    smooth = []
    for load in watched:
        more = StreamTokens(int(PER_SECOND * (seconds + 5)), per_second=PER_SECOND)
        pause = Say(f"\n\n{PAUSE}\n\n" + "." * 10, size=1, delay_s=0.2)
        with _opened(open_notebook, _live(load.action, pause, more)) as bench:
            _wait_until_long(bench.notebook, load)
            smooth.append(_felt(bench, f"after {load.amount}", seconds))
        say(_smooth_line(smooth[-1]))
    if watched:
        with _opened(open_notebook, f"inside.label({seconds + 5}, '{LIVE}.json')") as bench:
            bench.notebook.run(LIVE)
            bench.notebook.output(LIVE).locator(".widget-label").wait_for()
            smooth.append(_felt(bench, "a Label instead", seconds))
        say(_smooth_line(smooth[-1]))
    return Lengths(tuple(grown), tuple(smooth))


def _live(*actions: Action) -> str:
    return cell("bulk", "live", actions, LIVE)


@contextmanager
def _opened(open_notebook: Callable[[Sequence[str]], Notebook], *cells: str) -> Iterator[Bench]:
    notebook = open_notebook([PREPARE, "typed = ''", *cells])
    try:
        bench = Bench(notebook)
        bench.run(0)
        bench.result(0)
        yield bench
    finally:
        notebook.close()


def _wait_until_long(notebook: Notebook, load: Load) -> None:
    """Run the cell until the answer is that long, with a reader at its end."""
    notebook.run(LIVE)
    notebook.output(LIVE).locator(".ocm-written").wait_for(timeout=CELL_S * 1000)
    notebook.command("notebook:enable-output-scrolling")
    limit_s = CELL_S + load.tokens / 100
    notebook.page.wait_for_function(_WRITTEN, arg=PAUSE, polling=500, timeout=limit_s * 1000)


def _felt(bench: Bench, what: str, seconds: float) -> Smooth:
    """The page of a cell that runs, by somebody who types in another one."""
    page = bench.notebook.page
    editor = bench.notebook.cell(TYPED).locator(".cm-content")
    entered = float(editor.evaluate(_ENTER))
    keys: list[float] = []
    worked = bench.worked_s()
    watch_frames(page)
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        page.wait_for_timeout(1000)
        keys.append(float(editor.evaluate(_TYPE)))
    busy = (bench.worked_s() - worked) / (time.monotonic() - began)
    frames = frames_seen(page)
    bench.notebook.wait_done(LIVE, timeout_s=CELL_S)
    bench.result(LIVE)
    return Smooth(what, busy, frames, entered, tuple(keys))


_FIGURES: dict[str, Callable[[Bulk], float]] = {
    "bytes": lambda bulk: bulk.streamed_bytes,
    "kernel CPU": lambda bulk: bulk.cpu_s,
    "page": lambda bulk: bulk.page_s,
}


def exponent(points: Sequence[tuple[float, float]]) -> float:
    """By which power of the first figure the second grows: the slope of their logarithms."""
    xs, ys = zip(*((math.log(x), math.log(y)) for x, y in points), strict=True)
    return statistics.linear_regression(xs, ys).slope


def powers(pairs: Sequence[tuple[Bulk, Bulk]]) -> dict[str, float]:
    """How each cost of the live view grows with the length."""
    return {
        name: exponent([(live.load.tokens, figure(live)) for _, live in pairs])
        for name, figure in _FIGURES.items()
    }


def lengths_table(found: Lengths) -> str:
    """The figures as lines."""
    return "\n".join(_lines(found))


def _lines(found: Lengths) -> Iterator[str]:
    for pace in dict.fromkeys(live.load.per_second for _, live in found.growth):
        pairs = [pair for pair in found.growth if pair[1].load.per_second == pace]
        yield f"at {pace:,} tokens/s" if pace else "as fast as it comes"
        yield from (_growth_line(*pair) for pair in pairs)
        if len(pairs) > 1:
            words = ", ".join(f"{name} {power:.2f}" for name, power in powers(pairs).items())
            yield f"  growth with length, as an exponent: {words}"
    yield f"the page at {PER_SECOND} tokens/s"
    yield from map(_smooth_line, found.smooth)


def _growth_line(alone: Bulk, live: Bulk) -> str:
    return (
        f"  {live.load.amount:16} {live.streamed_bytes / live.load.tokens:5.1f} B/token, "
        f"{live.messages:5} messages, kernel {live.cpu_s:.1f} s, "
        f"decoding alone {alone.cpu_s:.1f} s "
        f"({live.cpu_s / alone.cpu_s:.2f} times), page {live.page_s:.1f} s, "
        f"turn {live.seconds:.0f} s, alone {alone.seconds:.0f} s"
    )


def _smooth_line(felt: Smooth) -> str:
    frames, calm = felt.frames.lengths, felt.frames.undisturbed
    high = statistics.quantiles(frames, n=1000)[-1]
    collected = ", ".join(f"{span.length:.0f}" for span in felt.frames.collections)
    return (
        f"  {felt.what:22} busy {felt.busy:.0%}, frames: "
        f"median {statistics.median(frames):.0f} ms, p99.9 {high:.0f} ms, {_worst(frames)}; "
        f"less the browser's collections of garbage ({collected or 0} ms): {_worst(calm)}; "
        f"{len(felt.frames.long_tasks)} tasks over {LONG_MS} ms; to another cell "
        f"{felt.entered:.0f} ms, a key there: median {statistics.median(felt.keys):.0f} ms, "
        f"worst {max(felt.keys):.0f} ms"
    )


def _worst(frames: Sequence[float]) -> str:
    return f"worst {max(frames):.0f} ms, {sum(frame > LONG_MS for frame in frames)} over {LONG_MS}"


def main(arguments: Sequence[str]) -> None:
    """Measure and print, each length as it is done."""
    parser = argparse.ArgumentParser("python -m tests.bench.length", description=__doc__)
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--short", action="store_true", help="what CI does")
    only.add_argument("--watched", action="store_true", help="the page alone")
    only.add_argument("--at", type=int, nargs="+", metavar="N", help="tokens a second, lengths")
    asked = parser.parse_args(arguments)
    plan: tuple[Sequence[Load], Sequence[Load], float] = (GROWTH, WATCHED, WATCHED_S)
    if asked.short:
        plan = (SHORT_GROWTH, SHORT_WATCHED, SHORT_S)
    elif asked.watched:
        plan = ((), WATCHED, WATCHED_S)
    elif asked.at:
        pace, *lengths = asked.at
        plan = (tuple(Load(n, pace) for n in lengths), (), 0)
    with notebooks() as open_notebook:
        print(lengths_table(measure_lengths(open_notebook, *plan, say=print)))


if __name__ == "__main__":
    main(sys.argv[1:])
