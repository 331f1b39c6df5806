"""Which surface fits this terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ...render.changes import ChangeList
from .keyboard import Keyboard
from .paper import Ink, Screen, Scroll
from .surface import PrintedSurface, TerminalSurface


def terminal_surface(shell: Any) -> PrintedSurface:
    """The surface for IPython in a terminal, as much as this terminal can do."""
    stream, environ = sys.stdout, os.environ
    dumb = environ.get("TERM", "dumb") in ("", "dumb", "unknown")
    ink = Ink(stream, environ, styled=stream.isatty() and not dumb, coloured=_coloured(shell))
    if not stream.isatty():
        return PrintedSurface(Scroll(stream, ink))
    if dumb or not _can_be_watched():
        columns = Screen(stream, ink, reflows=False).columns
        return PrintedSurface(Scroll(stream, ink, columns))
    return TerminalSurface(Screen(stream, ink, reflows=_reflows(environ)),
                           Keyboard(sys.stdin.fileno()), ink)  # fmt: skip


def text_surface(shell: Any) -> PrintedSurface:
    """The surface for a front end that shows text alone and in colour, however wide it is."""
    ink = Ink(sys.stdout, os.environ, styled=True, coloured=_coloured(shell))
    return PrintedSurface(Scroll(sys.stdout, ink))


def show_changes(shell: Any, changes: ChangeList) -> None:
    """Show changes in colour: a diff that was asked for whole in the pager, if it is long."""
    terminal_surface(shell).show_changes(changes)


def _coloured(shell: Any) -> bool:
    return str(getattr(shell, "colors", "")).lower() != "nocolor"


def _can_be_watched() -> bool:
    """Whether keys can be taken one by one."""
    with suppress(ImportError, AttributeError, ValueError, OSError):
        import termios  # noqa: F401  # not on Windows

        return os.isatty(sys.stdin.fileno())
    return False


def _reflows(environ: Mapping[str, str]) -> bool:
    """Whether the terminal wraps its lines again when it is resized; a few old ones do not."""
    plain = environ.get("TERM", "").startswith(("rxvt", "screen")) and "TMUX" not in environ
    return not plain and "XTERM_VERSION" not in environ
