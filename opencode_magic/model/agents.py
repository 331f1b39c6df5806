"""Agents, commands and models, and the providers they come from."""

from __future__ import annotations

from typing import Any

import msgspec

from .base import Wire
from .messages import ModelRef
from .sessions import Rule


class Agent(Wire, frozen=True):
    """An agent the server knows; `mode` is `primary`, `subagent` or `all`."""

    name: str
    mode: str = "all"
    description: str | None = None
    native: bool = False
    hidden: bool | None = None
    model: ModelRef | None = None
    permission: list[Rule] = []

    @property
    def is_helper(self) -> bool:
        """Whether a prompt may mention it, to have it called."""
        return self.mode != "primary" and not self.hidden


class ModelLimit(Wire, frozen=True):
    """How many tokens a model takes, and gives, at most; 0 where that is not known."""

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
        """Whether it takes images; where the server does not say, it may."""
        given = (self.capabilities or {}).get("input")
        return bool(given.get("image", True)) if isinstance(given, dict) else True

    @property
    def window(self) -> int:
        """How many tokens its context holds; 0 is not known."""
        return int(self.limit.context) if self.limit else 0


FREE_PROVIDER = "opencode"
PUBLIC_KEY = "public"
"""The key everybody has: the server uses it for its makers' free models where nobody logged in."""


class KeyOption(Wire, frozen=True):
    """Of a provider's options whether its key is the public one; any other is forgotten at once."""

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
        """Whether it is the free, hosted one, which answers without credentials of the user's."""
        return self.id == FREE_PROVIDER and self.options == KeyOption(PUBLIC_KEY)


class Providers(Wire, frozen=True):
    """`GET /config/providers`: what is usable, and each provider's default model."""

    providers: list[Provider] = []
    default: dict[str, str] = {}


class Config(Wire, frozen=True):
    """The two settings of `GET /config` we need; the rest may hold keys and is not read."""

    model: str | None = None
    default_agent: str | None = msgspec.field(default=None, name="default_agent")


class ServerCommand(Wire, frozen=True):
    """A slash command of the server; `subtask` ones run in a subagent."""

    name: str
    description: str | None = None
    agent: str | None = None
    subtask: bool | None = None
    source: str | None = None
