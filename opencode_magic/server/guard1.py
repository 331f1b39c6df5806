"""The guard of OpenCode 1: a plugin that rewrites the rules before the server reads them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from ..client import Client
from ..model.agents import Agent
from ..policy.rules import FoundRule, violations
from ..protocol import hosting
from ..protocol.hosting import FIRST
from .closed import closed_places
from .guard import Guard
from .probing import make_folder, prove_asking
from .verdict import check_rules

SCRIPT = Path(__file__).with_name("guard.js")
REPORT = "report.json"

REPORT_VARIABLE = "OPENCODE_MAGIC_REPORT"
"""The file in which the guard tells what it found."""
USERS_VARIABLE = "OPENCODE_MAGIC_USERS"
"""Such a file, of a server that did not see the folder's configuration."""
CLOSED_VARIABLE = "OPENCODE_MAGIC_CLOSED"
"""Folders nothing may be imported from, as a JSON list; the first holds a probe for the guard."""
PROBE_VARIABLE = "OPENCODE_MAGIC_PROBE"
"""A folder of ours in which the guard plays a model that gives the shell something."""
BLANK_VARIABLE = "OPENCODE_MAGIC_BLANK"
"""Names of further variables that tools get empty."""

PRIVATE = (
    *hosting.PRIVATE,
    *(REPORT_VARIABLE, USERS_VARIABLE, CLOSED_VARIABLE, PROBE_VARIABLE, BLANK_VARIABLE),
)
"""What is between us and the server; nothing that the server starts may see it."""


class Guard1(Guard):
    """The guard of one 1.x server."""

    def lay(self) -> dict[str, str]:
        self.plugin = SCRIPT.as_uri()
        hasty = FIRST.hasty_npm(self.environ)
        env = {BLANK_VARIABLE: " ".join(hasty), REPORT_VARIABLE: str(self._report)}
        if not self.briefly:
            self.trial_folder = make_folder(self.scratch)
            env[PROBE_VARIABLE] = str(self.trial_folder)
        if not self.project_config:
            # The server's own switch is not enough: see guard.js.
            make_probe(self.scratch / "closed")
            places = [self.scratch / "closed", *closed_places(self.directory, self.environ)]
            env[CLOSED_VARIABLE] = json.dumps([str(place.resolve()) for place in places])
        if self.users is not None:
            (self.scratch / "users.json").write_bytes(self.users)
            env[USERS_VARIABLE] = str(self.scratch / "users.json")
        return env

    def verify(self, client: Client) -> None:
        # The first request to a folder makes the server load it, which can take long.
        check_rules(client.agents(), self.seen_denies, closed(self._report), self.directory)

    def try_out(self, client: Client) -> None:
        prove_asking(client)

    def report(self, client: Client) -> bytes:
        return self._report.read_bytes()

    def lost(self, client: Client, agents: Sequence[Agent]) -> bool:
        return bool(violations(agents, self.seen_denies or ()))

    @property
    def seen_denies(self) -> tuple[FoundRule, ...] | None:
        """The asks and denies of the configuration, as the guard saw them; None before it ran."""
        return read_report(self._report)

    @property
    def _report(self) -> Path:
        return self.scratch / REPORT


def make_probe(folder: Path) -> None:
    """Make a folder that is to be closed, with a module in it that tells that it is open."""
    folder.mkdir()
    (folder / "probe.mjs").write_text("export const open = true\n")


def closed(report: Path) -> bool:
    """Whether the guard saw that a closed folder is closed."""
    try:
        return json.loads(report.read_text("utf-8")).get("closed") is True
    except (FileNotFoundError, ValueError):
        return False


def read_report(path: Path) -> tuple[FoundRule, ...] | None:
    """The asks and denies the guard saw in the configuration; None when it has not reported."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return tuple(
        FoundRule(
            agent=str(rule["agent"]),
            permission=str(rule["permission"]),
            pattern=str(rule["pattern"]),
            action=str(rule["action"]),
        )
        for rule in found["seen"]
    )
