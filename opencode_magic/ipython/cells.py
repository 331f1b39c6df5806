"""The cells of the open notebook: code is run in its namespace, or put into the next cell."""

from __future__ import annotations
import __future__

import json
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..answer.inserted import UNKNOWN, Inserted
from ..errors import InputError, OpencodeError
from ..kernel.interrupts import Strikes
from .private import brings, can_answer
from .waiting import By, CellQueue

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from ..answer.trial import Trial

MOST_BYTES = 20_000_000  # of a notebook's file that is read for the ids of its cells
MORE = "`%opencode /insert --more` brings the next one"
_FUTURES = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
"""The flags of `from __future__ import ...`, which count for the cells behind it too."""


class CodeError(OpencodeError):
    """Code of an answer failed; its traceback is above."""


class Cells:
    """Runs code, and puts code into the cells below the one that runs.

    A front end takes only one new cell from each cell that has run, the last it was given, and none
    from one that failed. So the first of several is put into the next cell, and each that is run
    brings the one after it.

    Parameters
    ----------
    say:
        tells the user something below the cell.
    seen:
        the ids of the cells that were run.
    file:
        the notebook's file, "" where none is known.
    """

    def __init__(
        self,
        shell: InteractiveShell,
        say: Callable[[str], None] = print,
        seen: Collection[str] = (),
        file: Callable[[], str] = lambda: "",
    ) -> None:
        self._shell = shell
        self._say = say
        self._seen = seen
        self._file = file
        self._queue = CellQueue()
        shell.events.register("post_run_cell", self._after_cell)

    def close(self) -> None:
        """Put no more cells into the notebook."""
        self._shell.events.unregister("post_run_cell", self._after_cell)

    def run(self, source: str) -> None:
        """Run code now, in the notebook's namespace."""
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

    def insert(self, sources: Sequence[str], by: By = "block") -> Inserted:
        """Put code into the cells that follow; return where the first of it is."""
        places = [self._queue.add(source.strip("\n"), by) for source in sources]
        self._offer()
        return Inserted(places[0], len(self._queue.waiting), can_answer(self._shell))

    def more(self) -> Inserted:
        """Put the next of the waiting cells into the notebook."""
        if self._queue.now is None and not self._queue.waiting:
            raise InputError("no cell waits to be put into the notebook")
        self._queue.take()
        self._offer()
        return Inserted(0, len(self._queue.waiting), can_answer(self._shell))

    def try_out(self, source: str) -> Trial:
        """Run code in a copy of the kernel, and return how that went."""
        from ..answer.trial import Trial  # late: only where something is tried
        from ..trial.trying import try_out

        shell = self._shell
        code = shell.transform_cell(source)
        if shell.should_run_async(source, transformed_cell=code):
            return Trial("untried", "it awaits something, which only a cell can")
        return try_out(code, shell.user_ns, shell, flags=shell.compile.flags & _FUTURES)

    def cannot_try(self) -> str:
        """Return why nothing can be tried here; "" where it can."""
        from ..trial.trying import obstacle  # late: only where something is tried

        return obstacle()

    def _offer(self) -> None:
        """Give the front end what comes now; again each time, as the last one given counts."""
        if self._queue.now is not None:
            self._shell.set_next_input(self._queue.now.source)

    def _after_cell(self, result: Any) -> None:
        info = result.info
        if info is None or not info.store_history:  # run inside of a cell
            return
        cell = getattr(info, "cell_id", None)
        match = ""
        if self._queue.now is None:
            match = self._queue.ran(info.raw_cell or "", cell)
            self._offer()
        if self._queue.now is None:
            self._queue.ended(came=False, known=None)
            return
        # What was put must be what the front end is given, and takes.
        came = brings(self._shell, self._queue.now.source, succeeded=bool(result.success))
        is_told = self._queue.told(came=came) and match != "perhaps"
        self._queue.ended(came=came, known={*self._seen, *self._in_file()} if cell else None)
        if not is_told and (self._queue.waiting or match == "perhaps"):
            self._say(self._words(came=came, perhaps=match == "perhaps"))

    def _words(self, *, came: bool, perhaps: bool) -> str:
        count = len(self._queue.waiting)
        waits = f"{count} {'waits' if count == 1 else 'wait'}"
        if not came:
            return (
                "no cell was put into the notebook, as the one that ran failed or something else "
                f"was put there; {waits}: {MORE}"
            )
        if perhaps:
            told = f"; {waits}" if count else ""
            return (
                "the next cell was brought because the one that ran looks like the one before it: "
                f"which it is is not known, this front end does not say{told}"
            )
        first = (
            "one cell is in the next cell" if can_answer(self._shell) else f"one cell: {UNKNOWN}"
        )
        return f"{first}; {waits} more: each that you run brings the next one, and {MORE}"

    def _in_file(self) -> list[str]:
        """Return the ids of the cells in the notebook's file: these were there before."""
        file = self._file()
        try:
            path = Path(file)
            if not file or path.stat().st_size > MOST_BYTES:
                return []
            cells = json.loads(path.read_bytes())["cells"]
            return [str(cell["id"]) for cell in cells if "id" in cell]
        except (OSError, ValueError, LookupError, TypeError):
            return []
