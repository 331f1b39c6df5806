"""What a check found, and what mends it. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

State = Literal["bad", "warn", "unknown", "ok"]
"""`bad` must be mended, `warn` works with a loss, `unknown` cannot be seen from here."""

WORST_FIRST: tuple[State, ...] = ("bad", "warn", "unknown", "ok")
SCHEMA = 1


@dataclass(frozen=True)
class Mend:
    """What mends a finding: a command, or `words` where no command does."""

    command: tuple[str, ...] = ()
    words: str = ""
    by_hand: str = ""
    """Why `--fix` leaves the command to the user, e.g. "it needs root"; "" where it runs it."""
    asks: bool = False
    """True for a command that talks with the user, and so needs a terminal."""

    @property
    def text(self) -> str:
        """As it is typed, or read."""
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
    mend: Mend | None = None
    details: dict[str, Any] = field(default_factory=dict)
    """For programs: versions, paths, names."""


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """The same findings, the problems before the rest."""
    return sorted(findings, key=lambda finding: WORST_FIRST.index(finding.state))


def exit_status(findings: Iterable[Finding]) -> int:
    """1 where something must be mended, else 0."""
    return int(any(finding.state == "bad" for finding in findings))


def mendable(findings: Iterable[Finding]) -> list[Finding]:
    """Those that `--fix` can do something about, in the order they were found."""
    return [f for f in findings if f.state in ("bad", "warn") and f.mend and f.mend.runs]


def as_json(findings: Sequence[Finding], version: str) -> dict[str, Any]:
    """One object for programs; its keys stay as they are while `schema` does."""
    return {
        "schema": SCHEMA,
        "version": version,
        "ok": not exit_status(findings),
        "findings": [
            {
                "name": f.name,
                "state": f.state,
                "found": f.found,
                "why": f.why,
                "mend": _mend_json(f.mend),
                "details": f.details,
            }
            for f in findings
        ],
    }


def _mend_json(mend: Mend | None) -> dict[str, Any] | None:
    if mend is None:
        return None
    return {
        "command": list(mend.command),
        "text": mend.text,
        "runs": mend.runs,
        "by_hand": mend.by_hand,
        "asks": mend.asks,
    }
