"""Run code of the agent in the user's shell, on the main thread, inside the cell that waits."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, redirect_stderr, redirect_stdout
from typing import Any

from ..context.credentials import Censor
from ..context.delimited import without_tables_secrets
from ..context.describing import describe
from ..context.description import cut
from ..signals import interrupt, ticking
from ..text.characters import sound
from .interrupts import Strikes
from .private import displays_seen, reads_on_main_thread, value_kept
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
    """Run code as if it stood in the cell: its output is shown there, and given to the agent.

    Parameters
    ----------
    stop_waits:
        returns whether the user has pressed Stop; called from another thread too.

    Raises
    ------
    StoppedError
        if Stop or an interrupt ended the code.
    """
    kept = _Kept()
    _allow_await(shell, code)
    with Strikes() as strikes:
        try:
            with (
                displays_seen(shell, kept.display),
                value_kept(shell),
                redirect_stdout(_Tee(sys.stdout, kept)),
                redirect_stderr(_Tee(sys.stderr, kept)),
                _stoppable(shell, stop_waits),
            ):
                result = shell.run_cell(code, store_history=False)
        except KeyboardInterrupt:  # between the code and its end
            strikes.by_user = True
    # The user wants the code to end, whatever it made of the interrupt.
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
    """The first part of what was printed and displayed, as much as the agent is given."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._left = MOST_BYTES
        self._cut = False

    def add(self, text: str) -> None:
        self._cut = self._cut or len(text) > self._left
        if self._left > 0:
            self._pieces.append(text[: self._left])
            self._left -= len(text)

    def display(self, message: dict[str, Any]) -> dict[str, Any]:
        data = message.get("content", {}).get("data")
        if message.get("header", {}).get("msg_type") == "display_data" and isinstance(data, dict):
            picture = next((kind for kind in data if kind.startswith("image/")), "")
            words = f"[shown: {picture}]" if picture else str(data.get("text/plain", ""))
            self.add(words + "\n")
        return message

    def text(self) -> str:
        return "".join(self._pieces) + ("\n... (more was printed)" if self._cut else "")


class _Tee:
    """A stream that also keeps what is written."""

    def __init__(self, stream: Any, kept: _Kept) -> None:
        self._stream = stream
        self._kept = kept

    def write(self, text: str) -> Any:
        if isinstance(text, str):
            text = sound(text)  # else the kernel's own stream would lose all that it holds
            self._kept.add(text)
        return self._stream.write(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _allow_await(shell: Any, code: str) -> None:
    """Let the loop that is running already, the kernel's own, run what the code awaits."""
    try:
        loop = asyncio.get_running_loop()
        awaits = shell.should_run_async(code, transformed_cell=shell.transform_cell(code))
    except (RuntimeError, SyntaxError):
        return
    if awaits:
        import nest_asyncio2  # type: ignore[import-untyped]  # late: it changes the loop for good

        nest_asyncio2.apply(loop)


@contextmanager
def _stoppable(shell: Any, stop_waits: StopWaits) -> Iterator[None]:
    """Turn the Stop button into an interrupt of the main thread while code runs on it.

    A thread watches the button. Where only the main thread reads clicks, the signal of a timer
    checks it there too, between two steps of the code and in the middle of a `sleep`.
    """
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK_EVERY_S):
            if stop_waits():
                interrupt()
                return

    thread = threading.Thread(target=look, name="opencode-magic-stop", daemon=True)
    deaf = reads_on_main_thread(getattr(shell, "kernel", None))
    thread.start()
    try:
        with ticking(LOOK_EVERY_S, stop_waits) if deaf else nullcontext():
            yield
    finally:
        over.set()
        thread.join()
