"""What a server tells about providers, logins, tools and helpers. Keys and tokens are not read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .agents import ModelInfo
from .base import Wire


class KnownProvider(Wire, frozen=True):
    """A provider the server knows, logged in or not; `env` names the variables for its key."""

    id: str
    name: str = ""
    env: list[str] = []
    models: dict[str, ModelInfo] = {}


class KnownProviders(Wire, frozen=True):
    """All providers (6 MB); `connected` are the ids of those that can be used now."""

    all: list[KnownProvider] = []
    default: dict[str, str] = {}
    connected: list[str] = []


class AuthOption(Wire, frozen=True):
    """One of the values that can be chosen at a prompt."""

    value: str
    label: str = ""
    hint: str = ""


class AuthCondition(Wire, frozen=True):
    """The condition that another prompt was answered with `value` (`eq`), or not (`neq`)."""

    key: str
    op: str = "eq"
    value: str = ""


class AuthPrompt(Wire, frozen=True):
    """A question before a login begins: for any `text`, or one of the options (`select`)."""

    key: str
    type: str = "text"
    message: str = ""
    placeholder: str = ""
    options: list[AuthOption] = []
    when: AuthCondition | None = None

    def applies(self, answers: Mapping[str, str]) -> bool:
        """Return False where the answers given so far make this question needless."""
        if self.when is None:
            return True
        answer = answers.get(self.when.key)
        return answer is not None and (answer == self.when.value) == (self.when.op == "eq")


class AuthMethod(Wire, frozen=True):
    """A way to log in to a provider: `oauth` or `api` (a key)."""

    type: str
    label: str = ""
    prompts: list[AuthPrompt] = []


class Authorization(Wire, frozen=True):
    """Where to log in; the login ends by itself (`auto`) or with a code to enter (`code`)."""

    url: str = ""
    method: str = ""
    instructions: str = ""


class ToolInfo(Wire, frozen=True):
    """A tool as it is described to a model; `parameters` is a JSON schema."""

    id: str
    description: str = ""
    parameters: dict[str, Any] = {}


class McpStatus(Wire, frozen=True):
    """An MCP server: `connected`, `disabled`, `failed`, `needs_auth`, ..."""

    status: str = ""
    error: str = ""


class LspStatus(Wire, frozen=True):
    """A running language server."""

    id: str = ""
    name: str = ""
    root: str = ""
    status: str = ""


class FormatterStatus(Wire, frozen=True):
    """A formatter the server may run after an edit."""

    name: str = ""
    extensions: list[str] = []
    enabled: bool = False


class Skill(Wire, frozen=True):
    """Instructions an agent may load."""

    name: str
    description: str = ""
    location: str = ""
