"""Steering a terminal client that is attached to the server. With none, nothing happens."""

from __future__ import annotations

from typing import Literal

from ..contract import terminal as contract
from ..given import filled
from ..resource import operation


class Tui1(contract.Tui):
    """The terminal client. The server says `true` with none attached, too."""

    @operation("POST /tui/append-prompt")
    def append_prompt(self, text: str) -> None:
        self._call("POST", "/tui/append-prompt", object, json={"text": text})

    @operation("POST /tui/submit-prompt")
    def submit_prompt(self) -> None:
        self._call("POST", "/tui/submit-prompt", object)

    @operation("POST /tui/clear-prompt")
    def clear_prompt(self) -> None:
        self._call("POST", "/tui/clear-prompt", object)

    @operation("POST /tui/execute-command")
    def execute_command(self, command: str) -> None:
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
        body = {"message": message, "title": title, "variant": variant, "duration": duration_ms}
        self._call("POST", "/tui/show-toast", object, json=filled(body))

    @operation("POST /tui/open-help")
    def open_help(self) -> None:
        self._call("POST", "/tui/open-help", object)

    @operation("POST /tui/open-sessions")
    def open_sessions(self) -> None:
        self._call("POST", "/tui/open-sessions", object)

    @operation("POST /tui/open-themes")
    def open_themes(self) -> None:
        self._call("POST", "/tui/open-themes", object)

    @operation("POST /tui/open-models")
    def open_models(self) -> None:
        self._call("POST", "/tui/open-models", object)
