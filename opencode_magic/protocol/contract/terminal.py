"""Steering a terminal client that is attached to the server. With none, nothing happens.

What a client may ask of any server; one that lacks an operation raises UnsupportedError before
anything is sent.
"""

from __future__ import annotations

from typing import Literal

from ..resource import Resource


class Tui(Resource):
    """The terminal client. The server says `true` with none attached, too."""

    def append_prompt(self, text: str) -> None:
        """Add `text` to the prompt."""
        self._refuse("tui")

    def submit_prompt(self) -> None:
        """Send the prompt."""
        self._refuse("tui")

    def clear_prompt(self) -> None:
        """Empty the prompt."""
        self._refuse("tui")

    def execute_command(self, command: str) -> None:
        """Execute `command`, one of the client's own, e.g. `session_new`."""
        self._refuse("tui")

    def toast(
        self,
        message: str,
        *,
        title: str = "",
        variant: Literal["info", "success", "warning", "error"] = "info",
        duration_ms: int | None = None,
    ) -> None:
        """Show a `message` below a `title`, in the colour of `variant`, for `duration_ms`."""
        self._refuse("tui")

    def open_help(self) -> None:
        """Open the help."""
        self._refuse("tui")

    def open_sessions(self) -> None:
        """Open the choice of sessions."""
        self._refuse("tui")

    def open_themes(self) -> None:
        """Open the choice of themes."""
        self._refuse("tui")

    def open_models(self) -> None:
        """Open the choice of models."""
        self._refuse("tui")
