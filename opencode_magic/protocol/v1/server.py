"""The server of OpenCode 1 itself, and what it knows beside the project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ...model.agents import Agent, ServerCommand
from ...model.catalogue import Skill
from ...model.sessions import Health, Paths
from ..resource import Resource, operation
from .bodies import filled

Level = Literal["debug", "info", "warn", "error"]


class Server(Resource):
    """The server itself."""

    @operation("GET /global/health")
    def health(self, *, timeout_s: float) -> Health:
        """Return whether the server is well, and its version; wait for `timeout_s`, ask once."""
        return self._call("GET", "/global/health", Health, timeout_s=timeout_s, repeat=False)

    @operation("GET /doc")
    def doc(self) -> dict[str, Any]:
        """Return the server's OpenAPI document."""
        return self._call("GET", "/doc", dict[str, Any])

    @operation("POST /instance/dispose")
    def dispose(self) -> None:
        """Drop the project's state."""
        self._call("POST", "/instance/dispose", object)

    @operation("POST /log")
    def log(
        self, message: str, *, level: Level, service: str, extra: Mapping[str, Any] | None
    ) -> None:
        """Write a line into the server's log: `message`, with `level`, `service` and `extra`."""
        body = {"service": service, "level": level, "message": message}
        self._call("POST", "/log", object, json=filled({**body, "extra": extra and dict(extra)}))

    @operation("GET /agent")
    def agents(self) -> list[Agent]:
        """Return the agents and subagents with their effective rules."""
        return self._call("GET", "/agent", list[Agent])

    @operation("GET /command")
    def commands(self) -> list[ServerCommand]:
        """Return the server's own slash commands."""
        return self._call("GET", "/command", list[ServerCommand])

    @operation("GET /skill")
    def skills(self) -> list[Skill]:
        """Return the skills agents may load."""
        return self._call("GET", "/skill", list[Skill])

    @operation("GET /path")
    def paths(self, *, of_server: bool = False) -> Paths:
        """Return the folders of the directory, or with `of_server` those of the server itself."""
        params = {"directory": None} if of_server else {}
        return self._call("GET", "/path", Paths, params=params)
