"""The setup of a server: configuration, providers and their keys.

What a client may ask of any server; one that lacks an operation raises UnsupportedError before
anything is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...model import catalogue as facts
from ...model.agents import Config, Providers
from ...text.redact import masked
from ..resource import Resource


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

    def get(self) -> Config:
        """Return the configured model and agent; the rest is not read."""
        self._refuse("configuration.get")

    def all(self) -> MergedSettings:
        """Return all of it; do not print its values, they hold keys."""
        self._refuse("configuration.all")

    def update(self, changes: Mapping[str, Any]) -> MergedSettings:
        """Make `changes` to the configuration, as the server understands that, and return it.

        The server ends every running turn of the project, writes a `config.json` into it that
        nothing reads, drops unknown keys without a word, and forgets the changes when it ends.
        """
        self._refuse("config-write")

    def providers(self) -> Providers:
        """Return the usable providers with their models (8 kB; `provider.list` is 6.4 MB)."""
        self._refuse("configuration.providers")


class ProviderRoutes(Resource):
    """All providers the server knows, and the ways to log in."""

    def list(self) -> facts.KnownProviders:
        """Return all of them, and which are connected: 6.4 MB, which takes seconds."""
        self._refuse("providers")

    def auth_methods(self) -> Mapping[str, Sequence[facts.AuthMethod]]:
        """Return the ways to log in, by provider; a method's index is its number."""
        self._refuse("providers")

    def authorize(
        self, provider: str, method: int = 0, *, inputs: Mapping[str, str] | None = None
    ) -> facts.Authorization:
        """Begin a login in the browser.

        `method` is the number of one of the `auth_methods` of `provider`, and `inputs` answer that
        method's prompts by their keys. It raises InputError where the provider has no such login,
        or refuses the inputs.
        """
        self._refuse("providers")

    def callback(
        self, provider: str, method: int = 0, *, code: str = "", timeout_s: float | None = None
    ) -> None:
        """End a login that was begun: wait for it (`auto`), or hand its `code` in.

        `provider` and `method` are those of `authorize`. An `auto` one answers when the user has
        logged in; after `timeout_s` seconds nobody here waits any more, but the server still keeps
        the login if it comes. It raises InputError where no login was begun, or the provider
        refused it.
        """
        self._refuse("providers")


class Keys(Resource):
    """The API keys the server keeps for its user, in `auth.json`.

    The server uses a change once the project's state is dropped (`OpenCode.dispose`), or after a
    restart.
    """

    def set(self, provider: str, key: str, *, metadata: Mapping[str, str] | None = None) -> None:
        """Keep the API `key` of `provider`; `metadata` answers the prompts of its method.

        The key is taken out of whatever this client reads from then on.
        """
        self._refuse("auth")

    def remove(self, provider: str) -> None:
        """Forget the key or login of `provider`."""
        self._refuse("auth")
