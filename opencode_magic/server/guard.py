"""The guard plugin: how it is told what to do, and what it reported."""

from __future__ import annotations

import json
from pathlib import Path

from ..policy.rules import FoundRule
from ..protocol import hosting

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
MARK_VARIABLE = "OPENCODE_MAGIC_CALL"
"""In the environment of all that a command starts: the call it was started by."""

PRIVATE = (
    *hosting.PRIVATE,
    *(REPORT_VARIABLE, USERS_VARIABLE, CLOSED_VARIABLE, PROBE_VARIABLE, BLANK_VARIABLE),
)
"""What is between us and the server; nothing that the server starts may see it."""


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
