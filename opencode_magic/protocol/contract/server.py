"""The server of OpenCode 1 itself, and what it knows beside the project.

What a client may ask of any server; one that lacks an operation raises UnsupportedError before
anything is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ...model.agents import Agent, ServerCommand
from ...model.catalogue import Skill
from ...model.sessions import Health, Paths
from ..resource import Resource

Level = Literal["debug", "info", "warn", "error"]


class Server(Resource):
    """The server itself."""

    def health(self, *, timeout_s: float) -> Health:
        """Return whether the server is well, and its version; wait for `timeout_s`, ask once."""
        self._refuse("server.health")

    def doc(self) -> dict[str, Any]:
        """Return the server's OpenAPI document."""
        self._refuse("server.doc")

    def dispose(self) -> None:
        """Drop the project's state."""
        self._refuse("dispose")

    def log(
        self, message: str, *, level: Level, service: str, extra: Mapping[str, Any] | None
    ) -> None:
        """Write a line into the server's log: `message`, with `level`, `service` and `extra`."""
        self._refuse("log")

    def agents(self) -> list[Agent]:
        """Return the agents and subagents with their effective rules."""
        self._refuse("server.agents")

    def commands(self) -> list[ServerCommand]:
        """Return the server's own slash commands."""
        self._refuse("server.commands")

    def skills(self) -> list[Skill]:
        """Return the skills agents may load."""
        self._refuse("server.skills")

    def paths(self, *, of_server: bool = False) -> Paths:
        """Return the folders of the directory, or with `of_server` those of the server itself."""
        self._refuse("server.paths")
