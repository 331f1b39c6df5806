"""The files of a project folder, read and put back with care.

Nothing is followed out of the folder: each step of a path is opened by itself and never through a
symbolic link. A file is replaced in one step, and only while it is the one that was read.
"""

from __future__ import annotations

import errno
import os
import stat
import uuid
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from .git import GitError, git, git_or_nothing, has_git

LINK = "it is, or lies behind, a symbolic link"
OUTSIDE = "it lies outside the project folder"
NO_FILE = "it is no ordinary file"
SHARED = "it is one of several names of the same file"
MEANWHILE = "it has changed meanwhile"
NEW_FILE_MODE = 0o666

_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
# Without blocking: opening a pipe would wait for somebody to write.
_FILE = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class UntouchableError(Exception):
    """A file is left alone; the message says why, in words that follow its name."""


@dataclass(frozen=True)
class SeenFile:
    """A file as it was read; `data` is None where there was none."""

    data: bytes | None = None
    mark: tuple[int, ...] = ()
    """Identifies the file and its state."""
    mode: int = NEW_FILE_MODE
    owner: tuple[int, int] = (-1, -1)


@dataclass(frozen=True)
class Beginning:
    """The first bytes of a file, and the size of the whole file in bytes."""

    data: bytes
    size: int


class Name(NamedTuple):
    """An entry of a folder; `size`, in bytes, is None unless asked for."""

    name: str
    folder: bool = False
    link: bool = False
    size: int | None = None


class Folder:
    """A project folder.

    Parameters
    ----------
    path:
        the folder.
    root:
        what file names are relative to: the folder itself by default, or one above it, such as the
        root of its repository. Files beside the folder are out of reach all the same.
    """

    def __init__(self, path: Path, root: Path | None = None) -> None:
        self.path = path
        self.root = root or path
        self._above = path.relative_to(self.root).parts

    def read(self, file: str) -> SeenFile:
        """Return the file as it is; without `data` where there is none."""
        try:
            with _in_words(), self._parent(file) as (parent, name):
                return _read(parent, name)
        except FileNotFoundError:
            return SeenFile()

    def beginning(self, file: str, size: int) -> Beginning:
        """Return the first `size` bytes of a file. Raise FileNotFoundError where there is none."""
        with _in_words(), self._parent(file) as (parent, name), _ordinary(parent, name) as stream:
            return Beginning(stream.read(size), os.fstat(stream.fileno()).st_size)

    def names(self, folder: str = "") -> list[Name]:
        """Return what lies in a folder, except `.git`: folders first, then by name.

        Raise FileNotFoundError where there is no such folder. Sizes are not known, see `sized`.
        """
        with _in_words(), self._inside(folder) as opened, os.scandir(opened) as found:
            # Sorted as tuples: for 100,000 names a sort key takes four times as long.
            sortable = [
                (not e.is_dir(follow_symlinks=False), e.name.casefold(), e.name, e.is_symlink())
                for e in found
            ]
        sortable.sort()
        return [Name(name, not file, link) for file, low, name, link in sortable if low != ".git"]

    def sized(self, folder: str, names: Iterable[Name]) -> list[Name]:
        """Return the names with the sizes of files; one that is gone by now has none."""
        try:
            with self._inside(folder) as opened:
                return [name._replace(size=_size(name, opened)) for name in names]
        except OSError:
            return list(names)

    def ignored(self, paths: Iterable[str]) -> set[str]:
        """Return those of the paths that git ignores."""
        if not (asked := "\0".join(f"./{path}" for path in paths)):
            return set()
        said = git_or_nothing(self.path, "check-ignore", "-z", "--stdin", said=asked)
        return {path.removeprefix("./") for path in said.split("\0") if path}

    def changed(self, *, timeout_s: float) -> dict[str, str]:
        """Return the paths that differ from the last commit: `added`, `modified` or `deleted`.

        None without a repository. Raise GitError where git fails or takes longer than `timeout_s`.
        """
        asked = ("status", "--porcelain", "-z", "--untracked-files=all", "--no-renames", "--", ".")
        try:
            above = git(self.path, "rev-parse", "--show-prefix", timeout_s=timeout_s)
            told = git(self.path, *asked, timeout_s=timeout_s)
        except GitError:
            if not has_git(self.path):
                return {}
            raise
        prefix = above.removesuffix("\n")
        entries = (entry for entry in told.split("\0") if entry)
        return {
            entry[3:].removeprefix(prefix).rstrip("/"): _STATES.get(entry[:2].strip(), "modified")
            for entry in entries
        }

    def in_last_commit(self, file: str) -> bytes:
        """Return the content of a file in the last commit; b"" where it has none."""
        said = git_or_nothing(self.path, "show", f"HEAD:./{file}")
        return said.encode("utf-8", "surrogateescape")

    def nameless(self, *, unclean: bool = False, timeout_s: float) -> dict[str, tuple[int, ...]]:
        """Return the files not ignored by git whose names are not UTF-8, each with its state.

        With `unclean` only those that differ from the index of git. Raise GitError where git fails
        or takes longer than `timeout_s`.
        """
        which = "--modified" if unclean else "--cached"
        asked = ("ls-files", "-z", which, "--others", "--exclude-standard")
        found: dict[str, tuple[int, ...]] = {}
        for path in git(self.path, *asked, timeout_s=timeout_s).split("\0"):
            if any("\udc80" <= character <= "\udcff" for character in path):
                with suppress(OSError):
                    found[path] = _mark((self.path / path).lstat())
        return found

    def files(self) -> Iterator[str]:
        """Yield the paths of all files: those git has or would add; without git, all there are."""
        asked = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        if said := git_or_nothing(self.path, *asked):
            yield from said.rstrip("\0").split("\0")
            return
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            with suppress(UntouchableError, FileNotFoundError):
                for name in self.names(folder):
                    path = f"{folder}/{name.name}" if folder else name.name
                    if name.folder:
                        waiting.append(path)
                    else:
                        yield path

    def write(
        self, file: str, data: bytes | None, seen: SeenFile, *, mode: int | None = None
    ) -> None:
        """Replace a file in one step, if it is still as it was seen.

        Parameters
        ----------
        file:
            its name.
        data:
            the new content; None deletes it.
        seen:
            the file as it was read.
        mode:
            the mode of a file that was not there; one that is there keeps its own.

        Raises
        ------
        UntouchableError
            The file has changed since, or cannot be written.
        """
        try:
            with self._parent(file, make=data is not None) as (parent, name):
                if data is None:
                    _still(parent, name, seen)
                    os.unlink(name, dir_fd=parent)
                else:
                    _replace(parent, name, data, seen, mode)
        except OSError as error:
            raise _words(error) from error

    def mode_in_git(self, file: str) -> int | None:
        """Return the mode git has for a file that is gone; None where git has none."""
        name = PurePosixPath(*self._steps(file)).as_posix()
        for command in (("ls-files", "-s", "-z"), ("ls-tree", "-z", "HEAD")):
            said = git_or_nothing(self.path, "--literal-pathspecs", *command, "--", name)
            if said[:6].isdigit():
                return int(said[:6], 8)
        return None

    def _steps(self, file: str) -> tuple[str, ...]:
        """Return the names from the folder down to the file."""
        steps = tuple(file.split("/"))
        above = len(self._above)
        if steps[:above] != self._above or len(steps) == above:
            raise UntouchableError(OUTSIDE)
        steps = steps[above:]
        if any(s in ("", ".", "..") or "\0" in s or os.sep in s for s in steps):
            raise UntouchableError(OUTSIDE)
        if any(step.casefold() == ".git" for step in steps):
            raise UntouchableError("git keeps its own things there")
        return steps

    def _inside(self, folder: str) -> AbstractContextManager[int]:
        """Open a folder."""
        return self._opened(self._steps(folder) if folder else ())

    @contextmanager
    def _parent(self, file: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
        """Open the folder a file lies in, and give its name there too."""
        *steps, name = self._steps(file)
        with self._opened(steps, make=make) as opened:
            yield opened, name

    @contextmanager
    def _opened(self, steps: Iterable[str], *, make: bool = False) -> Iterator[int]:
        if os.open not in os.supports_dir_fd:
            raise UntouchableError("this system cannot open a path step by step")
        opened = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for step in steps:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(step, dir_fd=opened)
                inner = _open_folder(step, opened)
                os.close(opened)
                opened = inner
            yield opened
        finally:
            os.close(opened)


def _open_folder(name: str, parent: int) -> int:
    try:
        return os.open(name, _FOLDER, dir_fd=parent)
    except NotADirectoryError:  # raised for a link too, which must not be followed
        found = os.stat(name, dir_fd=parent, follow_symlinks=False)
        if stat.S_ISLNK(found.st_mode):
            raise UntouchableError(LINK) from None
        raise FileNotFoundError(errno.ENOENT, "a file stands where a folder was") from None


@contextmanager
def _ordinary(parent: int, name: str) -> Iterator[BinaryIO]:
    """Open a file that is no folder, pipe or device."""
    opened = os.open(name, _FILE, dir_fd=parent)
    try:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise UntouchableError(NO_FILE)
        with os.fdopen(opened, "rb", closefd=False) as stream:
            yield stream
    finally:
        os.close(opened)


def _read(parent: int, name: str) -> SeenFile:
    with _ordinary(parent, name) as stream:
        before = os.fstat(stream.fileno())
        if before.st_nlink > 1:
            raise UntouchableError(SHARED)
        data = stream.read()
        if _mark(os.fstat(stream.fileno())) != _mark(before):
            raise UntouchableError(MEANWHILE)
    owner = (before.st_uid, before.st_gid)
    return SeenFile(data, _mark(before), stat.S_IMODE(before.st_mode), owner)


def _size(name: Name, parent: int) -> int | None:
    if name.folder or name.link:
        return None
    try:
        return os.stat(name.name, dir_fd=parent, follow_symlinks=False).st_size
    except OSError:
        return None


def _mark(found: os.stat_result) -> tuple[int, ...]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _still(parent: int, name: str, seen: SeenFile) -> None:
    """Raise UntouchableError unless the file is the one that was seen, in the same state."""
    try:
        mark = _mark(os.stat(name, dir_fd=parent, follow_symlinks=False))
    except FileNotFoundError:
        mark = ()
    if mark != seen.mark:
        raise UntouchableError(MEANWHILE)


def _replace(parent: int, name: str, data: bytes, seen: SeenFile, mode: int | None) -> None:
    beside = f".{uuid.uuid4().hex}.opencode_magic"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    opened = os.open(beside, flags, seen.mode if mode is None else mode, dir_fd=parent)
    try:
        with os.fdopen(opened, "wb") as stream:
            stream.write(data)
            stream.flush()
            if seen.data is not None:
                with suppress(OSError):  # the file of another user, which becomes ours then
                    os.fchown(opened, *seen.owner)
                os.fchmod(opened, seen.mode)
            os.fsync(opened)
        _still(parent, name, seen)
        if seen.data is None:
            _put_new(parent, beside, name)
        else:
            os.replace(beside, name, src_dir_fd=parent, dst_dir_fd=parent)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(beside, dir_fd=parent)


def _put_new(parent: int, beside: str, name: str) -> None:
    """Give the file its name: unlike a rename, a link never replaces a file that came since."""
    try:
        os.link(beside, name, src_dir_fd=parent, dst_dir_fd=parent, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        os.rename(beside, name, src_dir_fd=parent, dst_dir_fd=parent)


@contextmanager
def _in_words() -> Iterator[None]:
    """Raise errors of the system as UntouchableError, except that there is no such file."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _words(error) from error


def _words(error: OSError) -> UntouchableError:
    if error.errno in (errno.ELOOP, errno.EMLINK):  # raised for opening a link unfollowed
        return UntouchableError(LINK)
    if error.errno == errno.EEXIST:
        return UntouchableError(MEANWHILE)
    return UntouchableError(f"the system says: {error.strerror or type(error).__name__}")


_STATES = {"??": "added", "A": "added", "AM": "added", "D": "deleted", "AD": "deleted"}
"""By the two letters of git: for the index, and for the disk."""
