"""Which versions of OpenCode 2 we can drive, and what they lack. Pure."""

from __future__ import annotations

from ...errors import UnsupportedError
from ..versions import PINS, Version, parse_version

_FIRST: Version = (2, 0, 15)

_LACKS = {
    "symbols": "cannot look for functions, classes and other names",
    "todos": "has no task list",
    "share": "cannot put a session on a public page",
    "init": "has no call that writes an AGENTS.md; send it the command /init",
    "tui": "cannot steer a terminal client",
    "lsp": "does not tell of language servers",
    "formatters": "does not tell of formatters",
    "tools": "does not tell the agents' tools",
    "config-write": "does not let its configuration be changed from outside",
    "dispose": "cannot drop what it holds of a project without losing its guard for a moment",
    "log": "takes no lines for its log",
    "answer-form": "cannot answer in a form by itself",
    "message-delete": "cannot delete a single message",
    "auth": "keeps no keys by provider; its logins are its integrations",
}

CAPABILITIES = frozenset(
    {
        *("grep", "message-cursor", "vcs-status", "vcs-diff", "rules-update", "session-model"),
        *("session-metadata", "turn-diff", "not-found", "inbox", "generate", "environment"),
        *("saved-permissions", "steer", "undo", "inherited-rules"),
    }
)
"""What these servers can do, of what others may not."""


def check_version(version: str) -> None:
    """Raise UnsupportedError, with the way out, for a version we cannot drive."""
    numbers = parse_version(version)
    if numbers is None or numbers[0] != 2 or numbers < _FIRST:
        pin = PINS[2]
        raise UnsupportedError(
            f"opencode {version.strip()[:40]} is none of those that were tried, {pin.version} and "
            f"later 2.x; install {pin.version} with: {pin.install}"
        )


def lacks(capability: str) -> str:
    """Say what a server of this major does instead of that."""
    return _LACKS.get(capability, f"has no {capability}")
