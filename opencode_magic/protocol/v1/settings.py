"""The setup of a server: configuration, providers and their keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import InputError, ServerError
from ...model import catalogue as facts
from ...model.agents import Config, Providers
from ...text.redact import masked
from ..resource import Resource, operation
from .bodies import filled, quoted


class MergedSettings(Mapping[str, Any]):
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
    def get(self) -> Config:
        """Return the configured model and agent; the rest is not read."""
        return self._call("GET", "/config", Config)

    def all(self) -> MergedSettings:
        """Return all of it; do not print its values, they hold keys."""
        return MergedSettings(self._call("GET", "/config", dict[str, Any]))

    @operation("PATCH /config")
    def update(self, changes: Mapping[str, Any]) -> MergedSettings:
        """Make `changes` to the configuration, as the server understands that, and return it.

        The server ends every running turn of the project, writes a `config.json` into it that
        nothing reads, drops unknown keys without a word, and forgets the changes when it ends.
        """
        return MergedSettings(self._call("PATCH", "/config", dict[str, Any], json=dict(changes)))

    @operation("GET /config/providers")
    def providers(self) -> Providers:
        """Return the usable providers with their models (8 kB; `provider.list` is 6.4 MB)."""
        return self._call("GET", "/config/providers", Providers)


class ProviderRoutes(Resource):
    """All providers the server knows, and the ways to log in."""

    @operation("GET /provider")
    def list(self) -> facts.KnownProviders:
        """Return all of them, and which are connected: 6.4 MB, which takes seconds."""
        return self._call("GET", "/provider", facts.KnownProviders)

    @operation("GET /provider/auth")
    def auth_methods(self) -> Mapping[str, Sequence[facts.AuthMethod]]:
        """Return the ways to log in, by provider; a method's index is its number."""
        return self._call("GET", "/provider/auth", dict[str, list[facts.AuthMethod]])

    @operation("POST /provider/{providerID}/oauth/authorize")
    def authorize(
        self, provider: str, method: int = 0, *, inputs: Mapping[str, str] | None = None
    ) -> facts.Authorization:
        """Begin a login in the browser.

        `method` is the number of one of the `auth_methods` of `provider`, and `inputs` answer that
        method's prompts by their keys. It raises InputError where the provider has no such login,
        or refuses the inputs.
        """
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
        """End a login that was begun: wait for it (`auto`), or hand its `code` in.

        `provider` and `method` are those of `authorize`. An `auto` one answers when the user has
        logged in; after `timeout_s` seconds nobody here waits any more, but the server still keeps
        the login if it comes. It raises InputError where no login was begun, or the provider
        refused it.
        """
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


class Keys(Resource):
    """The API keys the server keeps for its user, in `auth.json`.

    The server uses a change once the project's state is dropped (`OpenCode.dispose`), or after a
    restart.
    """

    @operation("PUT /auth/{providerID}")
    def set(self, provider: str, key: str, *, metadata: Mapping[str, str] | None = None) -> None:
        """Keep the API `key` of `provider`; `metadata` answers the prompts of its method.

        The key is taken out of whatever this client reads from then on.
        """
        self.connection.conceal(key)
        body = filled({"type": "api", "key": key, "metadata": dict(metadata) if metadata else None})
        self._call("PUT", f"/auth/{quoted(provider)}", object, json=body)

    @operation("DELETE /auth/{providerID}")
    def remove(self, provider: str) -> None:
        """Forget the key or login of `provider`."""
        self._call("DELETE", f"/auth/{quoted(provider)}", object)
