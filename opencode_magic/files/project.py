"""The files of a project, one folder at a time, from the disk of this machine or from the server.

The disk is quicker, knows sizes and is read without following links out of the project.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Protocol, TypeVar, cast

import msgspec

from ..client import Client
from ..disk.folder import Beginning, Folder, Name, UntouchableError
from ..errors import InputError, NotFoundError, OpencodeError, ServerError
from ..model.files import FileDiff, FileStatus
from ..protocol.directory import is_on_windows
from ..render.blocks import Entries, Entry, EntryKind, FileTree, Mark
from ..render.filetree import MOST_ENTRIES, joined

Changed = TypeVar("Changed", FileDiff, FileStatus)

PAGE = 200  # entries of a folder at once
MOST_FOUND = 199  # one more shows that there are more, and is the most a server allows
MOST_LISTED = 40  # folders that are listed before the user opens them
_MARKS = ("added", "modified", "deleted")


class Source(Protocol):
    """Where listings and files come from. Paths are relative to the project, with slashes."""

    def names(self, folder: str) -> Sequence[Name]:
        """Return what lies in a folder. Raise FileNotFoundError where there is none."""

    def sized(self, folder: str, names: Sequence[Name]) -> Sequence[Name]:
        """Return the names with sizes, as far as they are known."""

    def ignored(self, folder: str, names: Sequence[Name]) -> set[str]:
        """Return the names that git ignores."""

    def find(self, words: Sequence[str]) -> Iterable[str]:
        """Return the paths that contain all the words."""

    def beginning(self, file: str, size: int) -> Beginning:
        """Return the first bytes of a file. Raise FileNotFoundError where there is none."""


class OnDisk:
    """A project folder on this machine."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self.names, self.sized, self.beginning = folder.names, folder.sized, folder.beginning

    def ignored(self, folder: str, names: Sequence[Name]) -> set[str]:
        """Return the names that git ignores."""
        found = self._folder.ignored(joined(folder, name.name) for name in names)
        return {path.rpartition("/")[2] for path in found}

    def find(self, words: Sequence[str]) -> Iterable[str]:
        """Return the paths that contain all the words."""
        return (path for path in self._folder.files() if _holds(path, words))


class OnServer:
    """A project folder on another machine."""

    def __init__(self, client: Callable[[], Client]) -> None:
        self._client = client
        self._ignored: dict[str, set[str]] = {}

    def names(self, folder: str) -> Sequence[Name]:
        """Return what lies in a folder, except `.git`: folders first, then by name."""
        try:
            nodes = [n for n in self._client().file.list(folder) if n.name.casefold() != ".git"]
        except NotFoundError as error:
            raise FileNotFoundError(folder) from error
        self._ignored[folder] = {node.name for node in nodes if node.ignored}
        names = [Name(node.name, node.type == "directory") for node in nodes]
        return _sorted(names)

    def sized(self, folder: str, names: Sequence[Name]) -> Sequence[Name]:
        """Return the names as they are: the server does not tell sizes."""
        del folder
        return names

    def ignored(self, folder: str, names: Sequence[Name]) -> set[str]:
        """Return the names in a listed folder that git ignores."""
        del names
        return self._ignored.get(folder, set())

    def find(self, words: Sequence[str]) -> Iterable[str]:
        """Return the paths that contain all the words; the server finds others too."""
        found = self._client().find.files(" ".join(words), limit=MOST_FOUND + 1)
        return (path for path in found if _holds(path, words))

    def beginning(self, file: str, size: int) -> Beginning:
        """Return the first bytes of a file; the server sends it whole."""
        try:
            data = self._client().file.content(file).data
        except NotFoundError as error:
            raise FileNotFoundError(file) from error
        except ServerError as error:
            raise UntouchableError(error.message) from error
        except binascii.Error as error:
            raise UntouchableError("the server sent it in pieces") from error
        return Beginning(data[:size], len(data))


class ProjectFiles:
    """A project's files, and which of them changed.

    Parameters
    ----------
    source:
        where listings and contents come from.
    changes:
        the files that differ from the last commit.
    diffs:
        gives the changes in full, when they are first asked for.
    redact:
        removes secrets from text that is to be shown.
    """

    def __init__(
        self,
        source: Source,
        changes: Iterable[FileDiff | FileStatus] = (),
        *,
        diffs: Callable[[], Iterable[FileDiff]] = tuple,
        redact: Callable[[str], str] = str,
    ) -> None:
        self.source = source
        self.redact = redact
        self._diffs = diffs
        self._marks: dict[str, Mark] = {}
        self._inside: dict[str, dict[str, int]] = {"": {}}
        """By folder, its entries that changed or contain changes, and how many."""
        for change in changes:
            mark = change.status if change.status in _MARKS else "modified"
            self._marks[change.file] = cast(Mark, mark)
            folder = change.file
            while folder:
                folder, _, name = folder.rpartition("/")
                counts = self._inside.setdefault(folder, {})
                counts[name] = counts.get(name, 0) + 1

    def entries(self, folder: str = "", start: int = 0, most: int = PAGE) -> Entries:
        """Return `most` entries of a folder from `start` on, deleted files among them.

        Raise FileNotFoundError where there is no such folder, and nothing was deleted there.
        """
        names = self._names(folder)
        page = self.source.sized(folder, names[start : start + most])
        unmarked = [n for n in page if joined(folder, n.name) not in self._marks]
        ignored = self.source.ignored(folder, unmarked)
        entries = tuple(self._entry(folder, name, name.name in ignored) for name in page)
        return Entries(entries, len(names))

    def tree(self, title: str, folder: str = "") -> FileTree:
        """Return a folder with as many levels below it as its static form may show."""
        folders = {"": self.entries(folder)}
        waiting = [""]
        room = MOST_ENTRIES
        while waiting:
            path = waiting.pop(0)
            for entry in folders[path].entries:
                if room <= 0 or len(folders) >= MOST_LISTED:
                    return FileTree(title, folders)
                if entry.kind != "folder" or entry.mark == "ignored":
                    continue
                inner = joined(path, entry.name)
                try:
                    folders[inner] = self.entries(joined(folder, inner) if folder else inner)
                except (FileNotFoundError, UntouchableError):
                    continue
                room -= len(folders[inner].entries)
                waiting.append(inner)
        return FileTree(title, folders)

    def find(self, text: str, folder: str = "", most: int = MOST_FOUND) -> list[str]:
        """Return the paths in a folder that contain all words of a text, in any case.

        One more than `most` shows that there are more.
        """
        words = text.casefold().split()
        if not words:
            return []
        start = f"{folder}/" if folder else ""
        gone = [path for path, mark in self._marks.items() if mark == "deleted"]
        found = {*(path for path in gone if _holds(path, words)), *self.source.find(words)}
        return sorted(path for path in found if path.startswith(start))[: most + 1]

    def entry(self, path: str) -> Entry:
        """Return the entry for a path that was found."""
        folder, _, name = path.rpartition("/")
        sized = self.source.sized(folder, [Name(name)])
        return self._entry(folder, sized[0], ignored=False)

    def diff(self, path: str) -> FileDiff | None:
        """Return the change of a file since the last commit, None where there is none."""
        return self._patches.get(path) if path in self._marks else None

    @cached_property
    def _patches(self) -> dict[str, FileDiff]:
        try:
            return {diff.file: diff for diff in self._diffs()}
        except OpencodeError:
            return {}

    def _names(self, folder: str) -> list[Name]:
        changed = self._inside.get(folder, {})
        gone = [n for n in changed if self._deleted(joined(folder, n))]
        try:
            names = list(self.source.names(folder))
        except FileNotFoundError:
            if not gone:
                raise
            names = []
        there = {name.name for name in names}
        lost = [Name(n, joined(folder, n) in self._inside) for n in gone if n not in there]
        return _sorted([*names, *lost]) if lost else names

    def _deleted(self, path: str) -> bool:
        if path in self._inside:
            return any(self._deleted(joined(path, name)) for name in self._inside[path])
        return self._marks.get(path) == "deleted"

    def _entry(self, folder: str, name: Name, ignored: bool) -> Entry:
        kind: EntryKind = "folder" if name.folder else "link" if name.link else "file"
        mark = self._marks.get(joined(folder, name.name), "")
        changed = self._inside.get(folder, {}).get(name.name, 0) if name.folder else 0
        return Entry(name.name, kind, name.size, mark or ("ignored" if ignored else ""), changed)


def folder_of(text: str, directory: str) -> str:
    """Return a folder that the user typed as a path relative to the project.

    Raise InputError where it lies outside of it.
    """
    path = text.strip().strip("\"'")
    if is_on_windows(directory):  # elsewhere a backslash belongs to the name
        path = path.replace("\\", "/")
    if path.startswith("/"):
        base = directory.rstrip("/")
        if path.rstrip("/") != base and not path.startswith(f"{base}/"):
            raise InputError(f"{path} is outside of the project, {directory}")
        path = path[len(base) :]
    steps: list[str] = []
    for step in path.split("/"):
        if step == ".." and not steps:
            raise InputError(f"{text.strip()} is outside of the project, {directory}")
        if step == "..":
            steps.pop()
        elif step not in ("", "."):
            steps.append(step)
    return "/".join(steps)


def relative(changes: Iterable[Changed], directory: str, root: str) -> list[Changed]:
    """Return the changes relative to the directory; the server sends them relative to the root."""
    base = root.rstrip("/") + "/"
    start = directory.removeprefix(base).strip("/") + "/"
    if not root or not directory.startswith(base) or start == "/":
        return list(changes)
    inside = (change for change in changes if change.file.startswith(start))
    return [msgspec.structs.replace(c, file=c.file[len(start) :]) for c in inside]


def _sorted(names: Iterable[Name]) -> list[Name]:
    return sorted(names, key=lambda n: (not n.folder, n.name.casefold(), n.name))


def _holds(path: str, words: Sequence[str]) -> bool:
    folded = path.casefold()
    return all(word in folded for word in words)
