"""The interface to running a server of our own: between the words of `server` and one major."""

from __future__ import annotations

import json
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..text import jsonc

CONFIG = "OPENCODE_CONFIG_CONTENT"
PASSWORDS = ("OPENCODE_PASSWORD", "OPENCODE_SERVER_PASSWORD")
"""The variables that may hold a password: the first is of 2.x alone, and goes before there."""
USERNAME = "OPENCODE_SERVER_USERNAME"
PASSWORD = PASSWORDS[1]
NO_PROJECT = ("OPENCODE_DISABLE_PROJECT_CONFIG", "OPENCODE_CONFIG_PROJECT_DISABLE")
"""Either keeps a server from a project's configuration; of 2.x the second one goes before."""
PRIVATE = (USERNAME, PASSWORD, CONFIG)
"""What stands between us and the server in its environment: no tool may see it."""

CONFIG_FILES = ("opencode.json", "opencode.jsonc")
FOLDER = ".opencode"
"""Beside a project's configuration file, the folder with its plugins, agents and commands."""

_DROPPED = (
    *(USERNAME, *PASSWORDS, CONFIG, *NO_PROJECT, "OPENCODE_AUTO_SHARE"),
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


@dataclass(frozen=True)
class DataNote:
    """What to know of the folder in which servers keep their data, before one is started."""

    says: str = ""
    """What the user is told once; "" for nothing."""
    asks: str = ""
    """What a first start would do to the data, for which it needs a yes; "" for nothing."""
    open_to_others: bool = False
    """Whether others on this machine may read keys there."""


class Hosting(ABC):
    """How a server of one major version is run: what it is told, and what it prints."""

    major: int
    dropped: tuple[str, ...] = _DROPPED
    """What a server of ours gets of no environment: we decide it ourselves."""
    fills_folders = False
    """Whether the server installs packages into a project's configuration folder, empty or not."""

    def inherited(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Return of an environment what a server of ours may have."""
        return {name: value for name, value in environ.items() if name not in self.dropped}

    def hasty_npm(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Return what keeps the server from waiting long for a registry out of reach."""
        return {name: value for name, value in _NPM.items() if name not in environ}

    @abstractmethod
    def arguments(
        self, *, port: int, hostname: str, cors: Sequence[str], mdns: bool, mdns_domain: str
    ) -> list[str]:
        """Return the words of the command line after the program."""

    @abstractmethod
    def told(
        self, username: str, password: str, config: str, *, project_config: bool
    ) -> dict[str, str]:
        """Return the variables that say who gets in, and which configuration counts."""

    @abstractmethod
    def config_content(self, existing: str | None, plugin: str) -> str:
        """Return a configuration with a plugin in it; what a user had is kept, ours wins."""

    @abstractmethod
    def address_in(self, line: str) -> str:
        """Return the address that a line of the server tells; "" where it tells none."""

    @abstractmethod
    def check_data(self, environ: Mapping[str, str]) -> DataNote:
        """Return what a start in this environment means for the data that is there."""

    def prepare_data(self, environ: Mapping[str, str]) -> None:  # noqa: B027  # not all need it
        """Make ready what the server would not make as it should be."""

    @abstractmethod
    def looked_in(self, directory: Path) -> list[Path]:
        """Return the folders in which the server looks for a project's configuration."""

    @abstractmethod
    def found_in(self, place: Path) -> tuple[Sequence[str], Sequence[str]]:
        """Return the names of files and of folders there that the server reads."""

    def passes_over(self, folder: Path) -> bool:
        """Return whether the server takes nothing from this folder inside one that it reads."""
        return False

    @abstractmethod
    def describe(self, path: Path, content: bytes) -> list[str]:
        """Say what a file of a project would have the server read or run."""


def existing_config(text: str | None) -> dict[str, object]:
    """Return the configuration that a user keeps in the environment; nothing where there is none.

    Raises
    ------
    InputError
        it cannot be read.
    """
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


def listed(config: Mapping[str, object], key: str) -> list[object]:
    """Return a list of a configuration; nothing where it is no list."""
    found = config.get(key)
    return list(found) if isinstance(found, list) else []


def data_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder in which servers of any major keep their data."""
    shared = environ.get("XDG_DATA_HOME") or home_of(environ) / ".local" / "share"
    return Path(shared) / "opencode"


def state_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder in which a running server leaves a note of itself."""
    state = environ.get("XDG_STATE_HOME") or home_of(environ) / ".local" / "state"
    return Path(state) / "opencode"


def home_of(environ: Mapping[str, str]) -> Path:
    """Return the home folder of an environment."""
    return Path(environ.get("HOME") or os.path.expanduser("~"))  # noqa: PTH111  # see doctor.host


def own_folders(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield where the server keeps what it loads for the user, but for the home."""
    names = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "OPENCODE_CONFIG_DIR")
    return (Path(environ[name]).resolve() for name in names if environ.get(name))


def read_note(file: Path) -> dict[str, object]:
    """Return a small JSON file of a server; nothing where there is none that can be read."""
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
