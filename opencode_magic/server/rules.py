"""What an agent may do, read from its list of rules: the last match wins. Pure.

effective(agent.permission, "bash", "rm x")     "allow" | "ask" | "deny"
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol


class Rule(Protocol):
    """One line of a rule list."""

    @property
    def permission(self) -> str: ...
    @property
    def pattern(self) -> str: ...
    @property
    def action(self) -> str: ...


class Agent(Protocol):
    """An agent as `GET /agent` shows it."""

    @property
    def name(self) -> str: ...
    @property
    def mode(self) -> str: ...
    @property
    def permission(self) -> Sequence[Rule]: ...


@dataclass(frozen=True)
class PlainRule:
    """A rule as plain data."""

    permission: str
    pattern: str
    action: str


@dataclass(frozen=True)
class PlainAgent:
    """An agent as plain data."""

    name: str
    mode: str
    permission: tuple[PlainRule, ...]


@dataclass(frozen=True)
class Seen:
    """An ask or deny of the configuration before the guard; agent "" is the top level."""

    agent: str
    permission: str
    pattern: str
    action: str


def effective(rules: Iterable[Rule], permission: str, pattern: str) -> str:
    """The action for this permission and pattern; a server asks where no rule matches."""
    action = "ask"
    for rule in rules:
        if matches(permission, rule.permission) and matches(pattern, rule.pattern):
            action = rule.action
    return action


def matches(text: str, wildcard: str) -> bool:
    """Whether the server's wildcard fits: `*` any text, `?` one character, `ls *` fits `ls` too."""
    return _compiled(wildcard).fullmatch(text.replace("\\", "/")) is not None


@lru_cache(maxsize=1024)
def _compiled(wildcard: str) -> re.Pattern[str]:
    parts = re.split(r"([*?])", wildcard.replace("\\", "/"))
    pattern = "".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in parts)
    if wildcard.endswith(" *"):
        pattern = pattern.removesuffix(re.escape(" ") + ".*") + "( .*)?"
    return re.compile(pattern, re.DOTALL)
