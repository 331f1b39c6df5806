"""The cells of the notebook we are in: code is run in its namespace, or put into the next cell."""

from __future__ import annotations
import __future__

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .errors import InputError, OpencodeError
from .kernel.interrupts import Strikes

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from .trial.outcome import Trial

ALIKE = 0.6
"""How much of a block must be left in a cell that was made of it, for the next one to follow."""

COMPARED_CHARS = 10_000
_FUTURES = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
"""The flags of `from __future__ import ...`, which count for the cells behind it too."""


class CodeError(OpencodeError):
    """Code of an answer failed; its traceback is above."""


class Cells:
    """The cells around the one that runs.

    A front end takes one cell from each that has run, the last that was put there: so of several
    the first is put into the next cell, and each that is run brings the one after it.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._waiting: list[str] = []
        self._last = ""
        shell.events.register("post_run_cell", self._bring_next)

    def close(self) -> None:
        """Bring no more."""
        self._shell.events.unregister("post_run_cell", self._bring_next)

    def run(self, source: str) -> None:
        """Run code here and now."""
        transformed = self._shell.transform_cell(source)
        if self._shell.should_run_async(source, transformed_cell=transformed):
            raise InputError("this block awaits something, which only a cell can: `.insert()` it")
        with Strikes() as strikes:
            done = self._shell.run_cell(source, store_history=False)
        error = done.error_before_exec or done.error_in_exec
        if strikes.by_user:
            raise KeyboardInterrupt
        if error is not None:
            raise CodeError(f"the block failed with {type(error).__name__}; see above")

    def insert(self, sources: Sequence[str]) -> None:
        """Put code into the cells that follow."""
        self._waiting = [source.strip("\n") for source in sources]
        self._put_next()

    def try_out(self, source: str) -> Trial:
        """Run code in a copy of the kernel."""
        from .trial.outcome import Trial
        from .trial.trying import try_out

        shell = self._shell
        code = shell.transform_cell(source)
        if shell.should_run_async(source, transformed_cell=code):
            return Trial("untried", "it awaits something, which only a cell can")
        return try_out(code, shell.user_ns, shell, flags=shell.compile.flags & _FUTURES)

    def cannot_try(self) -> str:
        """Why nothing can be tried here; "" where it can."""
        from .trial.trying import obstacle

        return obstacle()

    def _put_next(self) -> None:
        self._last = self._waiting.pop(0)
        self._shell.set_next_input(self._last)

    def _bring_next(self, result: Any) -> None:
        ran = getattr(getattr(result, "info", None), "raw_cell", None) or ""
        if not self._waiting or not _alike(ran, self._last):
            return
        self._put_next()


def _alike(ran: str, put: str) -> bool:
    """Whether a cell is still the one that was put there: it may have been changed a little."""
    return ran.strip() == put.strip() or (
        max(len(ran), len(put)) < COMPARED_CHARS
        and difflib.SequenceMatcher(None, ran, put, autojunk=False).ratio() >= ALIKE
    )
