"""Git, asked about a folder: without locks, helpers of the repository, or endless waits."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

GIT_WAIT_S = 10.0


class GitError(Exception):
    """Git did not answer; the message says why."""


def has_git(folder: Path) -> bool:
    """Whether a folder looks like one of a repository, also where git cannot read that."""
    return any(os.path.lexists(above / ".git") for above in (folder, *folder.parents))


def git_or_nothing(folder: Path, *arguments: str, said: str = "") -> str:
    """What git says; nothing where it fails."""
    try:
        return git(folder, *arguments, said=said)
    except GitError:
        return ""


def git(folder: Path, *arguments: str, said: str = "", timeout_s: float | None = None) -> str:
    """What git says to a command in a folder; GitError where it fails, or is late."""
    within_s = GIT_WAIT_S if timeout_s is None else timeout_s
    command = ["git", "-C", str(folder), "-c", "core.fsmonitor=false"]
    environ = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            [*command, *arguments],
            input=said.encode("utf-8", "surrogateescape"),
            capture_output=True,
            timeout=within_s,
            check=False,
            env=environ,
        )
    except subprocess.TimeoutExpired:
        raise GitError(f"git gave no answer in {within_s:g} s") from None
    except OSError as error:
        raise GitError(f"git cannot be run ({error.strerror})") from None
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["it failed"]
        raise GitError(f"git says: {lines[0].removeprefix('fatal: ')[:200]}")
    return done.stdout.decode("utf-8", "surrogateescape")
