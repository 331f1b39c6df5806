"""A session and its rules, as an OpenCode 2 server tells them, in values of the model. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...model.messages import Times
from ...model.sessions import Revert, Rule, Session
from ...model.tools import dig
from ...text.visible import as_text
from . import listed
from .names import our_permission
from .told import number


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
        as_text(dig(told, "location", "directory")),
        as_text(told.get("parentID")),
        as_text(told.get("agent")) or None,
        listed.model_ref(told.get("model")),
        dict(metadata) if isinstance(metadata, Mapping) else None,
        Revert(as_text(dig(revert, "messageID"))) if revert else None,
        permission=rules_of(permissions) if isinstance(permissions, Sequence) else None,
        cost=number(told.get("cost")),
        time=Times(
            created=number(dig(time, "created")),
            updated=number(dig(time, "updated")),
            archived=number(dig(time, "archived")),
        ),
    )


def rules_of(told: Sequence[Any]) -> list[Rule]:
    """Return rules as the server tells them, under the names that ours have."""
    return [
        Rule(
            our_permission(as_text(dig(rule, "action"))),
            as_text(dig(rule, "resource")),
            as_text(dig(rule, "effect")),
        )
        for rule in told
    ]
