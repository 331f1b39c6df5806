"""The project an OpenCode 2 server works on: its files, version control, folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Literal

from msgspec import structs

from ...errors import NotFoundError, ServerError
from ...model.files import FileDiff, FileNode, FileStatus, Vcs
from ...model.messages import Times
from ...model.sessions import Project
from ...text.visible import as_text
from ..contract import project as contract
from ..likes import PathLikeText
from ..resource import operation
from . import listed
from .sessions import Diffs


class Find2(contract.Find):
    """Searches in the project."""

    @operation("GET /api/fs/find")
    def files(
        self,
        query: str = "",
        *,
        limit: int | None = None,
        type: Literal["", "file", "directory"] = "",
        directories: bool | None = None,
    ) -> Sequence[str]:
        """Return paths whose names are like `query`, best first; those of folders end in `/`.

        `limit` is how many at most. `type` asks for files or folders alone; `directories=False`
        leaves folders out.
        """
        kind = type or ("file" if directories is False else None)
        params = {"query": query, "limit": limit, "type": kind}
        found = self._call("GET", "/api/fs/find", dict[str, Any], params=params)
        return [as_text(listed.dig(one, "path")) for one in found.get("data") or ()]


class Files2(contract.Files):
    """The project's files. Paths are relative to it."""

    @operation("GET /api/fs/list")
    def list(self, path: PathLikeText = ".") -> Sequence[FileNode]:
        """Return the entries of the folder `path`; raise NotFoundError for none of the project."""
        name = str(path) or "."
        params = {"path": name}
        try:
            found = self._call("GET", "/api/fs/list", dict[str, Any], params=params)
        except NotFoundError:
            raise
        except ServerError as error:  # a bare 500
            words = f"there is no folder {name!r} in the project"
            raise NotFoundError(words, status=error.status) from error
        return [_node(one) for one in found.get("data") or ()]


def _node(told: Any) -> FileNode:
    path = as_text(listed.dig(told, "path"))
    folder = path.endswith("/") or listed.dig(told, "type") == "directory"
    path = path.rstrip("/")
    return FileNode(PurePosixPath(path).name, path, type="directory" if folder else "file")


class Projects2(contract.Projects):
    """The projects the server has seen."""

    @operation("GET /api/project")
    def list(self) -> Sequence[Project]:
        """Return all of them."""
        found = self._call("GET", "/api/project", list[dict[str, Any]])
        return [_project(one) for one in found]

    def current(self) -> Project:
        """Return the one of the directory."""
        place = self._call("GET", "/api/location", dict[str, Any])
        id = as_text(listed.dig(place, "project", "id"))
        root = as_text(listed.dig(place, "project", "directory"))
        known = next((p for p in self.list() if p.id == id), None)
        return structs.replace(known, worktree=root) if known else Project(id, root)


def _project(told: Mapping[str, Any]) -> Project:
    time = told.get("time")
    return Project(
        as_text(told.get("id")),
        as_text(told.get("canonical")),
        as_text(told.get("vcs")) or None,
        as_text(told.get("name")) or None,
        Times(
            created=listed.number(listed.dig(time, "created")),
            updated=listed.number(listed.dig(time, "updated")),
        ),
    )


class VersionControl2(contract.VersionControl):
    """The project's state in git."""

    @operation("GET /api/vcs")
    def get(self) -> Vcs:
        """Return the branch."""
        found = self._call("GET", "/api/vcs", dict[str, Any]).get("data")
        return Vcs(
            as_text(listed.dig(found, "branch", "current")) or None,
            as_text(listed.dig(found, "branch", "default")) or None,
        )

    @operation("GET /api/vcs/status")
    def status(self, *, timeout_s: float | None = None) -> Sequence[FileStatus]:
        """Return the files that differ from the last commit, untracked ones too.

        `timeout_s` is how long to wait for the server.
        """
        found = self._call("GET", "/api/vcs/status", dict[str, Any], timeout_s=timeout_s)
        return [
            FileStatus(
                file=as_text(one.get("file")),
                additions=int(listed.number(one.get("additions"))),
                deletions=int(listed.number(one.get("deletions"))),
                status=as_text(one.get("status")),
            )
            for one in found.get("data") or ()
            if isinstance(one, Mapping)
        ]

    @operation("GET /api/vcs/diff")
    def diff(
        self,
        *,
        mode: Literal["git", "branch"] = "git",
        context: int | None = None,
        timeout_s: float | None = None,
    ) -> Sequence[FileDiff]:
        """Return how files differ from the last commit, or in the `mode` "branch" from its base.

        `context` is the number of unchanged lines around each change, `timeout_s` how long to wait.
        """
        theirs = "working" if mode == "git" else mode
        params: dict[str, Any] = {"mode": theirs, "context": context}
        path = "/api/vcs/diff"
        return self._call("GET", path, Diffs, params=params, timeout_s=timeout_s).data
