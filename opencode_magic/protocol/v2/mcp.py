"""The MCP servers of an OpenCode 2 server."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from ...model import catalogue as facts
from ...model.tools import dig
from ...policy.tools import check_mcp_name
from ...text.visible import as_text
from ..contract import equipment as contract
from ..given import filled, quoted
from ..resource import operation

_PENDING = "pending"
_TICK_S = 0.1
_START_S = 30.0
"""How long one that was added is waited for, where nothing else is said."""


class Mcp2(contract.Mcp):
    """MCP servers. One that is added belongs to its folder, whose sessions all see its tools."""

    @operation("GET /api/mcp")
    def status(self) -> dict[str, facts.McpStatus]:
        found = self._call("GET", "/api/mcp", dict[str, Any]).get("data") or ()
        return {as_text(dig(one, "name")): _status(one) for one in found}

    @operation("PUT /api/experimental/mcp/{server}", "DELETE /api/experimental/mcp/{server}")
    def add(
        self,
        name: str,
        *,
        command: Sequence[str] = (),
        url: str = "",
        environment: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_ms: int | None = None,
    ) -> dict[str, facts.McpStatus]:
        check_mcp_name(name)
        waits = {"startup": timeout_ms, "catalog": timeout_ms} if timeout_ms else None
        config: dict[str, Any] = {
            "type": "local" if command else "remote",
            "command": list(command),
            "environment": dict(environment) if environment else None,
            "url": url,
            "headers": dict(headers) if headers else None,
            "timeout": waits,
            # Within the code mode nobody would be asked, and ours is off: its tools would be gone.
            "codemode": False,
        }
        path = f"/api/experimental/mcp/{quoted(name)}"
        if name in self.status():
            # Else the state of the one before is told, and the agent is offered its tools.
            self._call("DELETE", path, type(None))
        self._call("PUT", path, type(None), json={"config": filled(config)})
        return self._started(name, (timeout_ms or 0) / 1000 or _START_S)

    def _started(self, name: str, timeout_s: float) -> dict[str, facts.McpStatus]:
        """Return the state of each once that of `name` is known: the server answers before."""
        end = time.monotonic() + timeout_s
        while (found := self.status()).get(name) in (None, _STARTING) and time.monotonic() < end:
            self.connection.sleep(_TICK_S)
        return found

    @operation("POST /api/experimental/mcp/{server}/connect")
    def connect(self, name: str) -> None:
        check_mcp_name(name)
        self._call("POST", f"/api/experimental/mcp/{quoted(name)}/connect", type(None))

    @operation("POST /api/experimental/mcp/{server}/disconnect")
    def disconnect(self, name: str) -> None:
        self._call("POST", f"/api/experimental/mcp/{quoted(name)}/disconnect", type(None))

    def start_auth(self, name: str) -> str:
        self._refuse("mcp-auth")

    def finish_auth(self, name: str, code: str) -> facts.McpStatus:
        self._refuse("mcp-auth")

    def authenticate(self, name: str) -> facts.McpStatus:
        self._refuse("mcp-auth")

    def remove_auth(self, name: str) -> None:
        self._refuse("mcp-auth")


_STARTING = facts.McpStatus(_PENDING)


def _status(told: Any) -> facts.McpStatus:
    state = dig(told, "status")
    return facts.McpStatus(as_text(dig(state, "status")), as_text(dig(state, "error")))
