"""What an agent may do, read from its list of rules: the last match wins. Pure.

effective(agent.permission, "bash", "rm x")     "allow" | "ask" | "deny"
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..model.asks import PermissionRequest
from ..text.shellline import WORD
from ..text.shelltext import commands
from .grants import matches
from .tools import HARMLESS


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
class FoundRule:
    """An ask or deny the configuration has for an agent, as the guard found it."""

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


# Guarded whether an agent's rules name them or not.
_GUARDED = ("bash", "edit", "webfetch", "websearch", "task", "external_directory")
_MCP = "\ue000_\ue001"
# The folder where the server itself keeps long outputs; it appends this rule to every agent.
_OWN_FOLDER = "/tool-output/*"
_STRICTNESS = {"allow": 0, "ask": 1, "deny": 2}


def violations(agents: Iterable[Agent], seen_denies: Iterable[FoundRule]) -> list[str]:
    """One clause for each guarded tool an agent may use unasked, and each ask or deny lost."""
    seen = list(seen_denies)
    found: list[str] = []
    for agent in agents:
        rules = list(agent.permission)
        found += [
            f"agent {agent.name} may use {_named(tool)} unasked{_where(rule.pattern)}"
            for tool in _tools(rules)
            for rule in _open(rules, tool)
        ]
        found += [
            f"agent {agent.name} lost the {rule.action} of {rule.permission}{_where(rule.pattern)}"
            for rule in seen
            if rule.agent == agent.name and _weakened(rules, rule)
        ]
    return list(dict.fromkeys(found))


def allows(rules: Iterable[Rule]) -> bool:
    """Whether a session's own rules let a guarded tool do something."""
    return any(rule.action == "allow" and rule.permission not in HARMLESS for rule in rules)


_SHELL = "bash"
Bounds = Mapping[str, Sequence[Rule]]
"""The rules of the agents that may run some shell text and no other, by their names."""
OUT_OF_BOUNDS = (
    "The user's rules allow some commands, and do not cover all that this text does. Run what is "
    "allowed alone, in plain words, or go on without it."
)


def shell_bounds(agents: Iterable[Agent]) -> Bounds:
    """What the guard could not keep: it lets the server ask about texts that the rules deny.

    A text of ours begins with a word of ours (see shell.js); where the rules deny every command but
    some, they would deny that word, and with it every text.
    """
    found: dict[str, Sequence[Rule]] = {}
    for agent in agents:
        own = [rule for rule in agent.permission if not _is_ours(rule)]
        denied = effective(own, _SHELL, WORD) == "deny"
        if denied and effective(agent.permission, _SHELL, WORD) != "deny":
            found[agent.name] = own
    return found


def out_of_bounds(request: PermissionRequest, agent: str, bounds: Bounds) -> bool:
    """Whether a request asks for more than the rules of its agent cover; of any, where it is ""."""
    if request.permission != _SHELL:
        return False
    own = bounds.values() if not agent else [bounds[agent]] if agent in bounds else []
    return any(not _covered(request.command, rules) for rules in own)


def _covered(text: str, own: Sequence[Rule]) -> bool:
    last = [r for r in own if matches(_SHELL, r.permission) and matches(text, r.pattern)][-1:]
    if last and last[0].action != "deny" and last[0].pattern == text:
        return True  # it is named as it is
    named = commands(text)
    return named is not None and all(effective(own, _SHELL, name) != "deny" for name in named)


def _is_ours(rule: Rule) -> bool:
    return (rule.permission, rule.pattern, rule.action) == (_SHELL, WORD, "ask")


def session_rules(
    agent: Agent, *, allow_task: bool = False, allow_shell: bool = True
) -> list[dict[str, str]]:
    """Rules for a session on a server we do not guard: the agent's own, with every allow raised.

    Such rules do not reach the sessions of subagents: hence no `task` unless the user agreed. Nor
    do they reach all shell text, which runs unasked where the server recognises no command in it:
    hence no shell, unless the server is guarded or the user agreed.
    """
    said: list[dict[str, str]] = []
    for rule in agent.permission:
        if rule.action != "allow" or rule.permission in HARMLESS or _is_own_folder(rule):
            said.append(_as_dict(rule.permission, rule.pattern, rule.action))
            continue
        said.append(_as_dict(rule.permission, rule.pattern, "ask"))
        said += [
            _as_dict(name, rule.pattern, "allow")
            for name in HARMLESS
            if matches(name, rule.permission)
        ]
    if not allow_task:
        said.append(_as_dict("task", "*", "deny"))
    if not allow_shell:
        said.append(_as_dict(_SHELL, "*", "deny"))
    return said


def _as_dict(permission: str, pattern: str, action: str) -> dict[str, str]:
    return {"permission": permission, "pattern": pattern, "action": action}


def _tools(rules: Iterable[Rule]) -> list[str]:
    """Every guarded tool these rules could mean: the known ones, those named, one for the rest."""
    named = (_specimen(rule.permission) for rule in rules if rule.action == "allow")
    return [name for name in dict.fromkeys((*_GUARDED, _MCP, *named)) if name not in HARMLESS]


def _open(rules: Sequence[Rule], tool: str) -> list[Rule]:
    """The rules that allow something of this tool and are not taken back by a later one."""
    about = [rule for rule in rules if matches(tool, rule.permission)]
    return [
        rule
        for index, rule in enumerate(about)
        if rule.action == "allow"
        and not (tool == "external_directory" and _is_own_folder(rule))
        and not any(_covers(later.pattern, rule.pattern) for later in about[index + 1 :])
    ]


def _is_own_folder(rule: Rule) -> bool:
    path = rule.pattern.replace("\\", "/")
    return rule.permission == "external_directory" and path.endswith(_OWN_FOLDER)


def _weakened(rules: Iterable[Rule], seen: FoundRule) -> bool:
    now = effective(rules, _specimen(seen.permission), _specimen(seen.pattern))
    return _STRICTNESS.get(now, 0) < _STRICTNESS.get(seen.action, 2)


def _covers(wide: str, narrow: str) -> bool:
    """Whether every text that fits `narrow` fits `wide` too (in doubt: no)."""
    return matches(_specimen(narrow), wide) and matches(re.sub(r"\*", "", _one(narrow)), wide)


def _specimen(wildcard: str) -> str:
    """A text that fits a wildcard, and no narrower one by accident."""
    return _one(wildcard).replace("*", "\ue000\ue001\ue002")


def _one(wildcard: str) -> str:
    return wildcard.replace("?", "\ue003")


def _named(tool: str) -> str:
    if tool == _MCP:
        return "MCP tools"
    plain = tool.replace("\ue000\ue001\ue002", "*").replace("\ue003", "?")
    return "every tool" if plain == "*" else plain


def _where(pattern: str) -> str:
    return "" if pattern == "*" else f" for {pattern!r}"
