"""Where paths of this machine lead, whatever links are on the way."""

from __future__ import annotations

import os
from pathlib import Path


def real_place(path: str) -> str:
    """Return the place a path leads to; the path itself where no file can have that name."""
    try:
        return os.path.realpath(path)
    except ValueError:  # a NUL, or a lone surrogate
        return path


def lies_at(file: str) -> str:
    """Return where a file lies, not where it leads to: a link is a file of its own."""
    folder, name = os.path.split(file)
    return str(Path(real_place(folder), name))


def is_same_file(one: str, other: str) -> bool:
    """Return whether two paths lead to one file, also through hard or symbolic links."""
    try:
        return Path(one).samefile(other)
    except (OSError, ValueError):  # one of them is not there, or not on this machine
        return real_place(one) == real_place(other)
