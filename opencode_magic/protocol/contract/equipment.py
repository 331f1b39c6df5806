"""What agents work with: tools, MCP servers, language servers and formatters.

What a client may ask of any server; one that lacks an operation raises UnsupportedError before
anything is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...model import catalogue as facts
from ..likes import ModelLike
from ..resource import Resource


class Tools(Resource):
    """The tools of the agents."""

    def ids(self) -> Sequence[str]:
        """Return their names."""
        self._refuse("tools")

    def list(self, model: ModelLike) -> Sequence[facts.ToolInfo]:
        """Return the tools that `model` (`provider/model`) is told of, with their parameters."""
        self._refuse("tools")


class Mcp(Resource):
    """MCP servers. They belong to the whole server: every session sees their tools."""

    def status(self) -> dict[str, facts.McpStatus]:
        """Return the state of each, by name."""
        self._refuse("mcp")

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
        self._refuse("mcp")

    def connect(self, name: str) -> None:
        """Connect the one called `name` again.

        It raises NotFoundError where there is none, and InputError as `add` does.
        """
        self._refuse("mcp")

    def disconnect(self, name: str) -> None:
        """End the connection to the one called `name`; raise NotFoundError where there is none."""
        self._refuse("mcp")

    def start_auth(self, name: str) -> str:
        """Begin a login at the one called `name`; return the address to open in a browser."""
        self._refuse("mcp")

    def finish_auth(self, name: str, code: str) -> facts.McpStatus:
        """End a login at the one called `name` with the `code` the browser was given."""
        self._refuse("mcp")

    def authenticate(self, name: str) -> facts.McpStatus:
        """Log in at the one called `name` with a browser on the server's machine; wait for that."""
        self._refuse("mcp")

    def remove_auth(self, name: str) -> None:
        """Forget the login at the one called `name`."""
        self._refuse("mcp")


class Lsp(Resource):
    """Language servers."""

    def status(self) -> Sequence[facts.LspStatus]:
        """Return those that run."""
        self._refuse("lsp")


class Formatters(Resource):
    """Formatters."""

    def status(self) -> Sequence[facts.FormatterStatus]:
        """Return those the server may run."""
        self._refuse("formatters")
