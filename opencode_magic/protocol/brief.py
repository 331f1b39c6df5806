"""What a project's configuration holds, in few words; for those who describe it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ..text import jsonc


def read_config(text: str) -> tuple[object, list[str]]:
    """Return the value of a configuration, and what it takes in from elsewhere."""
    found: list[str] = []
    try:
        config = jsonc.loads(text)
    except ValueError:
        config = None
        found.append("cannot be read as JSON; what it brings is unknown")
    for kind, what in (("env", "environment variables"), ("file", "other files")):
        names = sorted(set(re.findall(r"\{" + kind + r":([^}]*)\}", text)))
        if names:
            found.append(f"reads {what}: {listing(names)}")
    return config, found


def inside(path: Path, folder: str) -> str:
    """Return the folder of `.opencode` a file is in: plugin, agent, ..."""
    parts = path.parts
    at = len(parts) - 1 - parts[::-1].index(folder) if folder in parts else len(parts)
    return parts[at + 1] if at + 2 < len(parts) else ""


def entries(value: object) -> list[tuple[str, dict[str, object]]]:
    """Return the named objects of a configuration; nothing where there are none."""
    if not isinstance(value, dict):
        return []
    return [(str(key), entry) for key, entry in value.items() if isinstance(entry, dict)]


def spelt_names(value: object) -> list[str]:
    """Return each entry of a list as words; what is no list is one entry."""
    return [spelt(entry) for entry in value] if isinstance(value, list) else [spelt(value)]


def spelt(value: object) -> str:
    """Return a value of a configuration as words, e.g. a command line."""
    if isinstance(value, list):
        return " ".join(spelt(entry) for entry in value)
    return value if isinstance(value, str) else json.dumps(value)


def listing(names: list[str]) -> str:
    """Return the first of some names, and how many more there are."""
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return ", ".join(brief(name) for name in names[:8]) + more


def brief(text: str) -> str:
    """Return a text of somebody else's in one line that is not too long."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    return plain if len(plain) <= 160 else plain[:157] + "..."
