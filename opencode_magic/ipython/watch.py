"""Keep what prompts may mention of a shell: its names, cells, values, last failure and figure."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from ..errors import OpencodeError
from .private import bundle_as_ever, bundle_by, first_after_execution

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from ..context.notebook import Failed, Notebook


FIGURE = ("matplotlib.figure", "Figure")
"""matplotlib's class, by its name: matplotlib is not imported for it."""


class Watch:
    """Follows a shell from `start` to `stop`, and keeps one failure and one figure."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._failed: tuple[BaseException, int, str] | None = None
        self._figure: Any = None
        self.cells_run: set[str] = set()
        """The ids of the cells that were run, as far as the front end gives them."""

    def start(self) -> None:
        """Begin to follow the shell."""
        self._shell.events.register("post_run_cell", self._after_cell)
        # Before all others: the inline back end closes its figures there.
        first_after_execution(self._shell, self._after_execution)
        # And in `plt.show()`, which closes figures at once: they are met only as they are shown.
        bundle_by(self._shell, FIGURE, self._displayed)

    def stop(self) -> None:
        """Stop following, and forget what was kept."""
        self._shell.events.unregister("post_run_cell", self._after_cell)
        self._shell.events.unregister("post_execute", self._after_execution)
        bundle_as_ever(self._shell, FIGURE)
        self._failed = self._figure = None

    def notebook(self) -> Notebook:
        """Return what can be mentioned now."""
        from ..context.notebook import Notebook  # late: only where something is mentioned

        names = self._shell.user_ns
        sources, values = names.get("_ih"), names.get("_oh")
        return Notebook(
            names,
            self._shell.user_ns_hidden,
            sources if type(sources) is list else (),
            values if isinstance(values, dict) else {},
            self._last_failure,
            self._last_figure,
        )

    def _after_cell(self, result: Any) -> None:
        cell = getattr(result.info, "cell_id", None)
        if cell:
            self.cells_run.add(cell)
        error = result.error_in_exec or result.error_before_exec
        # What we refuse ourselves is no failure of the user's code.
        if error is None or isinstance(error, OpencodeError | KeyboardInterrupt | SystemExit):
            return
        source = result.info.raw_cell if result.info is not None else ""
        self._failed = error, int(result.execution_count or 0), str(source or "")

    def _after_execution(self) -> None:
        if "matplotlib._pylab_helpers" in sys.modules:
            from ..context.pictures import current_figure  # late: only with matplotlib

            self._figure = current_figure() or self._figure

    def _displayed(self, figure: Any) -> dict[str, Any]:
        """Remember a figure that is displayed; the empty bundle leaves displaying it to others."""
        self._figure = figure
        return {}

    def _last_failure(self) -> Failed | None:
        from ..context.notebook import Failed  # late: only where something is mentioned

        if self._failed is not None:
            return Failed(*self._failed)
        last = getattr(sys, "last_value", None)
        if isinstance(last, Exception) and not isinstance(last, OpencodeError):
            return Failed(last)
        return None

    def _last_figure(self) -> Any:
        from ..context.pictures import current_figure, is_picture  # late: as above

        figure = current_figure() or self._figure
        if figure is not None:
            return figure
        values = self._shell.user_ns.get("_oh") or {}
        return next((v for v in reversed(list(values.values())) if is_picture(v)), None)
