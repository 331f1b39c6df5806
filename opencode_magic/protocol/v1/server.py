"""The server of OpenCode 1 itself, and what it knows beside the project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ...model.agents import Agent, ServerCommand
from ...model.catalogue import Skill
from ...model.sessions import Health, Paths
from ..contract import server as contract
from ..given import filled
from ..resource import operation

Level = Literal["debug", "info", "warn", "error"]

HEALTH = "/global/health"


class Server1(contract.Server):
    """The server itself."""

    @operation(f"GET {HEALTH}")
    def health(self, *, timeout_s: float) -> Health:
        return self._call("GET", HEALTH, Health, timeout_s=timeout_s, repeat=False)

    @operation("GET /doc")
    def doc(self) -> dict[str, Any]:
        return self._call("GET", "/doc", dict[str, Any])

    @operation("POST /instance/dispose")
    def dispose(self) -> None:
        self._call("POST", "/instance/dispose", object)

    @operation("POST /log")
    def log(
        self, message: str, *, level: Level, service: str, extra: Mapping[str, Any] | None
    ) -> None:
        body = {"service": service, "level": level, "message": message}
        self._call("POST", "/log", object, json=filled({**body, "extra": extra and dict(extra)}))

    @operation("GET /agent")
    def agents(self) -> list[Agent]:
        return self._call("GET", "/agent", list[Agent])

    @operation("GET /command")
    def commands(self) -> list[ServerCommand]:
        return self._call("GET", "/command", list[ServerCommand])

    @operation("GET /skill")
    def skills(self) -> list[Skill]:
        return self._call("GET", "/skill", list[Skill])

    @operation("GET /path")
    def paths(self, *, of_server: bool = False) -> Paths:
        params = {"directory": None} if of_server else {}
        return self._call("GET", "/path", Paths, params=params)
