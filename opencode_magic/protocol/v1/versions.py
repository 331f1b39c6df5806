"""Which versions of OpenCode 1 we can drive, and what each of them lacks. Pure."""

from __future__ import annotations

from ...errors import UnsupportedError
from ..versions import WAY_OUT, Version, parse_version

_FIRST = (1, 1, 0)
_FULL = (1, 2, 0)
# From 1.14.42 to 1.15.12 the event stream lacks the message events: nothing would be shown.
_SILENT = ((1, 14, 42), (1, 15, 12))

_SINCE: dict[str, Version] = {
    "answer-form": (1, 1, 65),
    "message-cursor": (1, 2, 27),
    "message-delete": (1, 2, 27),
    "undo": (1, 2, 27),
    "vcs-status": (1, 14, 41),
    "vcs-diff": (1, 14, 41),
    "rules-update": (1, 14, 41),
    "session-model": (1, 14, 41),
    "session-metadata": (1, 17, 19),
    "turn-diff": (1, 17, 19),
    "not-found": (1, 17, 19),
}
"""The first version each was seen in, of 1.1.65, 1.2.27, 1.3.2, 1.14.41, 1.17.19 and 1.18.33.

A version in between may have it already: what we do without it is right there, too.
"""

_WORDS = {
    "answer-form": "cannot answer in a form (`--schema`)",
    "message-cursor": "marks no pages in a list of messages",
    "message-delete": "cannot delete a single message",
    "undo": "cannot delete messages, as an undo has to",
    "vcs-status": "tells the changed files of the project without their patches",
    "vcs-diff": "cannot tell how the project differs from its last commit",
    "rules-update": "takes rules for a session when it begins, and not later",
    "session-model": "cannot keep a model or an agent with a new session",
    "session-metadata": "keeps no metadata with a session",
    "turn-diff": "tells what a whole session changed, not what a turn did",
    "not-found": "takes an answer to a question that is gone",
}

_NAMED = ("rules-update", "session-metadata")
"""What a user of the notebook will notice: it is said once, when a server is connected."""

FEATURES = {
    "grep": "cannot search the text of files",
    "symbols": "cannot look for functions, classes and other names",
    "todos": "does not tell the agent's task list",
    "share": "cannot put a session on a public page",
    "init": "has no command that writes an AGENTS.md",
    "tui": "cannot steer a terminal client",
    "lsp": "does not tell of language servers",
    "formatters": "does not tell of formatters",
    "tools": "does not tell the agents' tools",
    "config-write": "does not let its configuration be changed from outside",
    "dispose": "cannot drop what it holds of a project",
    "log": "takes no lines for its log",
}
"""What every server of these versions can do and another may not, with words for the lack."""

OF_THE_SECOND = {
    "inbox": "does not tell what waits to be read by the agent",
    "generate": "answers nothing on the side; `/fork` and ask there, or use `--new`",
    "environment": "gives a session no variables of its own; set them before it starts",
    "saved-permissions": "saves no permissions: what is always allowed there ends with it",
    "session-filters": "cannot choose sessions like that",
}
"""What only servers of the next major can do."""

CAPABILITIES = frozenset(_SINCE)
"""What the newest servers can do, of what older ones cannot."""


def check_version(version: str) -> None:
    """Raise UnsupportedError, with the way out, for a version we cannot drive."""
    numbers = parse_version(version)
    if numbers is None:
        shown = version.strip()[:40] or "(empty)"
        raise UnsupportedError(f"cannot tell the opencode version from {shown!r}; {WAY_OUT}")
    if numbers[0] >= 2:
        raise UnsupportedError(
            f"opencode {version} speaks the 2.x API, not supported yet; {WAY_OUT}"
        )
    if numbers < _FIRST:
        raise UnsupportedError(f"opencode {version} is too old (1.1.0 is the first); {WAY_OUT}")
    if _SILENT[0] <= numbers <= _SILENT[1]:
        raise UnsupportedError(
            f"opencode {version} leaves messages out of its event stream "
            f"(1.14.42 to 1.15.12 do); {WAY_OUT}"
        )


def capabilities(version: str) -> frozenset[str]:
    """Return what a server of that version can do; all of it where that is not known ("")."""
    numbers = parse_version(version)
    if numbers is None:
        return CAPABILITIES
    return frozenset(name for name, since in _SINCE.items() if numbers >= since)


def lacks(capability: str) -> str:
    """Say what a server without that capability does."""
    return FEATURES.get(capability) or OF_THE_SECOND.get(capability) or _WORDS[capability]


def degradations(version: str) -> str:
    """Say in one line what will not work as it should with that version; "" for nothing."""
    numbers = parse_version(version)
    missing = [_WORDS[name] for name in _NAMED if name not in capabilities(version)]
    if numbers and numbers < _FULL:
        missing.append("is older than 1.2, which is the first we support in full")
    if not missing:
        return ""
    return f"opencode {version} {'; it '.join(missing)}; a newer one does more: {WAY_OUT}"
