"""The project a server works on: its files, searches, version control, folders."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any, Literal

from ...errors import InputError, NotFoundError, OpencodeError, ServerError, UnreadableError
from ...model.files import FileContent, FileDiff, FileNode, FileStatus, Found, Match, Symbol, Vcs
from ...model.sessions import Project
from ..contract import project as contract
from ..directory import is_on_windows
from ..likes import PathLikeText
from ..resource import operation, uses
from .bodies import path_text
from .searching import find_text

FEWEST, MOST = 1, 200  # files of one search; the server refuses anything else
MATCHES_NOTHING = r"x\by"
"""There is no edge of a word between two letters."""
_ESCAPED = re.compile(r"\\.", re.DOTALL)
_CLASS = re.compile(r"\[\^?\]?[^\]]*\]")


class Find1(contract.Find):
    """Searches in the project."""

    @operation("GET /find")
    def text(self, pattern: str) -> Sequence[Match]:
        if not pattern:
            raise InputError("there is nothing to search for; write a regular expression")
        try:
            return self._matches(pattern)
        except NotFoundError:
            raise
        except ServerError as error:
            raise self._cause(pattern, error) from error

    @uses("GET /find")
    def readable(self, pattern: str) -> Found:
        return find_text(self.text, pattern)

    def _matches(self, pattern: str) -> Sequence[Match]:
        return self._call("GET", "/find", list[Match], params={"pattern": pattern})

    def _cause(self, pattern: str, error: ServerError) -> OpencodeError:
        def fails(pattern: str) -> bool:
            try:
                self._matches(pattern)
            except ServerError:
                return True
            return False

        if fails(MATCHES_NOTHING):
            words = "the server could not search; it needs ripgrep (`rg`) on its PATH"
            return ServerError(words, status=error.status, name=error.name)
        if _closes_too_much(pattern) or fails(f"{MATCHES_NOTHING}(?:{pattern})"):
            return InputError(
                f"{pattern!r} is no regular expression that ripgrep reads: it has no look-around "
                "and no back-references, and a sign such as ( is found with \\ before it"
            )
        return UnreadableError(
            "a line that matches is in a file that is not UTF-8, or is very long, and the server "
            "cannot read it; a narrower pattern avoids it",
            status=error.status,
            name=error.name,
        )

    @operation("GET /find/file")
    def files(
        self,
        query: str = "",
        *,
        limit: int | None = None,
        type: Literal["", "file", "directory"] = "",
        directories: bool | None = None,
    ) -> Sequence[str]:
        if limit is not None and not FEWEST <= limit <= MOST:
            raise InputError(f"limit is {limit}: the server lists {FEWEST} to {MOST} files")
        dirs = None if directories is None else "true" if directories else "false"
        params = {"query": query, "limit": limit, "type": type or None, "dirs": dirs}
        return self._call("GET", "/find/file", list[str], params=params)

    @operation("GET /find/symbol")
    def symbols(self, query: str) -> Sequence[Symbol]:
        return self._call("GET", "/find/symbol", list[Symbol], params={"query": query})


def _closes_too_much(pattern: str) -> bool:
    """Tell whether a ) closes nothing: put into a group, such a pattern would pass for valid."""
    depth = 0
    for sign in _CLASS.sub("", _ESCAPED.sub("", pattern)):
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return True
    return False


class Files1(contract.Files):
    """The project's files. Paths are relative to it."""

    @operation("GET /file")
    def list(self, path: PathLikeText = ".") -> Sequence[FileNode]:
        params = {"path": path_text(path) or "."}
        self._check_name(params["path"])
        try:
            found = self._call("GET", "/file", list[FileNode], params=params)
        except NotFoundError:
            raise
        except ServerError as error:  # a bare 500
            raise NotFoundError(
                f"there is no folder {params['path']!r} in the project", status=error.status
            ) from error
        if not found and "not-found" not in self.connection.capabilities:
            self._check_folder(PurePosixPath(params["path"]))
        return found

    @operation("GET /file/content")
    def content(self, path: PathLikeText) -> FileContent:
        text = path_text(path)
        self._check_name(text)
        try:
            found = self._call("GET", "/file/content", FileContent, params={"path": text})
        except ServerError as error:
            if self._check(text):
                words = f"{text!r} is not UTF-8, and the server cannot read it"
                raise UnreadableError(words, status=error.status, name=error.name) from error
            raise NotFoundError(
                f"{text!r} cannot be read: is it in the project?", status=error.status
            ) from error
        if not found.content:
            self._check(text)
        return found

    @operation("GET /file/status")
    def status(self) -> Sequence[FileStatus]:
        return self._call("GET", "/file/status", list[FileStatus])

    def _check_name(self, path: str) -> None:
        """Raise UnreadableError for a name by which the server would look for another file."""
        directory = self.connection.directory
        try:
            path.encode()
        except UnicodeEncodeError:
            words = f"the name {path!r} is not UTF-8, and the server cannot be asked for it"
            raise UnreadableError(words) from None
        if "\\" in path and directory and not is_on_windows(directory):
            raise UnreadableError(f"the server would take the backslash in {path!r} for a slash")

    def _check_folder(self, place: PurePosixPath) -> None:
        beside = self.list(str(place.parent)) if place.name else []
        if place.name and place.name not in {n.name for n in beside if n.type == "directory"}:
            raise NotFoundError(f"there is no folder {str(place)!r} in the project", status=200)

    def _check(self, path: str) -> bool:
        """Return True for a file of the project, False where that cannot be told."""
        place = PurePosixPath(path)
        if place.is_absolute() or ".." in place.parts:
            return False
        there = {node.name: node for node in self.list(str(place.parent))}
        if place.name and place.name not in there:
            raise NotFoundError(f"there is no file {path!r} in the project", status=200)
        if not place.name or there[place.name].type == "directory":
            raise InputError(f"{path!r} is a folder; `list` shows what is in it")
        return True


class Projects1(contract.Projects):
    """The projects the server has seen."""

    @operation("GET /project")
    def list(self) -> Sequence[Project]:
        return self._call("GET", "/project", list[Project])

    @operation("GET /project/current")
    def current(self) -> Project:
        return self._call("GET", "/project/current", Project)


class VersionControl1(contract.VersionControl):
    """The project's state in git."""

    @operation("GET /vcs")
    def get(self) -> Vcs:
        return self._call("GET", "/vcs", Vcs)

    @operation("GET /vcs/status")
    def status(self, *, timeout_s: float | None = None) -> Sequence[FileStatus]:
        if "vcs-status" in self.connection.capabilities:
            return self._call("GET", "/vcs/status", list[FileStatus], timeout_s=timeout_s)
        older = self._call("GET", "/file/status", list[FileStatus], timeout_s=timeout_s)
        return [
            FileStatus(file=f.path, additions=f.added, deletions=f.removed, status=f.status)
            for f in older
        ]

    @operation("GET /vcs/diff")
    def diff(
        self,
        *,
        mode: Literal["git", "branch"] = "git",
        context: int | None = None,
        timeout_s: float | None = None,
    ) -> Sequence[FileDiff]:
        self.connection.need("vcs-diff")
        params: dict[str, Any] = {"mode": mode, "context": context}
        return self._call("GET", "/vcs/diff", list[FileDiff], params=params, timeout_s=timeout_s)
