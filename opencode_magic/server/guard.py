"""The guard plugin: what a server is told so that it loads it, and what it reported."""

from __future__ import annotations

import json
from pathlib import Path

from ..errors import InputError
from ..policy.rules import FoundRule
from . import jsonc

SCRIPT = Path(__file__).with_name("guard.js")
# Where the guard writes what it found, and where it reads what it found without the folder's files.
REPORT_VARIABLE = "OPENCODE_MAGIC_REPORT"
USERS_VARIABLE = "OPENCODE_MAGIC_USERS"
# Folders nothing may be imported from, as a JSON list; the first holds a probe for the guard.
CLOSED_VARIABLE = "OPENCODE_MAGIC_CLOSED"
# A folder of ours in which the guard plays a model that gives the shell something.
PROBE_VARIABLE = "OPENCODE_MAGIC_PROBE"
# Names of further variables that tools get empty.
BLANK_VARIABLE = "OPENCODE_MAGIC_BLANK"

# In the environment of all that a command starts: the call it was started by.
MARK_VARIABLE = "OPENCODE_MAGIC_CALL"


def config_content(existing: str | None) -> str:
    """`OPENCODE_CONFIG_CONTENT` with the guard in it; what a user had there is kept, ours wins."""
    config = _existing(existing)
    plugins = config.get("plugin")
    mine = SCRIPT.as_uri()
    others = [p for p in plugins if p != mine] if isinstance(plugins, list) else []
    config |= {"plugin": [*others, mine], "share": "disabled", "autoupdate": False}
    return json.dumps(config)


def _existing(text: str | None) -> dict[str, object]:
    if not (text and text.strip()):
        return {}
    try:
        value = jsonc.loads(text)
    except ValueError as error:
        # The text itself may hold keys: it is never shown.
        raise InputError(
            f"OPENCODE_CONFIG_CONTENT is not valid JSON ({type(error).__name__}); mend or unset it"
        ) from None
    if not isinstance(value, dict):
        raise InputError("OPENCODE_CONFIG_CONTENT is not a JSON object; mend or unset it")
    return value


def make_probe(folder: Path) -> None:
    """A module in a folder that is to be closed: imported, it tells that the folder is open."""
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
