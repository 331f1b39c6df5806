"""Requests that wait for the user: permissions and questions."""

from __future__ import annotations

from typing import Any

import msgspec

from ..text.shellline import without_word
from .base import Wire
from .tools import asked, permission_kind


class PermissionCall(Wire, frozen=True):
    """The tool call a permission or question belongs to."""

    message_id: str = ""
    call_id: str = ""


class PermissionRequest(Wire, frozen=True):
    """The server asks whether a tool may act."""

    id: str
    session_id: str
    permission: str = ""
    patterns: list[str] = []
    metadata: dict[str, Any] = {}
    always: list[str] = []
    tool: PermissionCall | None = None

    def __post_init__(self) -> None:
        if self.kind == "shell":
            for name in ("patterns", "always"):
                kept = without_word(getattr(self, name))
                msgspec.structs.force_setattr(self, name, kept)

    @property
    def kind(self) -> str:
        """What is asked about, in our words; "" for anything we have no word for."""
        return permission_kind(self.permission)

    def told(self, name: str) -> str:
        """Return what the request tells under our `name` for it, as text; "" where it does not."""
        return asked(self.metadata, name)

    @property
    def command(self) -> str:
        """The whole shell text that is asked about; "" where the server does not send it."""
        text = self.metadata.get("command")
        return text if isinstance(text, str) else ""


class QuestionOption(Wire, frozen=True):
    """One possible answer."""

    label: str
    description: str = ""


class QuestionItem(Wire, frozen=True):
    """One question with its options; `custom` allows any other answer."""

    question: str
    header: str = ""
    options: list[QuestionOption] = []
    multiple: bool | None = None
    custom: bool | None = None


class QuestionRequest(Wire, frozen=True):
    """The agent asks the user something."""

    id: str
    session_id: str
    questions: list[QuestionItem] = []
    tool: PermissionCall | None = None
