"""Commands are offered once, in their order, and what they did is looked at."""

from __future__ import annotations

from collections.abc import Sequence

from opencode_magic.doctor.finding import Finding, Fix
from opencode_magic.doctor.fixing import fix_all

NPM, OPENCODE = Fix(("pip", "npm")), Fix(("install", "opencode"))


class Patient:
    """A machine on which opencode can be installed only when npm is there."""

    def __init__(self, *, answer: bool = True, cures: bool = True) -> None:
        self.answer, self.cures = answer, cures
        self.installed: set[str] = set()
        self.asked: list[str] = []
        self.ran: list[tuple[str, ...]] = []
        self.said: list[str] = []

    def examine(self) -> list[Finding]:
        npm = "npm" in self.installed
        return [
            Finding("npm", "ok" if npm else "bad", "11" if npm else "not found", "", NPM),
            Finding("opencode", "ok" if "opencode" in self.installed else "bad", "x", "", OPENCODE),
            Finding("git", "bad", "not found", "", Fix(("sudo", "git"), by_hand="root")),
        ]

    def ask(self, finding: Finding, fix: Fix) -> bool:
        self.asked.append(finding.name)
        return self.answer

    def run(self, command: Sequence[str]) -> int:
        self.ran.append(tuple(command))
        if not self.cures or (command[1] == "opencode" and "npm" not in self.installed):
            return 3
        self.installed.add(command[1])
        return 0

    def fix(self) -> dict[str, str]:
        found = fix_all(
            self.examine(), examine=self.examine, ask=self.ask, run=self.run, say=self.said.append
        )
        return {finding.name: finding.state for finding in found}


def test_what_was_fixed_is_looked_at_again() -> None:
    patient = Patient()
    assert patient.fix() == {"npm": "ok", "opencode": "ok", "git": "bad"}
    assert patient.ran == [NPM.command, OPENCODE.command]
    assert patient.said == ["npm: ok, 11", "opencode: ok, x"]


def test_a_no_runs_nothing_and_is_asked_once() -> None:
    patient = Patient(answer=False)
    assert patient.fix() == {"npm": "bad", "opencode": "bad", "git": "bad"}
    assert patient.asked == ["npm", "opencode"]
    assert patient.ran == []


def test_a_command_that_fails_is_told_and_not_tried_again() -> None:
    patient = Patient(cures=False)
    assert patient.fix()["npm"] == "bad"
    assert patient.ran == [NPM.command, OPENCODE.command]
    assert patient.said[:2] == [
        "npm: the command ended with status 3",
        "npm: still bad, not found",
    ]
