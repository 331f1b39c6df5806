"""A session and its rules, as an OpenCode 2 server tells them, in values of the model. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...model.messages import Times
from ...model.sessions import Revert, Rule, Session
from ...text.visible import as_text
from . import listed
from .names import our_permission


def session_of(told: Any) -> Session:
    """Return a session as the server tells it."""
    told = told if isinstance(told, Mapping) else {}
    time = told.get("time")
    revert = told.get("revert")
    metadata = told.get("metadata")
    permissions = told.get("permissions")
    return Session(
        as_text(told.get("id")),
        as_text(told.get("title")),
        as_text(listed.dig(told, "location", "directory")),
        as_text(told.get("parentID")),
        as_text(told.get("agent")) or None,
        listed.model_ref(told.get("model")),
        dict(metadata) if isinstance(metadata, Mapping) else None,
        Revert(as_text(listed.dig(revert, "messageID"))) if revert else None,
        permission=rules_of(permissions) if isinstance(permissions, Sequence) else None,
        cost=listed.number(told.get("cost")),
        time=Times(
            created=listed.number(listed.dig(time, "created")),
            updated=listed.number(listed.dig(time, "updated")),
            archived=listed.number(listed.dig(time, "archived")),
        ),
    )


def rules_of(told: Sequence[Any]) -> list[Rule]:
    """Return rules as the server tells them, under the names that ours have."""
    return [
        Rule(
            our_permission(as_text(listed.dig(rule, "action"))),
            as_text(listed.dig(rule, "resource")),
            as_text(listed.dig(rule, "effect")),
        )
        for rule in told
    ]
