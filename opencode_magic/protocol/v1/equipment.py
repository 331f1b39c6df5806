"""What agents work with: tools, MCP servers, language servers and formatters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import NotFoundError
from ...model import catalogue as facts
from ...policy.tools import check_mcp_name
from ..contract import equipment as contract
from ..given import filled, provider_and_model, quoted
from ..likes import ModelLike
from ..resource import operation


class Tools1(contract.Tools):
    """The tools of the agents."""

    @operation("GET /experimental/tool/ids")
    def ids(self) -> Sequence[str]:
        return self._call("GET", "/experimental/tool/ids", list[str])

    @operation("GET /experimental/tool")
    def list(self, model: ModelLike) -> Sequence[facts.ToolInfo]:
        provider, name = provider_and_model(model)
        params = {"provider": provider, "model": name}
        return self._call("GET", "/experimental/tool", list[facts.ToolInfo], params=params)


class Mcp1(contract.Mcp):
    """MCP servers. They belong to the whole server: every session sees their tools."""

    @operation("GET /mcp")
    def status(self) -> dict[str, facts.McpStatus]:
        return self._call("GET", "/mcp", dict[str, facts.McpStatus])

    @operation("POST /mcp")
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
        config: dict[str, Any] = {
            "type": "local" if command else "remote",
            "command": list(command),
            "environment": dict(environment) if environment else None,
            "url": url,
            "headers": dict(headers) if headers else None,
            "timeout": timeout_ms,
            "enabled": True,
        }
        body = {"name": name, "config": filled(config)}
        return self._call("POST", "/mcp", dict[str, facts.McpStatus], json=body)

    @operation("POST /mcp/{name}/connect")
    def connect(self, name: str) -> None:
        check_mcp_name(name)
        self._know(name)
        self._call("POST", f"/mcp/{quoted(name)}/connect", object)

    @operation("POST /mcp/{name}/disconnect")
    def disconnect(self, name: str) -> None:
        self._know(name)
        self._call("POST", f"/mcp/{quoted(name)}/disconnect", object)

    @operation("POST /mcp/{name}/auth")
    def start_auth(self, name: str) -> str:
        found = self._call("POST", f"/mcp/{quoted(name)}/auth", dict[str, Any])
        return str(found.get("authorizationUrl", ""))

    @operation("POST /mcp/{name}/auth/callback")
    def finish_auth(self, name: str, code: str) -> facts.McpStatus:
        path = f"/mcp/{quoted(name)}/auth/callback"
        return self._call("POST", path, facts.McpStatus, json={"code": code})

    @operation("POST /mcp/{name}/auth/authenticate")
    def authenticate(self, name: str) -> facts.McpStatus:
        path = f"/mcp/{quoted(name)}/auth/authenticate"
        return self._wait_for("POST", path, facts.McpStatus)

    @operation("DELETE /mcp/{name}/auth")
    def remove_auth(self, name: str) -> None:
        self._call("DELETE", f"/mcp/{quoted(name)}/auth", object)

    def _know(self, name: str) -> None:
        """Raise NotFoundError for an unknown name, to which older servers say `true`."""
        if "not-found" in self.connection.capabilities or name in self.status():
            return
        raise NotFoundError(f"there is no MCP server {name!r}", status=200)


class Lsp1(contract.Lsp):
    """Language servers."""

    @operation("GET /lsp")
    def status(self) -> Sequence[facts.LspStatus]:
        return self._call("GET", "/lsp", list[facts.LspStatus])


class Formatters1(contract.Formatters):
    """Formatters."""

    @operation("GET /formatter")
    def status(self) -> Sequence[facts.FormatterStatus]:
        return self._call("GET", "/formatter", list[facts.FormatterStatus])
