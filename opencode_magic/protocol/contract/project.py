"""The project a server works on: its files, searches, version control, folders.

What a client may ask of any server; one that lacks an operation raises UnsupportedError before
anything is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ...model.files import FileContent, FileDiff, FileNode, FileStatus, Found, Match, Symbol, Vcs
from ...model.sessions import Project
from ..likes import PathLikeText
from ..resource import Resource


class Find(Resource):
    """Searches in the project."""

    def text(self, pattern: str) -> Sequence[Match]:
        """Return the first lines that match `pattern`, a regular expression of ripgrep's.

        The server says the same 500 to all that can go wrong, so it is asked further to tell why.

        Raises
        ------
        InputError
            the pattern is no regular expression.
        ServerError
            there is no ripgrep.
        UnreadableError
            the server cannot read a match.
        """
        self._refuse("find.text")

    def readable(self, pattern: str) -> Found:
        """Return the lines that match `pattern` and can be reported, and what to know of the rest.

        It raises what `text` does, but UnreadableError only where no match can be read.
        """
        self._refuse("find.readable")

    def files(
        self,
        query: str = "",
        *,
        limit: int | None = None,
        type: Literal["", "file", "directory"] = "",
        directories: bool | None = None,
    ) -> Sequence[str]:
        """Return paths whose names are like `query`, best first; those of folders end in `/`.

        `limit` is 1 to 200. `type` asks for files or folders alone; `directories=False` leaves
        folders out. It raises InputError for another limit.
        """
        self._refuse("find.files")

    def symbols(self, query: str) -> Sequence[Symbol]:
        """Return the names like `query` that language servers know; nothing where none runs."""
        self._refuse("symbols")


class Files(Resource):
    """The project's files. Paths are relative to it."""

    def list(self, path: PathLikeText = ".") -> Sequence[FileNode]:
        """Return the entries of the folder `path`; raise NotFoundError for none of the project.

        Servers up to 1.14 list a missing folder as an empty one: its own folder is asked then.
        """
        self._refuse("files.list")

    def content(self, path: PathLikeText) -> FileContent:
        """Return what is in the file `path`.

        For a missing file the server answers with an empty one: its folder is asked then. It
        raises NotFoundError for a missing file, InputError for a folder, and UnreadableError for a
        file that is not UTF-8.
        """
        self._refuse("files.content")

    def status(self) -> Sequence[FileStatus]:
        """Return the changed files; always nothing since 1.17: see `OpenCode.vcs.status`."""
        self._refuse("files.status")


class Projects(Resource):
    """The projects the server has seen."""

    def list(self) -> Sequence[Project]:
        """Return all of them."""
        self._refuse("projects.list")

    def current(self) -> Project:
        """Return the one of the directory; outside git it is `global`."""
        self._refuse("projects.current")


class VersionControl(Resource):
    """The project's state in git."""

    def get(self) -> Vcs:
        """Return the branch."""
        self._refuse("versioncontrol.get")

    def status(self, *, timeout_s: float | None = None) -> Sequence[FileStatus]:
        """Return the files that differ from the last commit, untracked ones too.

        With very many files it takes minutes: `timeout_s` is how long to wait. Servers before 1.14
        are asked on the older route, `OpenCode.file.status`.
        """
        self._refuse("versioncontrol.status")

    def diff(
        self,
        *,
        mode: Literal["git", "branch"] = "git",
        context: int | None = None,
        timeout_s: float | None = None,
    ) -> Sequence[FileDiff]:
        """Return how files differ from the last commit, or in the `mode` "branch" from its base.

        `context` is the number of unchanged lines around each change, `timeout_s` how long to wait.
        It raises UnsupportedError for servers up to 1.3.
        """
        self._refuse("versioncontrol.diff")
