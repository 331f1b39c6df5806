"""The choice of the surface that fits this terminal."""

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
    """Return the surface for IPython in a terminal, by what this terminal can do."""
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
    """Return the surface for a front end of unknown width that shows only text, in colour."""
    ink = Ink(sys.stdout, os.environ, styled=True, coloured=_coloured(shell))
    return PrintedSurface(Scroll(sys.stdout, ink))


def show_changes(shell: Any, changes: ChangeList) -> None:
    """Show changes in colour; a long diff that was asked for whole comes in the pager."""
    terminal_surface(shell).show_changes(changes)


def _coloured(shell: Any) -> bool:
    return str(getattr(shell, "colors", "")).lower() != "nocolor"


def _can_be_watched() -> bool:
    """Return whether keys can be read one by one."""
    with suppress(ImportError, AttributeError, ValueError, OSError):
        import termios  # noqa: F401  # late: not on Windows

        return os.isatty(sys.stdin.fileno())
    return False


def _reflows(environ: Mapping[str, str]) -> bool:
    """Return whether the terminal wraps its lines again when resized; a few old ones do not."""
    plain = environ.get("TERM", "").startswith(("rxvt", "screen")) and "TMUX" not in environ
    return not plain and "XTERM_VERSION" not in environ
