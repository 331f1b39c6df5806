"""How a server is set up: configuration, providers and their keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import facts, wire
from ..redact import masked
from .forms import filled, quoted
from .resource import Resource, operation


class Settings(Mapping[str, Any]):
    """The merged configuration. What looks like a key is masked in its repr, not in its values."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Any:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Settings({masked(dict(self._values))!r})"


class Configuration(Resource):
    """The merged configuration. It holds keys."""

    @operation("GET /config")
    def get(self) -> wire.Config:
        """The configured model and agent; the rest is not read."""
        return self._call("GET", "/config", wire.Config)

    def all(self) -> Settings:
        """All of it; do not print its values, they hold keys."""
        return Settings(self._call("GET", "/config", dict[str, Any]))

    @operation("PATCH /config")
    def update(self, changes: Mapping[str, Any]) -> Settings:
        """Change the configuration, as the server understands that.

        It ends every running turn of the project, writes a `config.json` into it that nothing
        reads, drops unknown keys without a word, and is forgotten when the server ends.
        """
        return Settings(self._call("PATCH", "/config", dict[str, Any], json=dict(changes)))

    @operation("GET /config/providers")
    def providers(self) -> wire.Providers:
        """The usable providers with their models (8 kB; `provider.list` is 6.4 MB)."""
        return self._call("GET", "/config/providers", wire.Providers)


class ProviderRoutes(Resource):
    """All providers the server knows, and the ways to log in."""

    @operation("GET /provider")
    def list(self) -> facts.KnownProviders:
        """All of them, with who is connected: 6.4 MB, which takes seconds."""
        return self._call("GET", "/provider", facts.KnownProviders)

    @operation("GET /provider/auth")
    def auth_methods(self) -> Mapping[str, Sequence[facts.AuthMethod]]:
        """The ways to log in, by provider; a method's index is its number."""
        return self._call("GET", "/provider/auth", dict[str, list[facts.AuthMethod]])

    @operation("POST /provider/{providerID}/oauth/authorize")
    def authorize(
        self, provider: str, method: int = 0, *, inputs: Mapping[str, str] | None = None
    ) -> facts.Authorization:
        """Begin a login in the browser; `inputs` answer the method's prompts by their keys."""
        body = filled({"method": method, "inputs": dict(inputs) if inputs else None})
        path = f"/provider/{quoted(provider)}/oauth/authorize"
        return self._call("POST", path, facts.Authorization, json=body)

    @operation("POST /provider/{providerID}/oauth/callback")
    def callback(self, provider: str, method: int = 0, *, code: str = "") -> None:
        """End a login: wait for it (`auto`), or hand its `code` in."""
        body = filled({"method": method, "code": code})
        self._call("POST", f"/provider/{quoted(provider)}/oauth/callback", object, json=body)


class Keys(Resource):
    """The API keys the server keeps for its user, in `auth.json`."""

    @operation("PUT /auth/{providerID}")
    def set(self, provider: str, key: str) -> None:
        """Keep a provider's API key."""
        body = {"type": "api", "key": key}
        self._call("PUT", f"/auth/{quoted(provider)}", object, json=body)

    @operation("DELETE /auth/{providerID}")
    def remove(self, provider: str) -> None:
        """Forget a provider's key or login."""
        self._call("DELETE", f"/auth/{quoted(provider)}", object)
