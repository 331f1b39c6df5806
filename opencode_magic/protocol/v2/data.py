"""What a 2.x server does to the data that is there when it first starts."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from ..host import DataNote, data_folder

DATABASE, KEYS = "opencode.db", "auth.json"
_ITS_TABLE = "session_v2"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def check(environ: Mapping[str, str]) -> DataNote:
    """Return what a start means for the data of this environment.

    The first one changes the database of a 1.x server in place, for good, and copies the keys of
    its logins into it. Nothing of that is closed to others but by the folder around it.
    """
    folder = data_folder(environ)
    return DataNote(_says(folder), _asks(folder), is_open(folder))


def prepare(environ: Mapping[str, str]) -> None:
    """Make the data folder where there is none, closed to others: the server would leave it open.

    Raises
    ------
    OSError
        it cannot be made.
    """
    folder = data_folder(environ)
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)


def is_open(folder: Path) -> bool:
    """Return whether others of this machine may look into a folder."""
    if os.name == "nt":
        return False
    try:
        return bool(folder.stat().st_mode & _OTHERS)
    except OSError:
        return False


def _says(folder: Path) -> str:
    if not is_open(folder):
        return ""
    return (
        f"others on this machine may read {folder}, where opencode 2 keeps keys and conversations "
        "as plain text: `opencode-magic doctor --fix` closes it"
    )


def _asks(folder: Path) -> str:
    database, keys = folder / DATABASE, folder / KEYS
    if not database.exists() or _was_here(database):
        return ""  # keys alone are not copied (2.0.15): they come with the database
    copied = f" and copies the keys of {keys} into it" if keys.exists() else ""
    where = ", which others on this machine may read" if is_open(folder) else ""
    return (
        f"opencode 2 was never started with the data of opencode 1 in {folder}: at its first start "
        f"it changes {database.name} in place, for good{copied}{where}. opencode 1 goes on "
        "working, but from then on neither sees what is said with the other"
    )


def _was_here(database: Path) -> bool:
    """Return whether a 2.x server has made its tables in a database; False where that is hidden."""
    # Without `immutable` a database that nobody has open would get files beside it.
    beside = database.with_name(f"{database.name}-wal").exists()
    uri = f"{database.resolve().as_uri()}?mode=ro{'' if beside else '&immutable=1'}"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=5)) as found:
            query = "select count(*) from sqlite_master where type = 'table' and name = ?"
            return bool(found.execute(query, [_ITS_TABLE]).fetchone()[0])
    except sqlite3.Error:
        return False
