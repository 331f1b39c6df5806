"""What callers may give instead of the exact value: an id or the thing itself, a model, a path."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from os import PathLike
from typing import Any, TypeAlias, TypedDict

from ..model.messages import Message, MessageInfo, ModelRef, Part
from ..model.prompt import Piece
from ..model.sessions import Session

Json: TypeAlias = dict[str, Any]
SessionLike: TypeAlias = "str | Session"
MessageLike: TypeAlias = "str | MessageInfo | Message"
PartLike: TypeAlias = "str | Part | Mapping[str, Any]"
ModelLike: TypeAlias = "str | ModelRef"
"""`provider/model`; model ids may hold further slashes and colons."""
PathLikeText: TypeAlias = "str | PathLike[str]"
Moment: TypeAlias = "datetime | float"
"""A point in time; a number is milliseconds since the epoch, as the server counts."""
Content: TypeAlias = "str | PathLike[str] | Piece | Mapping[str, Any]"
"""A piece of a prompt: text, a file by its path, or a part in the server's own words."""


def begins_session_id(text: str) -> bool:
    """Return whether a text is a session's id or begins one, as no title does."""
    return text.startswith("ses_")


class PromptOptions(TypedDict, total=False):
    """The options of a prompt."""

    model: ModelLike
    agent: str
    variant: str
    """The model's reasoning effort, e.g. `high`."""
    system: str
    """Is added to the built-in instructions for this prompt."""
    tools: Mapping[str, bool]
    """By name, whether they may be used; the server makes lasting rules of it."""
    schema: Mapping[str, Any]
    """The JSON schema of a structured answer; use a session of its own, whose messages cannot be
    listed afterwards."""
    attempts: int
    """How often the model may try to fit the schema, 2 by default."""
    no_reply: bool
    """True only stores the prompt, which is returned."""
    message_id: str
    """A new id for the prompt (`msg_...`)."""


def milliseconds(moment: Moment) -> int:
    """Return a point in time as the server counts it."""
    return int(moment.timestamp() * 1000) if isinstance(moment, datetime) else int(moment)
