"""What a check found, and what fixes it. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

State = Literal["bad", "warn", "unknown", "ok"]
"""`bad` must be fixed, `warn` works with a loss, `unknown` cannot be seen from here."""

WORST_FIRST: tuple[State, ...] = ("bad", "warn", "unknown", "ok")
SCHEMA = 1


@dataclass(frozen=True)
class Fix:
    """What fixes a finding: a command, or `words` where no command does it."""

    command: tuple[str, ...] = ()
    words: str = ""
    by_hand: str = ""
    """Why `--fix` leaves the command to the user, e.g. "it needs root"; "" where it runs it."""
    asks: bool = False
    """True for a command that talks with the user, and so needs a terminal."""

    @property
    def text(self) -> str:
        """The command as it is typed, or the words."""
        return shlex.join(self.command) if self.command else self.words

    @property
    def runs(self) -> bool:
        """Whether `--fix` runs it."""
        return bool(self.command) and not self.by_hand


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: how it is, what was found, and why that matters."""

    name: str
    state: State
    found: str
    why: str = ""
    fix: Fix | None = None
    details: dict[str, Any] = field(default_factory=dict)
    """For programs: versions, paths, names."""


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings with the problems before the rest."""
    return sorted(findings, key=lambda finding: WORST_FIRST.index(finding.state))


def exit_status(findings: Iterable[Finding]) -> int:
    """Return 1 where something must be fixed, else 0."""
    return int(any(finding.state == "bad" for finding in findings))


def fixable(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings `--fix` can do something about, in the order they were found."""
    return [f for f in findings if f.state in ("bad", "warn") and f.fix and f.fix.runs]


def as_json(findings: Sequence[Finding], version: str) -> dict[str, Any]:
    """Return the report as one object for programs; its keys stay the same while `schema` does."""
    return {
        "schema": SCHEMA,
        "version": version,
        "ok": not exit_status(findings),
        "findings": [{**vars(f), "fix": _fix_json(f.fix)} for f in findings],
    }


def _fix_json(fix: Fix | None) -> dict[str, Any] | None:
    if fix is None:
        return None
    told = {"text": fix.text, "runs": fix.runs, "by_hand": fix.by_hand, "asks": fix.asks}
    return {"command": list(fix.command), **told}
