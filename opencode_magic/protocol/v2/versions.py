"""Which versions of OpenCode 2 we can drive, and what they lack. Pure."""

from __future__ import annotations

from ...errors import UnsupportedError
from ..versions import PINS, Version, parse_version

_FIRST: Version = (2, 0, 15)

WORDS = {
    "symbols": "cannot look for functions, classes and other names",
    "todos": "has no task list",
    "share": "cannot put a session on a public page",
    "tui": "cannot steer a terminal client",
    "lsp": "does not tell of language servers",
    "formatters": "does not tell of formatters",
    "tools": "does not tell the agents' tools",
    "config-write": "does not let its configuration be changed from outside",
    "dispose": "cannot drop what it holds of a project without losing its guard for a moment",
    "log": "takes no lines for its log",
    "answer-form": "cannot answer in a form by itself",
    "message-delete": "cannot delete a single message",
    "prompt-system": "takes no instructions with a single prompt; write them into it",
    "prompt-tools": "takes no choice of tools with a single prompt; give the session rules",
    "command-id": "makes the ids of the prompts of its commands itself",
    "summarize-auto": "does not go on by itself after a summary that was asked for",
    "session-parent": "cannot begin a session below another; only its agents do that",
    "archive": "cannot archive a session",
    "revert-part": "takes back whole prompts, and not a part of one",
    "mcp-auth": "logs in to MCP servers as to providers: `/auth` lists them and how",
    "grep-far": "searches no text, and its files are not on this machine; search there",
}

CAPABILITIES = frozenset(
    [
        "grep",
        "init",
        "message-cursor",
        "vcs-status",
        "vcs-diff",
        "rules-update",
        "session-model",
        "session-metadata",
        "turn-diff",
        "not-found",
        "inbox",
        "generate",
        "environment",
        "saved-permissions",
        "undo",
        "inherited-rules",
    ]
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
    return WORDS.get(capability, f"has no {capability}")
