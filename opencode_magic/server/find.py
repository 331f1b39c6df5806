"""Find a usable `opencode` on this machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from ..errors import NotInstalledError, StartError, UnsupportedError
from ..versions import PACKAGE, PINNED, check_version, parse_version
from . import lastwords

_INSTALL = f"npm install -g {PACKAGE}@{PINNED} (or opencode-magic install, for a copy of our own)"


@dataclass(frozen=True)
class Executable:
    """An `opencode` program and its version."""

    path: Path
    version: str


def installed_path() -> Path:
    """Where our own copy lives once `opencode-magic install` has brought it."""
    data = platformdirs.user_data_path("opencode-magic")
    return data / "opencode" / "node_modules" / ".bin" / "opencode"


def find_opencode(explicit: str | None = None, *, run: bool = False) -> Executable:
    """The program named, else the one on PATH, else our own copy, if we can drive it.

    The version is the one its npm package tells; without a package, or to see that it works
    (`run`), the program is run for it, which takes a second.
    """
    path = _locate(explicit)
    version = ("" if run else _packaged_version(path)) or _ask_version(path)
    try:
        check_version(version)
    except UnsupportedError as error:
        raise UnsupportedError(f"{path}: {error.message}") from None
    return Executable(path, version)


def _locate(explicit: str | None) -> Path:
    if explicit:
        # `which` also takes a path, and says no to a folder or a file without the execute bit.
        if found := shutil.which(str(Path(explicit).expanduser())):
            return Path(found).absolute()
        raise NotInstalledError(
            f"no program at {explicit!r}; correct the path or install opencode: {_INSTALL}"
        )
    if found := shutil.which("opencode"):
        return Path(found).absolute()
    own = installed_path()
    if own.is_file() and os.access(own, os.X_OK):
        return own
    raise NotInstalledError(f"opencode is not on PATH; install it with: {_INSTALL}")


def _packaged_version(path: Path) -> str:
    """What the npm package around a program says; "" where there is none."""
    parents = path.resolve().parents
    package = read_manifest(parents[1]) if len(parents) > 1 else {}
    known = package.get("name") == PACKAGE and parse_version(str(package.get("version")))
    return ".".join(map(str, known)) if known else ""


def read_manifest(package: Path) -> dict[str, Any]:
    """What the folder of an npm package says of itself; nothing where it is none."""
    try:
        found = json.loads((package / "package.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _ask_version(path: Path) -> str:
    try:
        done = subprocess.run(  # no shell: a list of two words
            [str(path), "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=30,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotInstalledError(f"{path} --version gave no answer in 30 s; {_INSTALL}") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise NotInstalledError(
            f"{path} cannot be run ({reason}); install it: {_INSTALL}"
        ) from None
    # Notices may come before or after; the version is a line of its own, the last such one.
    for line in reversed(done.stdout.splitlines()):
        words = line.split()
        if 1 <= len(words) <= 2 and (numbers := parse_version(line)):
            return ".".join(map(str, numbers))
    why = lastwords.reason(done.stderr + done.stdout)
    if hint := lastwords.way_out(why):
        raise StartError(f"{path} cannot start: {why}{hint}")
    said = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()[-1][:120]
    raise NotInstalledError(f"{path} --version told no version but {said!r}; {_INSTALL}")


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
    told = str(found.get("version", "")) if isinstance(found, dict) else ""
    version = parse_version(told)
    if version is None or version[0] < 2 or not (data / "opencode").exists():
        return
    raise UnsupportedError(
        f"opencode {'.'.join(map(str, version))} has taken over the data in {data / 'opencode'} "
        f"({note} says so); set XDG_DATA_HOME to another folder, or /connect to that server"
    )
