"""How a server of ours is run: its environment, its configuration, and what it prints."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ...errors import InputError, UnsupportedError
from ...text import jsonc
from ..versions import parse_version

USERNAME = "OPENCODE_SERVER_USERNAME"
PASSWORD = "OPENCODE_SERVER_PASSWORD"  # noqa: S105  # the name of a variable
CONFIG = "OPENCODE_CONFIG_CONTENT"
_NO_PROJECT = "OPENCODE_DISABLE_PROJECT_CONFIG"
PRIVATE = (USERNAME, PASSWORD, CONFIG)
"""What stands between us and the server in its environment: no tool may see it."""

# What we decide ourselves.
_DROPPED = (
    *("OPENCODE_PASSWORD", "OPENCODE_AUTO_SHARE", *PRIVATE, _NO_PROJECT),
    "OPENCODE_PURE",  # it would leave the guard out
)

# With a plugin to load, the server first waits for its own `npm install`: over a minute where no
# registry can be reached. The guard blanks these again for tools. What a user has set stays.
_NPM = {
    "npm_config_fetch_retries": "1",
    "npm_config_fetch_retry_mintimeout": "200",
    "npm_config_fetch_retry_maxtimeout": "1000",
    "npm_config_fetch_timeout": "15000",
}

CONFIG_FILES = ("opencode.json", "opencode.jsonc")
FOLDER = ".opencode"
"""Beside a project's configuration file, the folder with its plugins, agents and commands."""


def inherited(environ: Mapping[str, str]) -> dict[str, str]:
    """Return of an environment what a server of ours may have."""
    return {name: value for name, value in environ.items() if name not in _DROPPED}


def hasty_npm(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what keeps the server from waiting long for a registry that cannot be reached."""
    return {name: value for name, value in _NPM.items() if name not in environ}


def told(username: str, password: str, config: str, *, project_config: bool) -> dict[str, str]:
    """Return the variables that say who gets in, and which configuration counts."""
    said = {USERNAME: username, PASSWORD: password, CONFIG: config}
    return said if project_config else {**said, _NO_PROJECT: "1"}


def config_content(existing: str | None, plugin: str) -> str:
    """Return the configuration with a plugin in it; what a user had there is kept, ours wins."""
    config = _existing(existing)
    plugins = config.get("plugin")
    others = [p for p in plugins if p != plugin] if isinstance(plugins, list) else []
    config |= {"plugin": [*others, plugin], "share": "disabled", "autoupdate": False}
    return json.dumps(config)


def _existing(text: str | None) -> dict[str, object]:
    if not (text and text.strip()):
        return {}
    try:
        value = jsonc.loads(text)
    except ValueError as error:
        # The text itself may hold keys: it is never shown.
        raise InputError(
            f"{CONFIG} is not valid JSON ({type(error).__name__}); fix or unset it"
        ) from None
    if not isinstance(value, dict):
        raise InputError(f"{CONFIG} is not a JSON object; fix or unset it")
    return value


def address_in(line: str) -> str:
    """Return the address that a line of the server tells; "" where it tells none."""
    found = re.search(r"listening on (http://\S+)", line)
    return found[1] if found else ""


def listed_plugins(config: Path) -> list[str]:
    """Return what a configuration file would have the server import."""
    try:
        found = jsonc.loads(config.read_text("utf-8", "replace"))
    except (OSError, ValueError, RecursionError):
        return ["(this file cannot be read)"]  # the server might read what we cannot
    if not isinstance(found, dict):
        return []
    return [_spec(e) for key in ("plugin", "plugins") for e in _as_list(found.get(key))]


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _spec(entry: object) -> str:
    if isinstance(entry, dict):
        entry = entry.get("package")
    elif isinstance(entry, list) and entry:
        entry = entry[0]
    return entry if isinstance(entry, str) else repr(entry)


def own_folders(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield where the server keeps what it loads for the user, but for the home."""
    names = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "OPENCODE_CONFIG_DIR")
    return (Path(environ[name]).resolve() for name in names if environ.get(name))


def check_data(environ: Mapping[str, str]) -> None:
    """Refuse to start a 1.x server over data that a 2.x server has made its own.

    A 2.x server migrates the database when it first starts, one way, and leaves a note of itself
    with its version in the state folder.
    """
    home = Path(environ.get("HOME") or Path.home())
    state = Path(environ.get("XDG_STATE_HOME") or home / ".local" / "state")
    data = Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    note = state / "opencode" / "service.json"
    try:
        found = json.loads(note.read_text("utf-8"))
    except (OSError, ValueError):
        return
    said = str(found.get("version", "")) if isinstance(found, dict) else ""
    version = parse_version(said)
    if version is None or version[0] < 2 or not (data / "opencode").exists():
        return
    raise UnsupportedError(
        f"opencode {'.'.join(map(str, version))} has taken over the data in {data / 'opencode'} "
        f"({note} says so); set XDG_DATA_HOME to another folder, or /connect to that server"
    )
