"""Steering a terminal client that is attached to the same server."""

from __future__ import annotations

from typing import Literal

from ..app.app import App
from ..errors import InputError
from ..render.listing import Listing
from . import command

WINDOWS = ("help", "sessions", "themes", "models")
NOBODY_KNOWS = "the server does not tell whether a terminal client is attached"


@command(
    calls=("tui.append_prompt", "tui.submit_prompt", "tui.clear_prompt", "tui.execute_command",
           "tui.toast", "tui.open_help", "tui.open_sessions", "tui.open_themes",
           "tui.open_models")
)  # fmt: skip
def tui(
    app: App,
    action: Literal["append", "submit", "clear", "execute", "toast", "open"],
    text: str = "",
    *,
    variant: Literal["info", "success", "warning", "error"] = "info",
) -> Listing:
    """Steer a terminal client: append TEXT to its prompt, submit or clear it, show a toast.

    `execute COMMAND` runs one of its own commands, e.g. session_new; `open` opens help, sessions,
    themes or models.
    """
    if not text and action in ("append", "execute", "toast", "open"):
        raise InputError(f"/tui {action} needs {'a window' if action == 'open' else 'TEXT'}")
    client = app.connect()
    client.need("tui")
    steer = client.tui
    match action:
        case "append":
            steer.append_prompt(text)
        case "submit":
            steer.submit_prompt()
        case "clear":
            steer.clear_prompt()
        case "execute":
            steer.execute_command(text)
        case "toast":
            steer.toast(text, variant=variant)
        case "open":
            if text not in WINDOWS:
                raise InputError(f"/tui open takes one of {', '.join(WINDOWS)}, not {text!r}")
            {"help": steer.open_help, "sessions": steer.open_sessions,
             "themes": steer.open_themes, "models": steer.open_models}[text]()  # fmt: skip
    return Listing("told the terminal client", (), note=NOBODY_KNOWS)
