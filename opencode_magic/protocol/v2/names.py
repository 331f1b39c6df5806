"""The names of permissions of OpenCode 2, and those that our rules have for them."""

from __future__ import annotations

_OURS = {"shell": "bash", "subagent": "task"}
_THEIRS = {ours: theirs for theirs, ours in _OURS.items()}


def our_permission(action: str) -> str:
    """Return the name that our rules have for what the server calls an action."""
    return _OURS.get(action, action)


def their_action(permission: str) -> str:
    """Return the server's name for a permission of our rules."""
    return _THEIRS.get(permission, permission)
