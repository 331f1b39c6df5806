"""The agent's task list is one: it keeps the place of the first call, and shows the latest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..model.messages import Message, ToolPart
from .blocks import Checklist
from .tools.call import ToolCall
from .tools.todo import TOOLS, checklist


@dataclass(frozen=True)
class Plan:
    """The task list of a session, and where it stands."""

    place: str = ""
    """The call it stands for."""
    list: Checklist | None = None
    later: frozenset[str] = frozenset()
    """The calls that only changed it."""


def plan_of(messages: Iterable[Message]) -> Plan:
    """The task list of a session's messages; a call that failed is none of it."""
    calls = [
        part
        for message in messages
        for part in message.parts
        if isinstance(part, ToolPart) and part.tool in TOOLS and part.state.status != "error"
    ]
    if not calls:
        return Plan()
    lists = (checklist(ToolCall(part)) for part in reversed(calls))
    latest = next((found for found in lists if found is not None), None)
    return Plan(calls[0].id, latest, frozenset(part.id for part in calls[1:]))
