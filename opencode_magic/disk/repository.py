"""What git makes of the files of a project folder, and which of them it takes for others'."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from .folder import Folder

LOOKS_S = 10.0


def name_of(file: str, folder: Folder) -> str | None:
    """The name in diffs of a file that is named by its real place; None for one elsewhere."""
    if not Path(file).is_relative_to(os.path.realpath(folder.path)):
        return None
    return os.path.relpath(file, os.path.realpath(folder.root)).replace(os.sep, "/")


def nested(file: str, folder: Folder) -> bool:
    """Whether a file lies in a repository inside the project's, such as a submodule."""
    steps = Path(file).parts[:-1]
    inner = (folder.root.joinpath(*steps[:n]) for n in range(1, len(steps) + 1))
    return any((each / ".git").exists() for each in inner)


def ignored_anyhow(file: str, folder: Folder) -> bool:
    """Whether the rules of git leave a file out, also one that was added in spite of them."""
    done = _git(folder.root, "check-ignore", "--no-index", "-q", "--", f"./{file}")
    return done is not None and done.returncode == 0


def size_of(file: str, folder: Folder) -> int:
    """How many bytes a file has; 0 where there is none."""
    try:
        return folder.root.joinpath(file).lstat().st_size
    except OSError:
        return 0


def changed_at(file: str, folder: Folder) -> float:
    """When a file was last changed in any way, or its folder where it is gone; 0 if unknown.

    In seconds since the epoch.
    """
    for path in (folder.root / file, (folder.root / file).parent):
        try:
            found = path.lstat()
        except OSError:
            continue
        return max(found.st_mtime, found.st_ctime)
    return 0.0


def snapshot_trouble(folder: Folder) -> str:
    """What git says that keeps anybody from adding the folder's files as a whole, "" for nothing.

    Such as a repository inside it that has no commit yet.
    """
    done = _git(folder.path, "add", "--dry-run", "--all", ".")
    if done is None or done.returncode == 0:
        return ""
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    if any("index.lock" in line for line in lines):  # another git is at work
        return ""
    return lines[0].removeprefix("error: ").removeprefix("fatal: ") if lines else ""


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes] | None:
    """None where git could not be run, or took too long."""
    try:
        return subprocess.run(
            ["git", "-C", str(folder), "-c", "core.fsmonitor=false", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LOOKS_S,
            check=False,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
        )
    except (OSError, subprocess.SubprocessError):
        return None
