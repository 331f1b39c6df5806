"""Which surface fits this place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .page.private import nobody_answers, shows_text_only
from .surface import Surface

if TYPE_CHECKING:
    from .page.companion import Companion


def choose_surface(shell: Any, companion: Companion | None = None) -> Surface:
    """Return the surface for this shell, by what its front end can do.

    No kernel: a terminal. A kernel whose request allows no stdin: nbclient, papermill or another
    runner without a person. `jupyter console`: text. Else a notebook, which finds out by itself
    whether widgets work there.
    """
    # Imported here for their weight: widgets and rich are needed by the first turn, not at load.
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        from .terminal.choose import terminal_surface

        return terminal_surface(shell)
    if nobody_answers(kernel):
        from .page.static import SilentSurface

        return SilentSurface()
    if shows_text_only(kernel):
        from .terminal.choose import text_surface

        return text_surface(shell)
    from .page.surface import WidgetSurface

    return WidgetSurface(kernel, companion)
