"""Where an `opencode` may be on this machine: on the PATH, and our own copy."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from ..protocol.versions import PINS, is_package, parse_version


@dataclass(frozen=True)
class FoundProgram:
    """A file that is called `opencode`; `flaw` says why it cannot even be run, "" where it can."""

    path: Path
    flaw: str = ""


def installed_path(major: int = 1) -> Path:
    """Where our own copy of a major lives once `opencode-magic install` has brought it."""
    folder = "opencode" if major == 1 else f"opencode-{major}"
    data = platformdirs.user_data_path("opencode-magic")
    return data / folder / "node_modules" / ".bin" / "opencode"


def own_copies() -> list[Path]:
    """Where our own copies would be, the one first that was installed, or asked for, last."""

    def age(path: Path) -> float:
        try:
            return -path.parents[2].stat().st_mtime
        except OSError:
            return 0

    return sorted(map(installed_path, PINS), key=age)


def candidates(own: Sequence[Path]) -> list[FoundProgram]:
    """All there are, in the order of the PATH, and our `own` copies last; each program once."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    found: dict[Path, FoundProgram] = {}
    for path in (*filter(None, map(_named_in, folders)), *own):
        if os.path.lexists(path):
            found.setdefault(path.resolve(), FoundProgram(path.absolute(), _flaw(path)))
    return list(found.values())


def packaged_version(path: Path) -> str:
    """What the npm package around a program says; "" where there is none."""
    parents = path.resolve().parents
    package = read_manifest(parents[1]) if len(parents) > 1 else {}
    known = is_package(str(package.get("name"))) and parse_version(str(package.get("version")))
    return ".".join(map(str, known)) if known else ""


def read_manifest(package: Path) -> dict[str, Any]:
    """What the folder of an npm package says of itself; nothing where it is none."""
    try:
        found = json.loads((package / "package.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def runnable(found: Iterable[FoundProgram]) -> list[Path]:
    """Those that a shell would run."""
    return [candidate.path for candidate in found if not candidate.flaw]


def _named_in(folder: str) -> Path | None:
    if os.name == "nt":  # there the ending of the name decides
        named = shutil.which("opencode", path=folder)
        return Path(named) if named else None
    return Path(folder or os.curdir) / "opencode"


def _flaw(path: Path) -> str:
    if not path.exists():
        return "is a link that leads nowhere"
    if path.is_dir():
        return "is a folder"
    return "" if os.access(path, os.X_OK) else "may not be executed"
