"""Runs code of the agent in the user's shell, on the main thread, inside the cell that waits."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ..context.credentials import Censor
from ..context.delimited import without_tables_secrets
from ..context.describing import describe
from ..context.description import cut
from ..text.characters import sound
from .interrupts import Strikes
from .queue import ToolAnswer

MOST_BYTES = 16_000
VALUE_BYTES = 4_000
LOOK_EVERY_S = 0.1
STOPPED = "The user stopped it."
RAISED = "The code raised this itself: the user has not stopped it."

StopWaits = Callable[[], bool]


class StoppedError(Exception):
    """The user stopped the code; `answer` is for the agent."""

    def __init__(self, answer: ToolAnswer) -> None:
        super().__init__(STOPPED)
        self.answer = answer


def run(shell: Any, code: str, stop_waits: StopWaits) -> ToolAnswer:
    """Run code as if it stood in the cell: its output is shown there, and told to the agent.

    `stop_waits` says whether the user has pressed Stop; it is asked from another thread too.
    StoppedError where it, or an interrupt, ended the code.
    """
    kept = _Kept()
    _allow_await(shell, code)
    with Strikes() as strikes:
        try:
            with _captured(shell, kept), _stoppable(stop_waits):
                result = shell.run_cell(code, store_history=False)
        except KeyboardInterrupt:  # between the code and its end
            strikes.by_user = True
    # Whatever the code has made of it: the user wants it to end.
    if strikes.by_user:
        raise StoppedError(ToolAnswer(_told(kept, STOPPED), failed=True))
    error = result.error_before_exec or result.error_in_exec
    if error is not None:
        return ToolAnswer(_told(kept, _error_words(error)), failed=True)
    value = "" if result.result is None else describe(result.result, VALUE_BYTES).text
    return ToolAnswer(_told(kept, value) or "Done; it gave no output.")


def _error_words(error: BaseException) -> str:
    try:
        words = f"{type(error).__name__}: {error}"
    except Exception:  # a stranger's __str__
        words = type(error).__name__
    return f"{words}\n{RAISED}" if isinstance(error, KeyboardInterrupt) else words


def _told(kept: _Kept, end: str) -> str:
    censor = Censor()
    text = without_tables_secrets(kept.text(), censor)
    return cut(censor("\n".join(filter(None, (text, end)))), MOST_BYTES)


class _Kept:
    """The first part of what was printed, as much as the agent is given."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._left = MOST_BYTES
        self._cut = False

    def add(self, text: str) -> None:
        self._cut = self._cut or len(text) > self._left
        if self._left > 0:
            self._pieces.append(text[: self._left])
            self._left -= len(text)

    def text(self) -> str:
        return "".join(self._pieces) + ("\n... (more was printed)" if self._cut else "")


class _Tee:
    """A stream that also keeps what is written."""

    def __init__(self, stream: Any, kept: _Kept) -> None:
        self._stream = stream
        self._kept = kept

    def write(self, text: str) -> Any:
        if isinstance(text, str):
            text = sound(text)  # or the kernel's own stream would lose all that it holds
            self._kept.add(text)
        return self._stream.write(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def _captured(shell: Any, kept: _Kept) -> Iterator[None]:
    out, err, hook = sys.stdout, sys.stderr, getattr(shell, "displayhook", None)
    outer = getattr(hook, "exec_result", None)  # the value of the cell we stand in
    publisher = shell.display_pub
    shown = _displays(kept)
    hooked = hasattr(publisher, "register_hook")
    if hooked:
        publisher.register_hook(shown)
    sys.stdout, sys.stderr = _Tee(out, kept), _Tee(err, kept)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err
        if hooked:
            publisher.unregister_hook(shown)
        if hook is not None:
            hook.exec_result = outer


def _displays(kept: _Kept) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def shown(message: dict[str, Any]) -> dict[str, Any]:
        data = message.get("content", {}).get("data")
        if message.get("header", {}).get("msg_type") == "display_data" and isinstance(data, dict):
            pictures = [kind for kind in data if kind.startswith("image/")]
            words = f"[shown: {pictures[0]}]" if pictures else str(data.get("text/plain", ""))
            kept.add(words + "\n")
        return message

    return shown


def _allow_await(shell: Any, code: str) -> None:
    """Let the loop that runs already, the kernel's own, run what the code awaits."""
    try:
        loop = asyncio.get_running_loop()
        awaits = shell.should_run_async(code, transformed_cell=shell.transform_cell(code))
    except (RuntimeError, SyntaxError):
        return
    if awaits:
        import nest_asyncio2  # type: ignore[import-untyped]  # late: it changes the loop for good

        nest_asyncio2.apply(loop)


@contextmanager
def _stoppable(stop_waits: StopWaits) -> Iterator[None]:
    """Turn the Stop button into an interrupt of the main thread while code runs on it.

    A thread looks for it. An ipykernel 6 reads clicks on the main thread alone, so that a timer's
    signal looks there too, between two steps of the code and in the middle of a `sleep`.
    """
    over = threading.Event()
    main = threading.main_thread().ident or 0

    def look() -> None:
        while not over.wait(LOOK_EVERY_S):
            if stop_waits():
                signal.pthread_kill(main, signal.SIGINT)
                return

    thread = threading.Thread(target=look, name="opencode-magic-stop", daemon=True)
    timer = hasattr(signal, "setitimer") and _free_timer()
    thread.start()
    try:
        if timer:
            signal.signal(signal.SIGALRM, lambda *_: stop_waits())
            signal.setitimer(signal.ITIMER_REAL, LOOK_EVERY_S, LOOK_EVERY_S)
        yield
    finally:
        if timer:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
        over.set()
        thread.join()


def _free_timer() -> bool:
    """Whether an old ipykernel runs here, and the user's code has no timer of its own."""
    with suppress(ImportError, ValueError):
        from ipykernel._version import __version__

        return (
            int(__version__.partition(".")[0]) < 7
            and signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
            and signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
        )
    return False
