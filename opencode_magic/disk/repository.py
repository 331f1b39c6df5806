"""How git treats the files of a project folder."""

from __future__ import annotations

import os
from pathlib import Path

from .folder import Folder
from .git import GitError, git


def name_of(file: str, folder: Folder) -> str | None:
    """Return the name in diffs of a file given by its real place; None for one elsewhere."""
    if not Path(file).is_relative_to(os.path.realpath(folder.path)):
        return None
    return os.path.relpath(file, os.path.realpath(folder.root)).replace(os.sep, "/")


def nested(file: str, folder: Folder) -> bool:
    """Return whether a file lies in a repository inside the project's, such as a submodule."""
    steps = Path(file).parts[:-1]
    inner = (folder.root.joinpath(*steps[:n]) for n in range(1, len(steps) + 1))
    return any((each / ".git").exists() for each in inner)


def ignored_anyhow(file: str, folder: Folder) -> bool:
    """Return whether the rules of git ignore a file, even one that was added all the same."""
    try:
        git(folder.root, "check-ignore", "--no-index", "-q", "--", f"./{file}")
    except GitError:  # also its answer "no"
        return False
    return True


def size_of(file: str, folder: Folder) -> int:
    """Return how many bytes a file has; 0 where there is none."""
    try:
        return folder.root.joinpath(file).lstat().st_size
    except OSError:
        return 0


def changed_at(file: str, folder: Folder) -> float:
    """Return when a file, or the folder of one that is gone, last changed in any way.

    In seconds since the epoch; 0 if unknown.
    """
    for path in (folder.root / file, (folder.root / file).parent):
        try:
            found = path.lstat()
        except OSError:
            continue
        return max(found.st_mtime, found.st_ctime)
    return 0.0


def snapshot_trouble(folder: Folder) -> str:
    """Return git's reason why the files of the folder cannot be added as a whole, "" for none.

    Such as a repository inside it that has no commit yet.
    """
    try:
        git(folder.path, "add", "--dry-run", "--all", ".")
    except GitError as error:
        if error.said and "index.lock" not in error.said:  # which another git holds at work
            return error.said.splitlines()[0].removeprefix("error: ").removeprefix("fatal: ")
    return ""
