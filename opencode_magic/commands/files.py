"""The project's files."""

from __future__ import annotations

from ..app.app import App
from ..client import Client
from ..disk.folder import UntouchableError
from ..errors import InputError
from ..files.marking import COUNTED, WAIT_S, marks
from ..files.project import OnDisk, OnServer, ProjectFiles, folder_of, relative
from ..live.page.trees import ProjectTree
from ..model.files import FileDiff
from . import command
from .kinds import ProjectPath


@command(calls=("file.list", "vcs.status"))
def tree(app: App, path: ProjectPath = "") -> ProjectTree:
    """Show the project's files, or those of a folder, with what changed since the last commit.

    A: added, M: modified, D: deleted, I: ignored by git. In a notebook with its kernel it can be
    walked with the keyboard and filtered, and shows files.
    """
    client = app.connect()
    directory = client.directory or client.own_directory()
    folder = folder_of(path, directory)
    project, note = _project(app, client, directory)
    name = directory.rstrip("/").rpartition("/")[2] or directory
    try:
        return ProjectTree(project, f"{name}/{folder}".rstrip("/") + "/", folder, note=note)
    except FileNotFoundError:
        raise InputError(_missing(project, folder)) from None
    except UntouchableError as error:
        raise InputError(f"{folder} is not shown: {error}") from None


def _project(app: App, client: Client, directory: str) -> tuple[ProjectFiles, str]:
    """Return the project's files, and what to say where their marks are missing."""

    def same() -> Client:
        if app.link is None or app.link.client is not client:
            raise InputError("The server of this tree is gone. Run the cell again.")
        return client

    disk = app.folder(whole=True)
    marked = marks(client, disk, directory)

    def diffs() -> list[FileDiff]:
        if len(marked.changes) > COUNTED:
            return []
        root = same().project.current().worktree
        return relative(same().vcs.diff(timeout_s=WAIT_S), directory, root)

    source = OnDisk(disk) if disk is not None else OnServer(same)
    project = ProjectFiles(source, marked.changes, diffs=diffs, redact=app.redact)
    return project, marked.note if marked.missing else ""


def _missing(project: ProjectFiles, folder: str) -> str:
    above, _, name = folder.rpartition("/")
    try:
        found = any(known.name == name for known in project.source.names(above))
    except (FileNotFoundError, UntouchableError):
        found = False
    if found:
        return f"{folder} is a file; `/tree {above or '.'}` shows its folder"
    return f"no folder {folder!r} in the project; `/tree` shows what there is"
