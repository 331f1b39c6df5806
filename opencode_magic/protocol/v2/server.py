"""An OpenCode 2 server itself, and what it knows beside the project."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ...model.agents import Agent, ServerCommand
from ...model.catalogue import Skill
from ...model.sessions import Health, Paths
from ...model.tools import dig
from ...text.visible import as_text
from ..contract import server as contract
from ..resource import operation
from . import listed
from .session import rules_of

INFO = "/api/info"
_BUILT_IN = ("build", "plan", "general", "explore", "title", "summary", "compaction")
"""The agents that every server has; it does not tell them from a user's own."""
_BOOT_S = 15.0
_TICK_S = 0.1
T = TypeVar("T")


class Server2(contract.Server):
    """The server itself."""

    @operation("GET /api/info")
    def health(self, *, timeout_s: float) -> Health:
        """Return whether the server is well, and its version; wait for `timeout_s`, ask once."""
        found = self._call("GET", INFO, dict[str, Any], timeout_s=timeout_s, repeat=False)
        return Health(healthy=True, version=as_text(found.get("version")))

    @operation("GET /openapi.json")
    def doc(self) -> dict[str, Any]:
        """Return the server's OpenAPI document."""
        return self._call("GET", "/openapi.json", dict[str, Any])

    def dispose(self) -> None:
        """Raise UnsupportedError: a folder that is loaded again is unguarded for a moment."""
        self.connection.need("dispose")

    def log(
        self, message: str, *, level: str, service: str, extra: Mapping[str, Any] | None
    ) -> None:
        """Raise UnsupportedError: the server's log takes no lines of others."""
        self.connection.need("log")

    @operation("GET /api/agent")
    def agents(self) -> list[Agent]:
        """Return the agents and subagents with their rules; wait until the server knows them.

        In the first seconds in a folder the server lists none, which says nothing of its rules.
        """
        return once_booted(self._agents, self.connection.sleep)

    def _agents(self) -> list[Agent]:
        found = self._call("GET", "/api/agent", dict[str, Any]).get("data") or ()
        return [_agent(one) for one in found if isinstance(one, Mapping)]

    @operation("GET /api/command")
    def commands(self) -> list[ServerCommand]:
        """Return the server's own slash commands."""
        found = self._call("GET", "/api/command", dict[str, Any]).get("data") or ()
        return [
            ServerCommand(as_text(dig(one, "name")), as_text(dig(one, "description")))
            for one in found
        ]

    @operation("GET /api/skill")
    def skills(self) -> list[Skill]:
        """Return the skills agents may load."""
        found = self._call("GET", "/api/skill", dict[str, Any]).get("data") or ()
        return [
            Skill(
                as_text(dig(one, "name")),
                as_text(dig(one, "description")),
                as_text(dig(one, "path")),
            )
            for one in found
        ]

    @operation("GET /api/location")
    def paths(self, *, of_server: bool = False) -> Paths:
        """Return the folders of the directory, or with `of_server` those of the server itself."""
        params = dict.fromkeys(self.connection.reading.scope("")) if of_server else {}
        found = self._call("GET", "/api/location", dict[str, Any], params=params)
        return Paths(
            as_text(found.get("directory")),
            as_text(dig(found, "project", "directory")),
        )


def once_booted(ask: Callable[[], T], sleep: Callable[[float], None]) -> T:
    """Return the first answer that is not empty, or an empty one if it stays so.

    Parameters
    ----------
    ask:
        asks the server.
    sleep:
        waits between two times.
    """
    end = time.monotonic() + _BOOT_S
    while not (found := ask()) and time.monotonic() < end:
        sleep(_TICK_S)
    return found


def _agent(told: Mapping[str, Any]) -> Agent:
    permissions = told.get("permissions")
    return Agent(
        as_text(told.get("id") or told.get("name")),
        as_text(told.get("mode")) or "all",
        as_text(told.get("description")) or None,
        native=as_text(told.get("id")) in _BUILT_IN,
        hidden=told.get("hidden") is True,
        model=listed.model_ref(told.get("model")),
        permission=rules_of(permissions) if isinstance(permissions, list) else [],
    )
