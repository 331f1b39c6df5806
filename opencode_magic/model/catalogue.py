"""What a server tells of all but its conversations: files, version control, models, tools.

Frozen structs that shrug at new fields; keys and tokens are not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .agents import ModelInfo
from .base import Wire


class KnownProvider(Wire, frozen=True):
    """A provider the server knows, logged in or not; `env` names where its key may stand."""

    id: str
    name: str = ""
    env: list[str] = []
    models: dict[str, ModelInfo] = {}


class KnownProviders(Wire, frozen=True):
    """All providers (6 MB): `connected` are the ids of those that can be used now."""

    all: list[KnownProvider] = []
    default: dict[str, str] = {}
    connected: list[str] = []


class AuthOption(Wire, frozen=True):
    """One of the values a prompt takes."""

    value: str
    label: str = ""
    hint: str = ""


class AuthCondition(Wire, frozen=True):
    """Another prompt was answered so (`eq`), or otherwise (`neq`)."""

    key: str
    op: str = "eq"
    value: str = ""


class AuthPrompt(Wire, frozen=True):
    """What a login asks before it begins: any `text`, or one of the options (`select`)."""

    key: str
    type: str = "text"
    message: str = ""
    placeholder: str = ""
    options: list[AuthOption] = []
    when: AuthCondition | None = None

    def applies(self, answers: Mapping[str, str]) -> bool:
        """False where the answers given so far leave nothing to ask."""
        if self.when is None:
            return True
        answer = answers.get(self.when.key)
        return answer is not None and (answer == self.when.value) == (self.when.op == "eq")


class AuthMethod(Wire, frozen=True):
    """A way to log a provider in: `oauth` or `api` (a key)."""

    type: str
    label: str = ""
    prompts: list[AuthPrompt] = []


class Authorization(Wire, frozen=True):
    """Where to log in, and how it ends: `auto` by itself, `code` with a code to hand in."""

    url: str = ""
    method: str = ""
    instructions: str = ""


class ToolInfo(Wire, frozen=True):
    """A tool as a model is told of it; `parameters` is a JSON schema."""

    id: str
    description: str = ""
    parameters: dict[str, Any] = {}


class McpStatus(Wire, frozen=True):
    """An MCP server: `connected`, `disabled`, `failed`, `needs_auth`, ..."""

    status: str = ""
    error: str = ""


class LspStatus(Wire, frozen=True):
    """A language server that runs."""

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
