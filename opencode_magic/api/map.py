"""Many prompts at once from Python, a few at a time: what is done is kept, whatever happens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, overload

from ..client import Client
from ..errors import InputError, OpencodeError, UnaskedError
from ..turns.checks import check_prompt
from .ask import How, agree, ask_aside

MOST_WORKERS = 32
SHOWN_EVERY_S = 0.25
Progress = Callable[["Mapped"], None]


class Mapped(Sequence[Any]):
    """What came of each prompt, in order: a value, or the exception it failed with.

    Parameters
    ----------
    prompts:
        what was asked.
    """

    def __init__(self, prompts: Sequence[str]) -> None:
        self.prompts = tuple(prompts)
        self._results: list[Any] = [UnaskedError("not asked yet") for _ in prompts]

    @property
    def failed(self) -> dict[int, Exception]:
        """The exceptions by their places: what another call with this as `previous` asks."""
        return {n: r for n, r in enumerate(self._results) if isinstance(r, Exception)}

    @property
    def values(self) -> list[Any]:
        """The values alone, in order."""
        return [r for r in self._results if not isinstance(r, Exception)]

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        return self._results[index]

    def __len__(self) -> int:
        return len(self._results)

    @property
    def counts(self) -> str:
        """`3 of 5 done, 1 failed, 1 not asked`."""
        left = self.failed.values()
        unasked = sum(isinstance(error, UnaskedError) for error in left)
        failed = f", {len(left) - unasked} failed" if len(left) > unasked else ""
        rest = f", {unasked} not asked" if unasked else ""
        return f"{len(self) - len(left)} of {len(self)} done{failed}{rest}"

    def __repr__(self) -> str:
        return f"<Mapped: {self.counts}>"


def map_prompts(
    client: Client,
    prompts: Sequence[str],
    *,
    workers: int,
    previous: Mapped | None,
    progress: Progress | None,
    keep: Callable[[Mapped], None],
    **options: Any,
) -> Mapped:
    """Ask many prompts for `OpenCode.map`, which explains the other parameters.

    Parameters
    ----------
    progress:
        is called with what there is so far; None shows nothing.
    keep:
        is called once with the object the results go to, before anything is asked.
    """
    if isinstance(prompts, str):
        raise InputError("map takes a list of prompts; `ask` takes one")
    prompts = [*prompts]
    if not 1 <= workers <= MOST_WORKERS:
        raise InputError(f"workers is 1 to {MOST_WORKERS}, not {workers}")
    if previous is not None and previous.prompts != tuple(prompts):
        raise InputError("these are not the prompts of `previous`: it only goes on with its own")
    for number, prompt in enumerate(prompts):
        if not isinstance(prompt, str) or not prompt.strip():
            raise InputError(f"prompt {number} is no text: {prompt!r}")
        check_prompt(prompt)
    mapped = Mapped(prompts) if previous is None else previous
    keep(mapped)
    if left := sorted(mapped.failed):
        how = agree(client, **options)
        _run(client, mapped, left, how, workers, progress or (lambda _: None))
    return mapped


def _run(
    client: Client,
    mapped: Mapped,
    left: Sequence[int],
    how: How,
    workers: int,
    progress: Progress,
) -> None:
    """Ask what is left. An interrupt stops the running turns; what is done by then is kept."""
    stop = threading.Event()
    results = mapped._results

    def one(number: int) -> None:
        if stop.is_set():
            return
        try:
            prompt = mapped.prompts[number]
            results[number] = ask_aside(client, prompt, how, stopped=stop.is_set)
        except OpencodeError as error:
            results[number] = UnaskedError("stopped") if stop.is_set() else error
        # A bug ends all, with its traceback: `result()` below raises it.

    pool = ThreadPoolExecutor(workers, thread_name_prefix="opencode-map")
    try:
        running: set[Future[None]] = {pool.submit(one, number) for number in left}
        progress(mapped)
        while running:
            done, running = wait(running, SHOWN_EVERY_S, FIRST_COMPLETED)
            for future in done:
                future.result()
            progress(mapped)
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
        progress(mapped)
