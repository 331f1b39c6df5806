"""A coding agent in the notebook: `%%opencode` on an OpenCode server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from .api.opencode import OpenCode
    from .errors import OpencodeError
    from .turns.turn import Turn

__all__ = [
    "OpenCode",
    "OpencodeError",
    "Turn",
    "load_ipython_extension",
    "unload_ipython_extension",
]
__version__ = "0.1.0"

# Imported at first use: `%load_ext` must not cost the start of every notebook.
_LATE = {"OpenCode": "api.opencode", "OpencodeError": "errors", "Turn": "turns.turn"}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_LATE[name]}", __name__), name)


def load_ipython_extension(shell: InteractiveShell) -> None:
    """`%load_ext opencode_magic`: quiet, no network, no process."""
    from .ipython.magics import load

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """`%unload_ext opencode_magic`: take out what was put in, end our own server."""
    from .ipython.magics import unload

    unload(shell)
