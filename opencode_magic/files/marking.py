"""The files that differ from the last commit, to be marked in listings that work without marks too.

Git on this machine finds them among 100,000 files within a second; the server, which counts the
lines of each, took minutes. So the server is asked only on another machine, with a time limit.
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
"""How long marks, which can be left out, may take, in seconds."""
COUNTED = 2_000
"""With more changed files than these the server is not asked for their changed lines."""


@dataclass(frozen=True)
class Marks:
    """The changed files, by their paths relative to the project's folder.

    `missing` says why they are not known; `counted` whether their changed lines are counted.
    """

    changes: Sequence[FileStatus] = ()
    missing: str = ""
    counted: bool = True

    @property
    def note(self) -> str:
        """The note for a listing without marks."""
        return f"What changed since the last commit is not marked: {self.missing}."


def marks(client: Client, folder: Folder | None, directory: str) -> Marks:
    """Return the changed files, or why they are not known; it takes `WAIT_S` at most."""
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
