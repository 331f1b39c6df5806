"""Builds the environment of a row, once: a virtual environment in the user's cache folder."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from platformdirs import user_cache_dir

from .rows import Row

REPOSITORY = Path(__file__).parents[2]
BUILD_WITHIN_S = 600
_VERSIONS = """
import json, platform
from importlib.metadata import PackageNotFoundError, version
found = {"Python": platform.python_version()}
for name in ("notebook", "jupyterlab", "ipykernel"):
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        pass
print(json.dumps(found))
"""


_EXTRA = re.compile(r";.*\bextra\b *== *[\"']([^\"']*)")


class NotHereError(Exception):
    """Something an environment is made of cannot be had on this machine; says what."""


class NoPythonError(NotHereError):
    """This Python is not installed."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment with a front end, a kernel and this package from its source."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    def versions(self) -> dict[str, str]:
        """What is installed there, by name."""
        found: dict[str, str] = json.loads(_run([str(self.python), "-c", _VERSIONS]))
        return found


def environment(row: Row) -> Environment:
    """The environment of a row: that of the tests where it fits, else built if not there yet.

    Raises `NotHereError` where the Python or a package cannot be had.
    """
    if not row.python and _fits(row):
        return Environment(Path(sys.prefix))
    python = find_python(row.python)
    wanted = [*row.requirements, *_own_requirements()]
    made_of = "\n".join([str(REPOSITORY), str(python), *wanted])
    mark = hashlib.sha256(made_of.encode()).hexdigest()[:12]
    folder = _cache() / f"{row.name}-{mark}"
    with _alone(folder):
        if not (folder / "complete").exists():
            _build(folder, python, wanted)
    return Environment(folder)


def _fits(row: Row) -> bool:
    """Whether the tests themselves run with what a row asks for."""
    try:
        here = {name: version(name) for name in (row.front, "ipykernel")}
    except PackageNotFoundError:
        return False
    wanted = {row.front: row.version, "ipykernel": row.ipykernel}
    return all(here[name].startswith(f"{least}.") for name, least in wanted.items())


def find_python(version: str) -> Path:
    """The interpreter of a version like "3.12"; that of the tests for "".

    Looked for on the PATH and among pyenv's. Raises `NoPythonError` where there is none.
    """
    if not version:
        return Path(sys.executable).resolve()  # what a virtual environment of the tests stands on
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    named = shutil.which(f"python{version}")
    for candidate in (
        *([named] if named else []),
        *sorted(map(str, pyenv.glob(f"versions/{version}.*/bin/python"))),
        str(Path(sys.executable).resolve()),
    ):
        # pyenv puts a program of that name on the PATH that only says it is not chosen.
        asked = [candidate, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        done = subprocess.run(asked, capture_output=True, text=True, timeout=30, check=False)
        if done.stdout.strip() == version:
            return Path(candidate)
    raise NoPythonError(f"there is no Python {version} on this machine")


def _cache() -> Path:
    folder = Path(user_cache_dir("opencode-magic")) / "tests" / "matrix"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Another test process may want the same environment: one builds, the others wait."""
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(folder: Path, python: Path, wanted: Sequence[str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)  # half of one, from a build that was broken off
    try:
        _run([str(python), "-m", "venv", "--without-pip", str(folder)])
        # The pip of the tests, for its settings are this machine's; compiling would double the time
        # for modules of which most are never imported.
        pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python")]
        _run([*pip, "install", "--quiet", "--no-compile", "--disable-pip-version-check", *wanted])
        (site,) = folder.glob("lib/python*/site-packages")
        (site / "source.pth").write_text(f"{REPOSITORY}\n")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    (folder / "complete").touch()


def _own_requirements() -> list[str]:
    """What the package itself needs, and what it needs to offer the kernel's tools."""
    listed = requires("opencode-magic") or []
    return [
        one.partition(";")[0]
        for one in listed
        if not (extra := _EXTRA.search(one)) or extra.group(1) == "kernel"
    ]


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=BUILD_WITHIN_S, check=False
    )
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip())[-400:]
        raise NotHereError(f"{Path(command[0]).name} {' '.join(command[1:4])} failed: {last}")
    return done.stdout
