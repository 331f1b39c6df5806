"""The project an OpenCode 2 server works on: its files, version control, folders."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any, Literal

from msgspec import structs

from ...errors import InputError, NotFoundError, OpencodeError, ServerError
from ...model.files import FileContent, FileDiff, FileNode, FileStatus, Vcs
from ...model.messages import Times
from ...model.sessions import Project
from ...model.tools import dig
from ...text.visible import as_text
from ..contract import project as contract
from ..given import quoted
from ..likes import PathLikeText
from ..resource import operation, uses
from .sessions import Diffs
from .told import number


class Files2(contract.Files):
    """The project's files. Paths are relative to it."""

    @operation("GET /api/fs/read/*")
    def content(self, path: PathLikeText) -> FileContent:
        name = PurePosixPath(path).as_posix()
        if PurePosixPath(name).is_absolute() or ".." in name.split("/"):
            raise NotFoundError(f"{name!r} cannot be read: is it in the project?", status=404)
        if name == ".":
            raise InputError("'.' is a folder; `list` shows what is in it")
        segments = "/".join(quoted(part) for part in name.split("/"))
        try:
            response = self.connection.respond("GET", f"/api/fs/read/{segments}", is_file=True)
        except NotFoundError as error:
            words = f"there is no file {name!r} in the project"
            raise NotFoundError(words, status=error.status, name=error.name) from error
        except ServerError as error:  # a bare 500
            raise self._unreadable(name, error) from error
        return self._content(name, response.content)

    def _content(self, name: str, data: bytes) -> FileContent:
        mime = mimetypes.guess_type(name)[0] or ""
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return FileContent("binary", base64.b64encode(data).decode(), "base64", mime)
        return FileContent("text", self.connection.redact(text), "", mime)

    def _unreadable(self, name: str, error: ServerError) -> InputError | ServerError:
        """Return why a file cannot be read: it is a folder, or the server cannot say it."""
        place = PurePosixPath(name)
        with suppress(OpencodeError):
            beside = self.list(place.parent)
            if place.name in {node.name for node in beside if node.type == "directory"}:
                return InputError(f"{name!r} is a folder; `list` shows what is in it")
        return error

    @uses("GET /api/vcs/status")
    def status(self) -> Sequence[FileStatus]:
        return [
            FileStatus(
                path=file.file, added=file.additions, removed=file.deletions, status=file.status
            )
            for file in changed_files(self._call)
        ]

    @operation("GET /api/fs/list")
    def list(self, path: PathLikeText = ".") -> Sequence[FileNode]:
        """Return the entries of the folder `path`; raise NotFoundError for none of the project."""
        name = PurePosixPath(path).as_posix()
        params = {"path": name}
        try:
            found = self._call("GET", "/api/fs/list", dict[str, Any], params=params)
        except NotFoundError:
            raise
        except ServerError as error:  # a bare 500
            words = f"there is no folder {name!r} in the project"
            raise NotFoundError(words, status=error.status) from error
        # What lies above the project is listed, too; it is none of it.
        nodes = [_node(one) for one in found.get("data") or ()]
        if name == ".." or name.startswith(("../", "/")):
            raise NotFoundError(f"there is no folder {name!r} in the project", status=404)
        return nodes


def _node(told: Any) -> FileNode:
    path = as_text(dig(told, "path"))
    folder = path.endswith("/") or dig(told, "type") == "directory"
    path = path.rstrip("/")
    return FileNode(PurePosixPath(path).name, path, type="directory" if folder else "file")


class Projects2(contract.Projects):
    """The projects the server has seen."""

    @operation("GET /api/project")
    def list(self) -> Sequence[Project]:
        """Return all of them."""
        found = self._call("GET", "/api/project", list[dict[str, Any]])
        return [_project(one) for one in found]

    @uses("GET /api/location")
    def current(self) -> Project:
        """Return the one of the directory."""
        place = self._call("GET", "/api/location", dict[str, Any])
        id = as_text(dig(place, "project", "id"))
        root = as_text(dig(place, "project", "directory"))
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
            created=number(dig(time, "created")),
            updated=number(dig(time, "updated")),
        ),
    )


class VersionControl2(contract.VersionControl):
    """The project's state in git."""

    @operation("GET /api/vcs")
    def get(self) -> Vcs:
        """Return the branch."""
        found = self._call("GET", "/api/vcs", dict[str, Any]).get("data")
        return Vcs(
            as_text(dig(found, "branch", "current")) or None,
            as_text(dig(found, "branch", "default")) or None,
        )

    @operation("GET /api/vcs/status")
    def status(self, *, timeout_s: float | None = None) -> Sequence[FileStatus]:
        """Return the files that differ from the last commit, untracked ones too.

        `timeout_s` is how long to wait for the server.
        """
        return changed_files(self._call, timeout_s=timeout_s)

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


def changed_files(
    call: Callable[..., dict[str, Any]], *, timeout_s: float | None = None
) -> list[FileStatus]:
    """Return the files that differ from the last commit, as a request made by `call` tells them.

    `timeout_s` is how long to wait for the server.
    """
    found = call("GET", "/api/vcs/status", dict[str, Any], timeout_s=timeout_s)
    return [
        FileStatus(
            file=as_text(one.get("file")),
            additions=int(number(one.get("additions"))),
            deletions=int(number(one.get("deletions"))),
            status=as_text(one.get("status")),
        )
        for one in found.get("data") or ()
        if isinstance(one, Mapping)
    ]
