"""What waits in a session to be read by the agent, and the permissions that a server keeps."""

from __future__ import annotations

from .base import Wire


class InboxItem(Wire, frozen=True):
    """Something that waits in a session until the agent reads it.

    `kind` is `user` for a prompt, `synthetic` for a text that nobody wrote as a prompt, and
    `compaction`; `delivery` is `steer` (after the present step) or `queue` (after the turn).
    """

    id: str
    kind: str = "user"
    text: str = ""
    delivery: str = "steer"
    created: float = 0.0
    """In milliseconds since the epoch."""


class SavedPermission(Wire, frozen=True):
    """What was allowed for good on a server, for a whole project and without an end."""

    id: str
    permission: str = ""
    pattern: str = ""
    created: float = 0.0
    """In milliseconds since the epoch."""
