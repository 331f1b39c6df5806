"""Very long answers in a real page: what a token costs the longer the answer gets.

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

from opencode_magic.demo.script import Action, Say, Tokens
from tests.harness.notebook import Notebook

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
WATCHED_S = 20
SHORT_S = 6
LONG_MS = 50
TYPED, LIVE, ALONE = 1, 2, 3  # cells
PAUSE = "Watch this."

# Each frame's length, and how long the page took to show a key that was pressed in another cell.
_WATCH = """() => {
  const frames = [], long = [];
  let last = performance.now(), on = true;
  const look = (now) => {
    frames.push(now - last);
    last = now;
    if (on) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  const area = document.querySelector(".jp-mod-outputsScrolled .jp-Cell-outputArea");
  const follow = setInterval(() => { area.scrollTop = area.scrollHeight; }, 250);
  const tasks = new PerformanceObserver((list) =>
    long.push(...list.getEntries().map((entry) => entry.duration)));
  tasks.observe({ type: "longtask" });
  window.framesSeen = () => {
    on = false;
    clearInterval(follow);
    tasks.disconnect();
    return [frames, long];
  };
}"""
_WRITTEN = """(words) => [...document.querySelectorAll(".ocm-chunk")].slice(-3)
  .some((chunk) => chunk.textContent.includes(words))"""
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
    """How a page bears an answer that goes on."""

    after: Load
    busy: float
    """The share of the time that the page's main thread worked."""
    frames: tuple[float, ...]
    """Milliseconds from one to the next."""
    long_tasks: tuple[float, ...]
    keys: tuple[float, ...]
    """Milliseconds from a key in another cell until it was drawn."""

    @property
    def worst(self) -> float:
        return max(self.frames)


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
        with _opened(open_notebook, [load.action]) as bench:
            alone = bench.bulk(ALONE, "none", load, timeout_s=limit_s)
            grown.append((alone, bench.bulk(LIVE, "live", load, timeout_s=limit_s)))
        say(_growth_line(*grown[-1]))
    smooth = []
    for load in watched:
        more = Tokens(int(PER_SECOND * (seconds + 5)), per_second=PER_SECOND)
        pause = Say(f"\n\n{PAUSE}\n\n" + "." * 10, size=1, delay_s=0.2)
        with _opened(open_notebook, [load.action, pause, more]) as bench:
            smooth.append(_felt(bench, load, seconds))
        say(_smooth_line(smooth[-1]))
    return Lengths(tuple(grown), tuple(smooth))


@contextmanager
def _opened(
    open_notebook: Callable[[Sequence[str]], Notebook], actions: Sequence[Action]
) -> Iterator[Bench]:
    live, alone = (cell("bulk", how, actions, n) for how, n in (("live", LIVE), ("none", ALONE)))
    notebook = open_notebook([PREPARE, "typed = ''", live, alone])
    try:
        bench = Bench(notebook)
        bench.run(0)
        bench.result(0)
        yield bench
    finally:
        notebook.close()


def _felt(bench: Bench, load: Load, seconds: float) -> Smooth:
    """A reader at the end of the answer, who types in another cell, once it is that long."""
    keys: list[float] = []
    page = bench.notebook.page
    bench.notebook.run(LIVE)
    bench.notebook.output(LIVE).locator(".ocm-written").wait_for(timeout=CELL_S * 1000)
    bench.notebook.command("notebook:enable-output-scrolling")
    limit_s = CELL_S + load.tokens / 100
    page.wait_for_function(_WRITTEN, arg=PAUSE, polling=500, timeout=limit_s * 1000)
    worked = bench.worked_s()
    page.evaluate(_WATCH)
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        page.wait_for_timeout(1000)
        keys.append(_key(bench.notebook))
    frames, long = page.evaluate("() => window.framesSeen()")
    busy = (bench.worked_s() - worked) / (time.monotonic() - began)
    bench.notebook.wait_done(LIVE, timeout_s=CELL_S)
    bench.result(LIVE)
    return Smooth(load, busy, tuple(frames), tuple(long), tuple(keys))


def _key(notebook: Notebook) -> float:
    editor = notebook.cell(TYPED).locator(".cm-content")
    editor.evaluate("(editor) => editor.focus({ preventScroll: true })")
    return float(editor.evaluate(_TYPE))


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
    high = statistics.quantiles(felt.frames, n=1000)[-1]
    return (
        f"  after {felt.after.amount:16} busy {felt.busy:.0%}, frames: median "
        f"{statistics.median(felt.frames):.0f} ms, p99.9 {high:.0f} ms, worst {felt.worst:.0f} ms, "
        f"{sum(frame > LONG_MS for frame in felt.frames)} over {LONG_MS} ms, "
        f"{len(felt.long_tasks)} tasks over {LONG_MS} ms; a key in another cell: "
        f"median {statistics.median(felt.keys):.0f} ms, worst {max(felt.keys):.0f} ms"
    )


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
