"""Git, asked about a folder: without locks, helpers of the repository, or endless waits."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

GIT_WAIT_S = 10.0
"""How long git may take, in seconds."""


class GitError(Exception):
    """Git failed; the message says why, and `said` is what git wrote to standard error."""

    said = ""


def has_git(folder: Path) -> bool:
    """Return whether a folder looks like part of a repository, even one git cannot read."""
    return any(os.path.lexists(above / ".git") for above in (folder, *folder.parents))


def git_or_nothing(folder: Path, *arguments: str, said: str = "") -> str:
    """Return the output of git; "" where it fails."""
    try:
        return git(folder, *arguments, said=said)
    except GitError:
        return ""


def git(folder: Path, *arguments: str, said: str = "", timeout_s: float | None = None) -> str:
    """Run git in a folder and return its output; bytes that are not UTF-8 are surrogates.

    Parameters
    ----------
    folder:
        where git runs.
    arguments:
        the command and its options.
    said:
        the standard input.
    timeout_s:
        how long it may take, in seconds; `GIT_WAIT_S` by default.

    Raises
    ------
    GitError
        Git fails, takes too long or cannot be run.
    """
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
        said = done.stderr.decode("utf-8", "replace").strip()
        first = (said.splitlines() or ["it failed"])[0].removeprefix("fatal: ")
        failed = GitError(f"git says: {first[:200]}")
        failed.said = said
        raise failed
    return done.stdout.decode("utf-8", "surrogateescape")
