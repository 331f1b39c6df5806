"""What a server that was just started says of itself, and whether it may be used. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx

from ..errors import UnguardedError
from ..policy.rules import FoundRule, PlainAgent, PlainRule, violations


def check_rules(
    agents: Iterable[PlainAgent], seen: Iterable[FoundRule] | None, closed: bool, directory: Path
) -> None:
    """An error where the rules of a server let something happen unasked, or its guard is missing.

    Parameters
    ----------
    agents:
        the agents with their rules, as the server shows them.
    seen:
        what the guard found in the configuration; None where it has not run.
    closed:
        whether the guard keeps the code of a folder that is not trusted out.
    directory:
        the project.
    """
    if seen is None:
        raise UnguardedError(
            "the guard plugin did not run in the server, so it would do things unasked; "
            "look for what disables plugins in your opencode configuration"
        )
    if not closed:
        raise UnguardedError(
            f"{directory} is not trusted, and this opencode would run its code all the same: look "
            "at what it brings, then `%opencode /trust --yes`"
        )
    if found := violations(agents, seen):
        more = f" (and {len(found) - 3} more)" if len(found) > 3 else ""
        raise UnguardedError(
            f"not sending: {'; '.join(found[:3])}{more}; change the permissions in your "
            "opencode configuration, or start without the folder's own"
        )


def agents_of(answer: httpx.Response) -> list[PlainAgent]:
    """The agents of an answer to `GET /agent`."""
    return [_agent(found) for found in json.loads(answer.text)]


def refusal(answer: httpx.Response, redact: Callable[[str], str]) -> str:
    """Why a server does not tell its agents, in words."""
    try:
        data = json.loads(answer.text)
    except ValueError:
        data = {}
    details = data.get("data") if isinstance(data, dict) else None
    if isinstance(details, dict) and (path := details.get("path")):
        issues = details.get("issues") or details.get("message") or data.get("name", "")
        why = redact(issues if isinstance(issues, str) else json.dumps(issues))[:200]
        return f"opencode cannot use {path}: {why}; mend that file"
    return f"opencode did not tell its agents (status {answer.status_code})"


def _agent(found: Mapping[str, Any]) -> PlainAgent:
    rules = tuple(
        PlainRule(rule["permission"], rule["pattern"], rule["action"])
        for rule in found.get("permission", ())
    )
    return PlainAgent(found["name"], found.get("mode", "all"), rules)
