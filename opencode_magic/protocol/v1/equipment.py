"""What agents work with: tools, MCP servers, language servers, formatters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import NotFoundError
from ...model import catalogue as facts
from ...policy.tools import check_mcp_name
from ..likes import ModelLike
from ..resource import Resource, operation
from .bodies import filled, provider_and_model, quoted


class Tools(Resource):
    """The tools of the agents."""

    @operation("GET /experimental/tool/ids")
    def ids(self) -> Sequence[str]:
        """Their names."""
        return self._call("GET", "/experimental/tool/ids", list[str])

    @operation("GET /experimental/tool")
    def list(self, model: ModelLike) -> Sequence[facts.ToolInfo]:
        """The tools a model is told of, with their parameters."""
        provider, name = provider_and_model(model)
        params = {"provider": provider, "model": name}
        return self._call("GET", "/experimental/tool", list[facts.ToolInfo], params=params)


class Mcp(Resource):
    """MCP servers. They belong to the whole server: every session sees their tools."""

    @operation("GET /mcp")
    def status(self) -> dict[str, facts.McpStatus]:
        """How each is, by name."""
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
        """Start one by its `command`, or connect one by its `url`, until the server ends.

        A started one inherits the server's environment, with its password: blank in `environment`
        what it must not see. InputError where a tool of it could have the name of one that asks
        nobody: `enter` of `plan` would be `plan_enter`.
        """
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
        """Connect one again; NotFoundError where there is none of that name.

        InputError as with `add`.
        """
        check_mcp_name(name)
        self._know(name)
        self._call("POST", f"/mcp/{quoted(name)}/connect", object)

    @operation("POST /mcp/{name}/disconnect")
    def disconnect(self, name: str) -> None:
        """End the connection to one; NotFoundError where there is none of that name."""
        self._know(name)
        self._call("POST", f"/mcp/{quoted(name)}/disconnect", object)

    @operation("POST /mcp/{name}/auth")
    def start_auth(self, name: str) -> str:
        """Begin a login; the address to open in a browser."""
        found = self._call("POST", f"/mcp/{quoted(name)}/auth", dict[str, Any])
        return str(found.get("authorizationUrl", ""))

    @operation("POST /mcp/{name}/auth/callback")
    def finish_auth(self, name: str, code: str) -> facts.McpStatus:
        """End a login with the code the browser was given."""
        path = f"/mcp/{quoted(name)}/auth/callback"
        return self._call("POST", path, facts.McpStatus, json={"code": code})

    @operation("POST /mcp/{name}/auth/authenticate")
    def authenticate(self, name: str) -> facts.McpStatus:
        """Log in with a browser on the server's machine; answers when that is done."""
        path = f"/mcp/{quoted(name)}/auth/authenticate"
        return self._wait_for("POST", path, facts.McpStatus)

    @operation("DELETE /mcp/{name}/auth")
    def remove_auth(self, name: str) -> None:
        """Forget a login."""
        self._call("DELETE", f"/mcp/{quoted(name)}/auth", object)

    def _know(self, name: str) -> None:
        """Older servers say `true` to an unknown name: NotFoundError tells."""
        if "not-found" in self.connection.capabilities or name in self.status():
            return
        raise NotFoundError(f"there is no MCP server {name!r}", status=200)


class Lsp(Resource):
    """Language servers."""

    @operation("GET /lsp")
    def status(self) -> Sequence[facts.LspStatus]:
        """Those that run."""
        return self._call("GET", "/lsp", list[facts.LspStatus])


class Formatters(Resource):
    """Formatters."""

    @operation("GET /formatter")
    def status(self) -> Sequence[facts.FormatterStatus]:
        """Those the server may run."""
        return self._call("GET", "/formatter", list[facts.FormatterStatus])
