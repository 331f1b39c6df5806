"""The setup of a server: configuration, providers and their keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import InputError, ServerError
from ...model import catalogue as facts
from ...model.agents import Config, Providers
from ..contract import settings as contract
from ..contract.settings import MergedSettings
from ..given import filled, quoted
from ..resource import operation, uses


class Configuration1(contract.Configuration):
    """The merged configuration. It holds keys."""

    @operation("GET /config")
    def get(self) -> Config:
        return self._call("GET", "/config", Config)

    @uses("GET /config")
    def all(self) -> MergedSettings:
        return MergedSettings(self._call("GET", "/config", dict[str, Any]))

    @operation("PATCH /config")
    def update(self, changes: Mapping[str, Any]) -> MergedSettings:
        return MergedSettings(self._call("PATCH", "/config", dict[str, Any], json=dict(changes)))

    @operation("GET /config/providers")
    def providers(self) -> Providers:
        return self._call("GET", "/config/providers", Providers)


class ProviderRoutes1(contract.ProviderRoutes):
    """All providers the server knows, and the ways to log in."""

    @operation("GET /provider")
    def list(self) -> facts.KnownProviders:
        return self._call("GET", "/provider", facts.KnownProviders)

    @operation("GET /provider/auth")
    def auth_methods(self) -> Mapping[str, Sequence[facts.AuthMethod]]:
        return self._call("GET", "/provider/auth", dict[str, list[facts.AuthMethod]])

    @operation("POST /provider/{providerID}/oauth/authorize")
    def authorize(
        self, provider: str, method: int = 0, *, inputs: Mapping[str, str] | None = None
    ) -> facts.Authorization:
        body = filled({"method": method, "inputs": dict(inputs) if inputs else None})
        path = f"/provider/{quoted(provider)}/oauth/authorize"
        try:
            begun = self._call("POST", path, facts.Authorization | None, json=body)  # type: ignore[arg-type]  # of a union
        except ServerError as error:
            self._explain(error, provider, method)
            raise
        if begun is None:  # what the server says to a method that takes a key
            raise InputError(f"login {method} of {provider} takes a key and no browser")
        return begun

    @operation("POST /provider/{providerID}/oauth/callback")
    def callback(
        self, provider: str, method: int = 0, *, code: str = "", timeout_s: float | None = None
    ) -> None:
        self.connection.conceal(code)
        body = filled({"method": method, "code": code})
        path = f"/provider/{quoted(provider)}/oauth/callback"
        try:
            self._wait_for("POST", path, object, json=body, timeout_s=timeout_s)
        except ServerError as error:
            if words := _REFUSED.get(error.name):
                raise InputError(words.format(provider=provider)) from error
            raise

    def _explain(self, error: ServerError, provider: str, method: int) -> None:
        """Raise InputError for what the server does not know, to which it says "unexpected"."""
        if error.name == "ProviderAuthValidationFailed":
            raise InputError(f"{provider} does not take these inputs: {error.said}") from error
        if error.name != "UnknownError":
            return
        known = self.auth_methods()
        if provider not in known:
            raise InputError(f"no login in the browser is known for {provider!r}") from error
        if not 0 <= method < len(known[provider]):
            raise InputError(
                f"{provider} has no login {method}; it has {len(known[provider])}, from 0 on"
            ) from error


_REFUSED = {
    "ProviderAuthOauthMissing": "no login to {provider} was begun on this server; begin one",
    "ProviderAuthOauthCodeMissing": "this login to {provider} ends with a code from the browser",
    "ProviderAuthOauthCallbackFailed": "{provider} refused the login: a wrong or old code, "
    "or it was cancelled; begin again",
}
"""The names the server has for a login that failed, and what to say of it."""


class Keys1(contract.Keys):
    """The API keys the server keeps for its user, in `auth.json`.

    The server uses a change once the project's state is dropped (`OpenCode.dispose`), or after a
    restart.
    """

    @operation("PUT /auth/{providerID}")
    def set(self, provider: str, key: str, *, metadata: Mapping[str, str] | None = None) -> None:
        self.connection.conceal(key)
        body = filled({"type": "api", "key": key, "metadata": dict(metadata) if metadata else None})
        self._call("PUT", f"/auth/{quoted(provider)}", object, json=body)

    @operation("DELETE /auth/{providerID}")
    def remove(self, provider: str) -> None:
        self._call("DELETE", f"/auth/{quoted(provider)}", object)
