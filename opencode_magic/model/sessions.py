"""Sessions and what belongs to them: rules, task lists, where they were rolled back to."""

from __future__ import annotations

from typing import Any

from .base import KEY as KEY
from .base import Wire
from .messages import ModelRef, Times


class Todo(Wire, frozen=True):
    """One line of the agent's task list."""

    content: str
    status: str = "pending"
    priority: str = ""


class Revert(Wire, frozen=True):
    """Where a session was rolled back to."""

    message_id: str
    part_id: str = ""
    diff: str = ""
    sequence: str = ""
    """The sort key of that message, where its id is none."""

    @property
    def order(self) -> str:
        """The sort key of that message, see `MessageInfo.order`."""
        return self.sequence or self.message_id


class Rule(Wire, frozen=True):
    """A permission rule; in a list, the last one that matches wins."""

    permission: str
    pattern: str = "*"
    action: str = "ask"


class Share(Wire, frozen=True):
    """The address where everybody can read a conversation."""

    url: str = ""


class Session(Wire, frozen=True):
    """A conversation on the server."""

    id: str
    title: str = ""
    directory: str = ""
    parent_id: str = ""
    agent: str | None = None
    model: ModelRef | None = None
    metadata: dict[str, Any] | None = None
    revert: Revert | None = None
    share: Share | None = None
    permission: list[Rule] | None = None
    cost: float = 0
    time: Times = Times()


class Status(Wire, frozen=True):
    """What a session does now: `idle`, `busy`, or `retry` with attempt and time of the next one."""

    type: str = "idle"
    attempt: int = 0
    message: str = ""
    next: float = 0


class Health(Wire, frozen=True):
    """`GET /global/health`."""

    healthy: bool
    version: str


class Paths(Wire, frozen=True):
    """`GET /path`: where the server works and keeps its files."""

    directory: str = ""
    worktree: str = ""
    home: str = ""
    config: str = ""
    state: str = ""


class Project(Wire, frozen=True):
    """The project of a directory; `vcs` is `git`, or None where undo cannot work."""

    id: str
    worktree: str = ""
    vcs: str | None = None
    name: str | None = None
    time: Times = Times()
