"""What an agent may do, read from its list of rules: the last match wins.

effective(agent.permission, "bash", "rm x")     "allow" | "ask" | "deny"
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import asdict, replace

from ..model.agents import Agent
from ..model.asks import PermissionRequest
from ..model.sessions import Rule
from ..model.tools import CODE, OUTSIDE, PERMISSIONS, SHELL, TASK
from ..text.shellline import WORD
from ..text.shelltext import commands
from .grants import matches
from .tools import HARMLESS


@dataclass(frozen=True)
class FoundRule:
    """An ask or deny that the guard found in the configuration of an agent."""

    agent: str
    permission: str
    pattern: str
    action: str


def effective(rules: Iterable[Rule], permission: str, pattern: str) -> str:
    """Return the action for this permission and pattern; without a match a server asks."""
    action = "ask"
    for rule in rules:
        if matches(permission, rule.permission) and matches(pattern, rule.pattern):
            action = rule.action
    return action


# Guarded even where the rules of an agent do not name them.
_GUARDED = tuple(
    PERMISSIONS[kind][0] for kind in ("shell", "edit", "fetch", "web", "task", "outside")
)
_MCP = "\ue000_\ue001"
# Folders in which the server keeps long outputs; it gives every agent rules for them.
_OWN_FOLDERS = ("/tool-output/*", "/opencode/shell/*/*")
_STRICTNESS = {"allow": 0, "ask": 1, "deny": 2}


def violations(agents: Iterable[Agent], seen_denies: Iterable[FoundRule]) -> list[str]:
    """Return a clause for each guarded tool an agent may use unasked, and each lost ask or deny."""
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


def to_keep(rules: Sequence[Rule]) -> list[Rule]:
    """Return requests that fit the asks and denies of a list, and what it says of each."""
    found: dict[tuple[str, str], Rule] = {}
    for rule in rules:
        if rule.action == "allow":
            continue
        asked = _specimen(rule.permission), _specimen(rule.pattern)
        if (action := effective(rules, *asked)) != "allow":
            found[asked] = Rule(*asked, action)
    return list(found.values())


def named(rule: Rule) -> str:
    """Return what a rule is about in words, where its texts are made to fit wildcards."""
    tool, text = (_plain(each) for each in (rule.permission, rule.pattern))
    return f"{tool}{_where(text)}"


def allows(rules: Iterable[Rule]) -> bool:
    """Return whether the own rules of a session allow a guarded tool something."""
    return any(rule.action == "allow" and rule.permission not in HARMLESS for rule in rules)


Bounds = Mapping[str, Sequence[Rule]]
"""The rules of the agents that may run only some shell text, by the names of the agents."""
OUT_OF_BOUNDS = (
    "The user's rules allow some commands, and do not cover all that this text does. Run what is "
    "allowed alone, in plain words, or go on without it."
)


def shell_bounds(agents: Iterable[Agent]) -> Bounds:
    """Return the rules the guard could not keep: it lets the server ask about denied texts.

    The guard puts a word of ours before each shell text (see shell.js). Rules that deny every
    command except some would deny that word, and with it every text.
    """
    found: dict[str, Sequence[Rule]] = {}
    for agent in agents:
        own = [rule for rule in agent.permission if not _is_ours(rule)]
        denied = effective(own, SHELL, WORD) == "deny"
        if denied and (
            effective(agent.permission, SHELL, WORD) != "deny" or _denies_word_alone(own)
        ):
            found[agent.name] = own
    return found


def _denies_word_alone(own: Sequence[Rule]) -> bool:
    """Return whether rules that let some commands through deny the word of ours before each."""
    about = [rule for rule in own if matches(SHELL, rule.permission)]
    if effective(about, SHELL, WORD) != "deny":
        return False
    return any(
        rule.action != "deny"
        and not any(
            later.action == "deny" and matches(_specimen(rule.pattern), later.pattern)
            for later in about[index + 1 :]
        )
        for index, rule in enumerate(about)
    )


def out_of_bounds(request: PermissionRequest, agent: str, bounds: Bounds) -> bool:
    """Return whether a request exceeds the rules of its agent; of any agent, where that is ""."""
    if request.permission != SHELL:
        return False
    own = bounds.values() if not agent else [bounds[agent]] if agent in bounds else []
    return any(not _covered(request.command, rules) for rules in own)


def _covered(text: str, own: Sequence[Rule]) -> bool:
    last = [r for r in own if matches(SHELL, r.permission) and matches(text, r.pattern)][-1:]
    if last and last[0].action != "deny" and last[0].pattern == text:
        return True  # a rule names exactly this text
    named = commands(text)
    return named is not None and all(effective(own, SHELL, name) != "deny" for name in named)


def _is_ours(rule: Rule) -> bool:
    return (rule.permission, rule.pattern, rule.action) == (SHELL, WORD, "ask")


def session_rules(
    agent: Agent, *, allow_task: bool = False, allow_shell: bool = True, allow_code: bool = True
) -> list[dict[str, str]]:
    """Return rules that make a session ask: the agent's, each allow as an ask.

    They are all there is on a server we do not guard, and a second line on one of our own, whose
    guard may be away for a moment.

    Parameters
    ----------
    agent:
        the agent whose rules they are.
    allow_task:
        whether it may start subagents, whose sessions such rules may not reach; no by default.
    allow_shell:
        whether it may use the shell, which runs a text unasked if the server recognises no command
        in it; yes by default, so on an unguarded server the caller must say no.
    allow_code:
        whether the model may run JavaScript of its own in the server (2.x), past all rules.
    """
    said: list[Rule] = []
    for rule in agent.permission:
        if rule.action != "allow" or rule.permission in HARMLESS or _is_own_folder(rule):
            said.append(rule)
            continue
        said.append(replace(rule, action="ask"))
        looking = (name for name in HARMLESS if matches(name, rule.permission))
        said += [replace(rule, permission=name) for name in looking]
    if not allow_task:
        said.append(Rule(TASK, action="deny"))
    if not allow_shell:
        said.append(Rule(SHELL, action="deny"))
    elif _denies_word_alone(agent.permission):
        said.append(Rule(SHELL, WORD, "ask"))  # what may run is asked, and judged as a whole
    if not allow_code:
        said.append(Rule(CODE, action="deny"))
    return [asdict(rule) for rule in said]


def _tools(rules: Iterable[Rule]) -> list[str]:
    """Return the guarded tools these rules could mean: known, named, and one for all others."""
    named = (_specimen(rule.permission) for rule in rules if rule.action == "allow")
    return [name for name in dict.fromkeys((*_GUARDED, _MCP, *named)) if name not in HARMLESS]


def _open(rules: Sequence[Rule], tool: str) -> list[Rule]:
    """Return the rules that allow something of this tool and that no later rule takes back."""
    about = [rule for rule in rules if matches(tool, rule.permission)]
    return [
        rule
        for index, rule in enumerate(about)
        if rule.action == "allow"
        and not (tool == OUTSIDE and _is_own_folder(rule))
        and not any(_covers(later.pattern, rule.pattern) for later in about[index + 1 :])
    ]


def _is_own_folder(rule: Rule) -> bool:
    path = rule.pattern.replace("\\", "/")
    return rule.permission == OUTSIDE and path.endswith(_OWN_FOLDERS)


def _weakened(rules: Iterable[Rule], seen: FoundRule) -> bool:
    now = effective(rules, _specimen(seen.permission), _specimen(seen.pattern))
    return _STRICTNESS.get(now, 0) < _STRICTNESS.get(seen.action, 2)


def _covers(wide: str, narrow: str) -> bool:
    """Return whether every text that fits `narrow` fits `wide` too; False in doubt."""
    return matches(_specimen(narrow), wide) and matches(re.sub(r"\*", "", _one(narrow)), wide)


def _specimen(wildcard: str) -> str:
    """Return a text that fits a wildcard, and fits no narrower one by accident."""
    return _one(wildcard).replace("*", "\ue000\ue001\ue002")


def _one(wildcard: str) -> str:
    return wildcard.replace("?", "\ue003")


def _named(tool: str) -> str:
    if tool == _MCP:
        return "MCP tools"
    plain = _plain(tool)
    return "every tool" if plain == "*" else plain


def _plain(specimen: str) -> str:
    return specimen.replace("\ue000\ue001\ue002", "*").replace("\ue003", "?")


def _where(pattern: str) -> str:
    return "" if pattern == "*" else f" for {pattern!r}"
