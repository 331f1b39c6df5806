"""Agents, commands and models, and the providers they come from."""

from __future__ import annotations

from typing import Any

import msgspec

from .base import Wire
from .messages import ModelRef
from .sessions import Rule


class Agent(Wire, frozen=True):
    """An agent of the server; `mode` is `primary`, `subagent` or `all`."""

    name: str
    mode: str = "all"
    description: str | None = None
    native: bool = False
    hidden: bool | None = None
    model: ModelRef | None = None
    permission: list[Rule] = []

    @property
    def is_helper(self) -> bool:
        """True where a prompt may mention it as a subagent."""
        return self.mode != "primary" and not self.hidden


class ModelLimit(Wire, frozen=True):
    """The most tokens a model takes and gives; 0 where that is not known."""

    context: float = 0
    output: float = 0


class Price(Wire, frozen=True):
    """US dollars for a million tokens."""

    input: float = 0
    output: float = 0


class ModelInfo(Wire, frozen=True):
    """A model a provider offers."""

    id: str
    name: str = ""
    variants: dict[str, Any] | None = None
    limit: ModelLimit | None = None
    cost: Price | None = None
    status: str = ""
    capabilities: dict[str, Any] | None = None

    @property
    def images(self) -> bool:
        """True where it takes images, or the server does not say."""
        given = (self.capabilities or {}).get("input")
        return bool(given.get("image", True)) if isinstance(given, dict) else True

    @property
    def window(self) -> int:
        """How many tokens its context holds; 0 where that is not known."""
        return int(self.limit.context) if self.limit else 0


FREE_PROVIDER = "opencode"
PUBLIC_KEY = "public"
"""The key of everybody, which the server uses for the free models where nobody logged in."""


class KeyOption(Wire, frozen=True):
    """A provider's key if it is the public one; any other key is forgotten at once."""

    api_key: Any = msgspec.field(default=None, name="apiKey")

    def __post_init__(self) -> None:
        if self.api_key != PUBLIC_KEY:
            msgspec.structs.force_setattr(self, "api_key", None)


class Provider(Wire, frozen=True):
    """A usable provider with its models by id. Keys and other options are not kept."""

    id: str
    name: str = ""
    models: dict[str, ModelInfo] = {}
    options: KeyOption | None = None

    @property
    def needs_no_login(self) -> bool:
        """True for the free, hosted provider, which answers without credentials of the user."""
        return self.id == FREE_PROVIDER and self.options == KeyOption(PUBLIC_KEY)


class Providers(Wire, frozen=True):
    """`GET /config/providers`: the usable providers, and the default model of each."""

    providers: list[Provider] = []
    default: dict[str, str] = {}


class Config(Wire, frozen=True):
    """The two settings we need of `GET /config`; the rest may hold keys and is not read."""

    model: str | None = None
    default_agent: str | None = msgspec.field(default=None, name="default_agent")


class ServerCommand(Wire, frozen=True):
    """A slash command of the server; with `subtask` it runs in a subagent."""

    name: str
    description: str | None = None
    agent: str | None = None
    subtask: bool | None = None
    source: str | None = None
