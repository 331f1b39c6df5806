"""Runs the measurements in one notebook, one after the other, in one kernel on one server."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tests
from opencode_magic.demo.script import Action, Say, StreamTokens
from tests.harness.notebook import Notebook

from .loads import Load
from .stamps import count_tokens, stamps_seen, watch_stamps

ROOT = Path(tests.__file__).parents[1]
CELL_S = 200.0
PER_SECOND = 200.0

PREPARE = f"""\
import sys
sys.path.insert(0, {str(ROOT)!r})
%load_ext opencode_magic
from opencode_magic.demo.script import Say, StreamTokens
from tests.bench import inside
inside.warm_up('0.json')"""


@dataclass(frozen=True)
class Plan:
    """How much to measure."""

    stamped: int
    """Tokens at a reader's pace, of which each is timed."""
    after: Sequence[Load | None]
    """What the answer holds already when they begin."""
    bulk: Sequence[Load]
    """Whole turns."""
    loads: int


FULL = Plan(
    stamped=4000,  # 20 s, so that a hidden copy is made meanwhile
    after=(None, Load(20_000), Load(20_000, markdown=True)),
    bulk=(
        Load(5000),
        Load(20_000),
        Load(5000, per_second=1000),
        Load(20_000, per_second=1000),
        Load(20_000, per_second=2000, markdown=True),
    ),
    loads=9,
)
SHORT = Plan(
    stamped=200,
    after=(None,),
    bulk=(Load(5000), Load(20_000, per_second=2000)),
    loads=3,
)


@dataclass(frozen=True)
class Spread:
    """Milliseconds of many tokens."""

    p50: float
    p95: float
    most: float

    @classmethod
    def of(cls, found: Sequence[float]) -> Spread:
        cuts = statistics.quantiles(found, n=20, method="inclusive")
        return cls(statistics.median(found), cuts[18], max(found))


@dataclass(frozen=True)
class Latency:
    """How late stamped tokens were on the page."""

    how: str
    after: Load | None
    seen: int
    whole: Spread
    """From the model to the page: it includes the server's own time."""
    ours: Spread
    """From the event stream, in the kernel, to the page."""

    @property
    def place(self) -> str:
        """Where in the answer the tokens stood."""
        return f"after {self.after.amount}" if self.after else "at its beginning"


@dataclass(frozen=True)
class Bulk:
    """What a whole turn cost."""

    how: str
    load: Load
    seen: int
    """Tokens on the page after the turn (`none` shows nothing)."""
    characters: int
    cpu_s: float
    seconds: float
    streamed_bytes: int
    """To the page while the turn ran, hidden copies included."""
    result_bytes: int
    """The static form in the end, which is the same for all."""
    messages: int
    page_s: float
    """What the page's main thread worked."""


@dataclass(frozen=True)
class Report:
    """All figures of one run."""

    latencies: tuple[Latency, ...]
    bulks: tuple[Bulk, ...]
    load_ms: float

    def bulk(self, how: str, load: Load) -> Bulk:
        return next(b for b in self.bulks if (b.how, b.load) == (how, load))


def measure(
    open_notebook: Callable[[Sequence[str]], Notebook], plan: Plan, *, connect: str = ""
) -> Report:
    """Run the plan in a new notebook; the load time is measured first, while it is quiet.

    `connect` is what the first cell begins with to use a server that runs already.
    """
    from .load import load_ms

    loading = load_ms(plan.loads)
    latencies = [(how, after) for after in plan.after for how in ("live", "html")]
    bulks = [(how, load) for load in plan.bulk for how in ("none", "live", "html")]
    cells = ["\n".join(filter(None, (connect, PREPARE)))]
    for how, after in latencies:
        cells.append(cell("arrivals", how, [*_before(after), _stamped(plan)], len(cells)))
    for how, load in bulks:
        cells.append(cell("bulk", how, [load.action], len(cells)))
    notebook = open_notebook(cells)
    bench = Bench(notebook)
    bench.run(0)
    bench.result(0)
    found_latencies = tuple(
        bench.latency(index, how, after) for index, (how, after) in enumerate(latencies, 1)
    )
    first = len(latencies) + 1
    found_bulks = tuple(
        bench.bulk(index, how, load) for index, (how, load) in enumerate(bulks, first)
    )
    return Report(found_latencies, found_bulks, loading)


def _before(load: Load | None) -> list[Action]:
    """The answer so far, and a pause in which the server catches up with it."""
    return [load.action, Say("\n\n" + "." * 25, size=1, delay_s=0.2)] if load else []


def _stamped(plan: Plan) -> Action:
    return StreamTokens(plan.stamped, per_second=PER_SECOND, stamped=True)


def cell(function: str, how: str, actions: Sequence[Action], index: int) -> str:
    return f"inside.{function}({how!r}, {list(actions)!r}, '{index}.json')"


class Bench:
    """The notebook's cells, run one by one."""

    def __init__(self, notebook: Notebook) -> None:
        self.notebook = notebook
        self._devtools = notebook.context.new_cdp_session(notebook.page)
        self._devtools.send("Performance.enable")

    def run(self, index: int, *, timeout_s: float = CELL_S) -> None:
        self.notebook.run(index)
        self.notebook.wait_done(index, timeout_s=timeout_s)

    def latency(self, index: int, how: str, after: Load | None) -> Latency:
        page = self.notebook.page
        watch_stamps(page)
        self.run(index)
        arrived = self.result(index)
        seen = stamps_seen(page)
        return Latency(
            how,
            after,
            len(seen),
            Spread.of([when - sent for sent, when in seen.values()]),
            Spread.of([when - arrived[number] for number, (_, when) in seen.items()]),
        )

    def bulk(self, index: int, how: str, load: Load, *, timeout_s: float = CELL_S) -> Bulk:
        before = self.worked_s()
        self.run(index, timeout_s=timeout_s)
        figures = self.result(index)
        seen = 0 if how == "none" else self._wait_for_tokens(index, load.tokens)
        return Bulk(how, load, seen, page_s=self.worked_s() - before, **figures)

    def _wait_for_tokens(self, index: int, tokens: int) -> int:
        """The page may still be at work when the kernel is done."""
        end = time.monotonic() + 30
        while (seen := count_tokens(self.notebook.page, index, tokens)) < tokens:
            if time.monotonic() > end:
                break
            self.notebook.page.wait_for_timeout(50)
        return seen

    def _text(self, index: int) -> str:
        return self.notebook.output(index).text_content() or ""

    def result(self, index: int) -> Mapping[str, Any]:
        file = self.notebook.path.parent / f"{index}.json"
        assert file.is_file(), f"cell {index} failed:\n{self._text(index)[:4000]}"
        found: Mapping[str, Any] = json.loads(file.read_text("utf-8"))
        return found

    def worked_s(self) -> float:
        """What the page's main thread has worked so far."""
        metrics = self._devtools.send("Performance.getMetrics")["metrics"]
        return float(next(m["value"] for m in metrics if m["name"] == "TaskDuration"))
