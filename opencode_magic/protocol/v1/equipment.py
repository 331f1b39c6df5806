"""What agents work with: tools, MCP servers, language servers and formatters."""

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
        """Return their names."""
        return self._call("GET", "/experimental/tool/ids", list[str])

    @operation("GET /experimental/tool")
    def list(self, model: ModelLike) -> Sequence[facts.ToolInfo]:
        """Return the tools that `model` (`provider/model`) is told of, with their parameters."""
        provider, name = provider_and_model(model)
        params = {"provider": provider, "model": name}
        return self._call("GET", "/experimental/tool", list[facts.ToolInfo], params=params)


class Mcp(Resource):
    """MCP servers. They belong to the whole server: every session sees their tools."""

    @operation("GET /mcp")
    def status(self) -> dict[str, facts.McpStatus]:
        """Return the state of each, by name."""
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

        Parameters
        ----------
        name:
            what its tools are called by.
        command, environment:
            what is run on the server's machine, and variables for it. It inherits the server's
            environment, with its password: blank what it must not see.
        url, headers:
            the address of a remote one, and what is sent along with each request.
        timeout_ms:
            how long the server waits for it, in milliseconds.

        Raises
        ------
        InputError
            a tool of it could have the name of one that asks nobody: `enter` of an MCP server
            called `plan` would be `plan_enter`.
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
        """Connect the one called `name` again.

        It raises NotFoundError where there is none, and InputError as `add` does.
        """
        check_mcp_name(name)
        self._know(name)
        self._call("POST", f"/mcp/{quoted(name)}/connect", object)

    @operation("POST /mcp/{name}/disconnect")
    def disconnect(self, name: str) -> None:
        """End the connection to the one called `name`; raise NotFoundError where there is none."""
        self._know(name)
        self._call("POST", f"/mcp/{quoted(name)}/disconnect", object)

    @operation("POST /mcp/{name}/auth")
    def start_auth(self, name: str) -> str:
        """Begin a login at the one called `name`; return the address to open in a browser."""
        found = self._call("POST", f"/mcp/{quoted(name)}/auth", dict[str, Any])
        return str(found.get("authorizationUrl", ""))

    @operation("POST /mcp/{name}/auth/callback")
    def finish_auth(self, name: str, code: str) -> facts.McpStatus:
        """End a login at the one called `name` with the `code` the browser was given."""
        path = f"/mcp/{quoted(name)}/auth/callback"
        return self._call("POST", path, facts.McpStatus, json={"code": code})

    @operation("POST /mcp/{name}/auth/authenticate")
    def authenticate(self, name: str) -> facts.McpStatus:
        """Log in at the one called `name` with a browser on the server's machine; wait for that."""
        path = f"/mcp/{quoted(name)}/auth/authenticate"
        return self._wait_for("POST", path, facts.McpStatus)

    @operation("DELETE /mcp/{name}/auth")
    def remove_auth(self, name: str) -> None:
        """Forget the login at the one called `name`."""
        self._call("DELETE", f"/mcp/{quoted(name)}/auth", object)

    def _know(self, name: str) -> None:
        """Raise NotFoundError for an unknown name, to which older servers say `true`."""
        if "not-found" in self.connection.capabilities or name in self.status():
            return
        raise NotFoundError(f"there is no MCP server {name!r}", status=200)


class Lsp(Resource):
    """Language servers."""

    @operation("GET /lsp")
    def status(self) -> Sequence[facts.LspStatus]:
        """Return those that run."""
        return self._call("GET", "/lsp", list[facts.LspStatus])


class Formatters(Resource):
    """Formatters."""

    @operation("GET /formatter")
    def status(self) -> Sequence[facts.FormatterStatus]:
        """Return those the server may run."""
        return self._call("GET", "/formatter", list[facts.FormatterStatus])
