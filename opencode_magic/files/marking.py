"""What differs from the last commit, as a mark beside other things: late or missing, they stand.

Git on this machine tells it within a second of 100,000 files, where the server, which counts the
lines of each, took minutes. On a machine of others the server is asked, and not waited for long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..client import Client
from ..disk.folder import Folder
from ..disk.git import GitError
from ..errors import OpencodeError
from ..model.files import FileStatus
from .project import relative

WAIT_S = 10.0
"""For what can be left out."""
COUNTED = 2_000
"""Of more changed files the server is not asked how many lines changed in each."""


@dataclass(frozen=True)
class Marks:
    """The changed files by their paths from the project's folder on.

    `missing` says why nothing is known of them; `counted` whether their lines are counted.
    """

    changes: Sequence[FileStatus] = ()
    missing: str = ""
    counted: bool = True

    @property
    def note(self) -> str:
        """What to say where they are left out."""
        return f"What changed since the last commit is not marked: {self.missing}."


def marks(client: Client, folder: Folder | None, directory: str) -> Marks:
    """The changed files, or why they are not known; it takes `WAIT_S` at most."""
    if folder is not None:
        try:
            found = folder.changed(timeout_s=WAIT_S)
        except GitError as error:
            return Marks(missing=str(error))
        return Marks([FileStatus(file=f, status=s) for f, s in found.items()], counted=False)
    try:
        root = client.project.current().worktree
        told = client.vcs.status(timeout_s=WAIT_S)
    except OpencodeError as error:
        return Marks(missing=error.message.partition("; ")[0])
    return Marks(relative(told, directory, root))
