"""What a server tells of all but its conversations: files, version control, models, tools.

Like `wire`, frozen structs that shrug at new fields; keys and tokens are not read.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import msgspec

from .wire import ModelInfo, Wire


class Text(Wire, frozen=True):
    """Text as ripgrep reports it; `bytes` (base64) where it is not UTF-8."""

    text: str = ""
    bytes: str = ""

    def __str__(self) -> str:
        if self.text or not self.bytes:
            return self.text
        return base64.b64decode(self.bytes).decode("utf-8", "replace")


class Submatch(Wire, frozen=True):
    """Where a pattern matched within a line; `start` and `end` count bytes of UTF-8."""

    match: Text = Text()
    start: int = 0
    end: int = 0


class Match(Wire, frozen=True):
    """A line that a text search found; lines count from 1."""

    path: Text
    lines: Text = Text()
    line_number: int = msgspec.field(default=0, name="line_number")
    absolute_offset: int = msgspec.field(default=0, name="absolute_offset")
    submatches: list[Submatch] = []


class Position(Wire, frozen=True):
    """A place in a text, line and character counted from 0, as language servers do."""

    line: int = 0
    character: int = 0


class Range(Wire, frozen=True):
    """From a place to another."""

    start: Position = Position()
    end: Position = Position()


class Location(Wire, frozen=True):
    """A range of a file, named by its URI."""

    uri: str = ""
    range: Range = Range()


class Symbol(Wire, frozen=True):
    """A function, class or other name that a language server knows."""

    name: str
    kind: int = 0
    location: Location = Location()


class FileNode(Wire, frozen=True):
    """An entry of a folder; `type` is `file` or `directory`, `path` relative to the project."""

    name: str
    path: str = ""
    absolute: str = ""
    type: str = "file"
    ignored: bool = False


class FileContent(Wire, frozen=True):
    """What is in a file. The server drops a final newline of text."""

    type: str = "text"
    content: str = ""
    encoding: str = ""
    mime_type: str = ""

    @property
    def data(self) -> bytes:
        """The bytes."""
        if self.encoding == "base64":
            return base64.b64decode(self.content)
        return self.content.encode()


class FileStatus(Wire, frozen=True):
    """A file that differs from the last commit: `added`, `modified` or `deleted`."""

    file: str = ""
    path: str = ""
    additions: int = 0
    deletions: int = 0
    added: int = 0
    removed: int = 0
    status: str = ""


class Vcs(Wire, frozen=True):
    """The branch of the project; None outside git."""

    branch: str | None = None
    default_branch: str | None = msgspec.field(default=None, name="default_branch")


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
