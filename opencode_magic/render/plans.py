"""A session has one task list: it stands where the first call was, and shows the latest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..model.messages import Message, ToolPart
from .blocks import Checklist
from .tools.call import ToolCall
from .tools.todo import checklist


@dataclass(frozen=True)
class Plan:
    """The task list of a session, and its place."""

    place: str = ""
    """The id of the call where it is shown."""
    list: Checklist | None = None
    later: frozenset[str] = frozenset()
    """The ids of the calls that only changed it."""


def plan_of(messages: Iterable[Message]) -> Plan:
    """Return the task list of a session's messages, without calls that failed."""
    calls = [
        part
        for message in messages
        for part in message.parts
        if isinstance(part, ToolPart) and part.kind == "todo" and part.state.status != "error"
    ]
    if not calls:
        return Plan()
    lists = (checklist(ToolCall(part)) for part in reversed(calls))
    latest = next((found for found in lists if found is not None), None)
    return Plan(calls[0].id, latest, frozenset(part.id for part in calls[1:]))
