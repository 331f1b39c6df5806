"""The progress of many prompts: a line that is rewritten in a notebook, a bar in a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ...render.notice import Said

EVERY_S = 0.5
WIDTH = 20  # characters
Draw = Callable[[Any], None]


@contextmanager
def shown() -> Iterator[Draw]:
    """Give the function that draws the progress here; it does nothing where nobody looks."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if getattr(shell, "kernel", None) is not None:
        yield _line()
    elif sys.stderr.isatty():
        with _bar() as draw:
            yield draw
    else:
        yield lambda _: None


def bar(done: int, total: int) -> str:
    """Return how much is done as a bar of characters."""
    full = WIDTH * done // total if total else WIDTH
    return "▰" * full + "▱" * (WIDTH - full)


def _line() -> Draw:
    """Return what draws a line of plain words: one a notebook without a kernel still shows."""
    from IPython.display import display  # late: a script without IPython gets here, too

    began, last = time.monotonic(), 0.0
    handle: Any = None

    def draw(mapped: Any) -> None:
        nonlocal handle, last
        now = time.monotonic()
        if handle is not None and mapped.failed and now - last < EVERY_S:
            return
        last = now
        done = bar(len(mapped.values), len(mapped))
        line = Said(f"{done} {mapped.counts}, {now - began:.0f} s")
        if handle is None:
            handle = display(line, display_id=True)
        else:
            handle.update(line)

    return draw


@contextmanager
def _bar() -> Iterator[Draw]:
    from rich.console import Console  # late: rich is heavy
    from rich.progress import MofNCompleteColumn, Progress

    with Progress(
        *Progress.get_default_columns(), MofNCompleteColumn(), console=Console(stderr=True)
    ) as progress:
        task = progress.add_task("asking")
        yield lambda mapped: progress.update(
            task, total=len(mapped), completed=len(mapped) - len(mapped.failed)
        )
