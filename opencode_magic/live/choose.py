"""The choice of the surface that fits this place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .page.private import nobody_answers, shows_text_only
from .surface import Surface

if TYPE_CHECKING:
    from .page.companion import Companion


def choose_surface(shell: Any, companion: Companion | None = None) -> Surface:
    """Return the surface for this shell, by what its front end can do.

    Without a kernel it is a terminal. A kernel whose request allows no stdin is driven by nbclient,
    papermill or another runner without a person. `jupyter console` shows text. Everything else is a
    notebook, whose surface finds out by itself whether widgets work there.
    """
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        from .terminal.choose import terminal_surface  # late: rich

        return terminal_surface(shell)
    if nobody_answers(kernel):
        from .page.static import SilentSurface  # late: renderers

        return SilentSurface()
    if shows_text_only(kernel):
        from .terminal.choose import text_surface  # late: rich

        return text_surface(shell)
    from .page.surface import WidgetSurface  # late: widgets

    return WidgetSurface(kernel, companion)
