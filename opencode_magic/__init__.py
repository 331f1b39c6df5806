"""A coding agent in the notebook: `%%opencode` on an OpenCode server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from .api.map import Mapped
    from .api.opencode import OpenCode
    from .errors import (
        BusyError,
        ChangedError,
        ConnectError,
        FormError,
        InputError,
        ModelError,
        NotFoundError,
        NotInstalledError,
        NotOpencodeError,
        OpencodeError,
        ServerError,
        StartError,
        TurnError,
        UnaskedError,
        UnauthorizedError,
        UnforeseenError,
        UnguardedError,
        UnreachableError,
        UnreadableError,
        UnsupportedError,
    )
    from .model.asks import PermissionRequest, QuestionRequest
    from .model.messages import Message
    from .model.sessions import Session
    from .turns.turn import Turn

# What is kept from one version to the next; everything else may move.
__all__ = [
    "BusyError",
    "ChangedError",
    "ConnectError",
    "FormError",
    "InputError",
    "Mapped",
    "Message",
    "ModelError",
    "NotFoundError",
    "NotInstalledError",
    "NotOpencodeError",
    "OpenCode",
    "OpencodeError",
    "PermissionRequest",
    "QuestionRequest",
    "ServerError",
    "Session",
    "StartError",
    "Turn",
    "TurnError",
    "UnaskedError",
    "UnauthorizedError",
    "UnforeseenError",
    "UnguardedError",
    "UnreachableError",
    "UnreadableError",
    "UnsupportedError",
    "load_ipython_extension",
    "unload_ipython_extension",
]
__version__ = "0.1.0"

# Imported at first use: `%load_ext` must not cost the start of every notebook.
_LATE = {
    "Mapped": "api.map",
    "Message": "model.messages",
    "OpenCode": "api.opencode",
    "PermissionRequest": "model.asks",
    "QuestionRequest": "model.asks",
    "Session": "model.sessions",
    "Turn": "turns.turn",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module  # late: `%load_ext` needs none of it

    if name == "errors":
        return import_module(".errors", __name__)
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_LATE.get(name, 'errors')}", __name__), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__", "errors"]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Put the magics into `shell` for `%load_ext opencode_magic`: without network or process."""
    from .ipython.loading import load  # late: IPython may not be there

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take the magics out of `shell` for `%unload_ext opencode_magic`, and end our own server."""
    from .ipython.loading import unload  # late: as it was loaded

    unload(shell)
