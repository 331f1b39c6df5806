"""What a server that was just started says of itself, and whether it may be used. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..errors import UnguardedError
from ..model.agents import Agent
from ..policy.rules import FoundRule, violations


def check_rules(
    agents: Iterable[Agent], seen: Iterable[FoundRule] | None, closed: bool, directory: Path
) -> None:
    """Raise where the rules of a server let something happen unasked, or its guard is missing.

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
