"""The folder a server works in, compared with the one it was asked for.

A server (1.18.33) decodes the name of a folder once more than it was encoded, and that of a
session's folder each time the session is used: no way of encoding leads to `a%2Fb`, and what is
written there arrives in `a/b`. So such names are refused before anything is sent, and for all else
that may go wrong the server is asked where it works.
"""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath, PureWindowsPath
from urllib.parse import unquote

from ..errors import InputError
from ..model.sessions import Paths

_NO_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_RENAME = "rename the folder"


def check_directory(directory: str) -> None:
    """Raise InputError for the name of a folder that a server would take for another one."""
    try:
        directory.encode()
    except UnicodeEncodeError:
        raise InputError(
            f"{directory!r} is not UTF-8, and opencode cannot be told its name; {_RENAME}"
        ) from None
    if "\0" in directory:
        raise InputError(f"{directory!r} can be no folder: there is a NUL in its name")
    taken_for = _decoded(directory)
    if taken_for != directory:
        raise InputError(
            f"opencode would work in {taken_for!r} instead of {directory!r}: it decodes what looks "
            f"like an escape (`%20`) in a folder's name; {_RENAME}"
        )
    if "\\" in directory and not is_on_windows(directory):
        slashed = directory.replace("\\", "/")
        raise InputError(
            f"opencode would work in {slashed!r} instead of {directory!r}: it takes a backslash in "
            f"a folder's name for a slash; {_RENAME}"
        )


def check_served(asked: str, served: Paths) -> None:
    """Raise InputError where a server works in another folder, or in another repository."""
    if served.directory and not same_folder(asked, served.directory):
        raise InputError(
            f"opencode would work in {served.directory!r} instead of {asked!r}; "
            "give the whole path of the folder, without links"
        )
    above = [served.directory, *map(str, PurePosixPath(served.directory).parents)]
    root = served.worktree
    # The end of a line in a name is lost where git's answer is read.
    if root not in above and any(folder.strip() == root.strip() for folder in above):
        raise InputError(
            f"opencode takes {root!r} for the repository of {asked!r}: it loses the white space at "
            f"the end of a folder's name; {_RENAME}"
        )


def same_folder(asked: str, served: str) -> bool:
    """Return whether two paths name one folder: by their words, or on this disk."""
    if is_on_windows(served):
        return PureWindowsPath(asked) == PureWindowsPath(served)
    if os.path.normpath(asked) == os.path.normpath(served):
        return True
    try:
        return Path(asked).samefile(served)
    except (OSError, ValueError):
        return False


def is_on_windows(path: str) -> bool:
    """Return whether a whole path is one of Windows, where a backslash separates folders."""
    return bool(PureWindowsPath(path).drive)


def _decoded(directory: str) -> str:
    """Return what a server makes of a name: with one broken escape it decodes none."""
    if _NO_ESCAPE.search(directory):
        return directory
    try:
        return unquote(directory, errors="strict")
    except UnicodeDecodeError:
        return directory
