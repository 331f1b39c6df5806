"""Steering a terminal client that is attached to the server. With none, nothing happens."""

from __future__ import annotations

from typing import Literal

from ..resource import Resource, operation
from .bodies import filled


class Tui(Resource):
    """The terminal client. The server says `true` with none attached, too."""

    @operation("POST /tui/append-prompt")
    def append_prompt(self, text: str) -> None:
        """Add `text` to the prompt."""
        self._call("POST", "/tui/append-prompt", object, json={"text": text})

    @operation("POST /tui/submit-prompt")
    def submit_prompt(self) -> None:
        """Send the prompt."""
        self._call("POST", "/tui/submit-prompt", object)

    @operation("POST /tui/clear-prompt")
    def clear_prompt(self) -> None:
        """Empty the prompt."""
        self._call("POST", "/tui/clear-prompt", object)

    @operation("POST /tui/execute-command")
    def execute_command(self, command: str) -> None:
        """Execute `command`, one of the client's own, e.g. `session_new`."""
        self._call("POST", "/tui/execute-command", object, json={"command": command})

    @operation("POST /tui/show-toast")
    def toast(
        self,
        message: str,
        *,
        title: str = "",
        variant: Literal["info", "success", "warning", "error"] = "info",
        duration_ms: int | None = None,
    ) -> None:
        """Show a `message` below a `title`, in the colour of `variant`, for `duration_ms`."""
        body = {"message": message, "title": title, "variant": variant, "duration": duration_ms}
        self._call("POST", "/tui/show-toast", object, json=filled(body))

    @operation("POST /tui/open-help")
    def open_help(self) -> None:
        """Open the help."""
        self._call("POST", "/tui/open-help", object)

    @operation("POST /tui/open-sessions")
    def open_sessions(self) -> None:
        """Open the choice of sessions."""
        self._call("POST", "/tui/open-sessions", object)

    @operation("POST /tui/open-themes")
    def open_themes(self) -> None:
        """Open the choice of themes."""
        self._call("POST", "/tui/open-themes", object)

    @operation("POST /tui/open-models")
    def open_models(self) -> None:
        """Open the choice of models."""
        self._call("POST", "/tui/open-models", object)
