"""The machine as the checks see it: everything that is asked of it goes through a `Host`."""

from __future__ import annotations

import importlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Protocol

DISTRIBUTION = "opencode-magic"
ANSWER_WITHIN_S = 30.0


@dataclass(frozen=True)
class Ran:
    """How a program ended, and what it wrote: both its outputs, the first one first."""

    status: int
    output: str


class Run(Protocol):
    """Runs a program."""

    def __call__(
        self, command: Sequence[str], *, env: Mapping[str, str] | None = None
    ) -> Ran | None:
        """Run a program; return None where it cannot be run, or does not end in time."""


@dataclass(frozen=True)
class Host:
    """This machine, this Python, this environment. Tests give their own."""

    system: str
    python: str
    python_version: str
    prefix: Path
    home: Path
    environ: Mapping[str, str]
    is_root: bool
    requires: tuple[str, ...]
    """What our distribution requires, as its metadata says it."""
    requires_python: str
    which: Callable[[str], str | None] = shutil.which
    """Returns the path of a program on the PATH, or None."""
    run: Run = field(default_factory=lambda: run)
    installed: Callable[[str], str | None] = field(default_factory=lambda: installed)
    """Returns the version of a distribution of this Python, or None."""


def this_host() -> Host:
    """Return the machine we run on."""
    try:
        requires = metadata.requires(DISTRIBUTION) or []
        requires_python = metadata.metadata(DISTRIBUTION)["Requires-Python"] or ""
    except metadata.PackageNotFoundError:  # a checkout that was never installed
        requires, requires_python = [], ""
    return Host(
        system=platform.system(),
        python=sys.executable,
        python_version=".".join(map(str, sys.version_info[:3])),
        prefix=Path(sys.prefix),
        home=Path(os.path.expanduser("~")),  # noqa: PTH111  # Path.home() raises without HOME
        environ=os.environ,
        is_root=hasattr(os, "geteuid") and os.geteuid() == 0,
        requires=tuple(requires),
        requires_python=requires_python,
    )


def run(command: Sequence[str], *, env: Mapping[str, str] | None = None) -> Ran | None:
    """Run a program that answers soon, away from the working folder, where a module may lie."""
    try:
        done = subprocess.run(
            list(command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=ANSWER_WITHIN_S,
            env=None if env is None else dict(env),
            cwd=Path(sys.prefix).anchor,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return Ran(done.returncode, done.stdout + done.stderr)


def installed(distribution: str) -> str | None:
    """Return the installed version, looked up each time: a command may have installed it since."""
    importlib.invalidate_caches()
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
