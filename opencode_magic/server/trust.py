"""What a folder brings along for opencode to run, and whether the user has trusted it.

found = survey(folder)                 None: the folder brings nothing
found.lines                            what it brings, in words
TrustStore(path).trusted(found)        the same folder with the same content, trusted before
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from ..errors import InputError
from ..protocol.hosting import FOLDER, GENERATED, OWN_PACKAGE, Hosting, hosting_of

_MAX_FILES = 5_000
_MAX_BYTES = 2_000_000


@dataclass(frozen=True)
class Survey:
    """What one folder brings: `lines` in words, `digest` over every file and its path."""

    root: Path
    files: tuple[str, ...]
    lines: tuple[str, ...]
    digest: str


def default_path() -> Path:
    """Where a user's trusted folders are kept."""
    return platformdirs.user_data_path("opencode-magic") / "trust.json"


def survey(directory: Path, version: str) -> Survey | None:
    """What the folder, or one above it, would have opencode read and run.

    Parameters
    ----------
    directory:
        the project.
    version:
        the version of opencode, which decides where it looks.
    """
    directory = directory.resolve()
    hosting = hosting_of(version)
    places = hosting.looked_in(directory)
    lines: list[str] = []
    files: list[str] = []
    digest = hashlib.sha256()
    for place in places:
        before = len(files)
        for path, content in _read_all(place, hosting):
            name = _shown(path, places[-1])
            files.append(name)
            for part in (str(path).encode("utf-8", "surrogateescape"), content):
                digest.update(len(part).to_bytes(8, "big"))
                digest.update(part)
            lines += [f"{name}: {what}" for what in hosting.describe(path, content)]
        if len(files) > before and place != directory and (who := _others(place)):
            lines.append(f"{_shown(place, places[-1])}: a folder that {who} may write")
    if not files:
        return None
    return Survey(directory, tuple(files), tuple(lines), digest.hexdigest())


def _others(place: Path) -> str:
    """Who else may put files into a folder; "" for nobody but the system."""
    if os.name == "nt":
        return ""
    try:
        about = place.stat()
    except OSError:
        return ""
    if about.st_mode & stat.S_IWOTH:
        return "everybody"
    if about.st_uid not in (os.geteuid(), 0):
        return "another user"
    return "a group" if about.st_mode & stat.S_IWGRP and about.st_gid != os.getegid() else ""


def _shown(path: Path, root: Path) -> str:
    name = (
        str(path.relative_to(root))
        if path.is_relative_to(root) and root != root.parent
        else str(path)
    )
    return "".join(c if c.isprintable() else "?" for c in name)


def _read_all(place: Path, hosting: Hosting) -> Iterator[tuple[Path, bytes]]:
    files, folders = hosting.found_in(place)
    for name in files:
        if os.path.lexists(place / name):
            yield place / name, _content(place / name)
    for name in folders:
        if os.path.lexists(place / name):
            yield from _read_folder(place, place / name, hosting)


def _read_folder(place: Path, folder: Path, hosting: Hosting) -> Iterator[tuple[Path, bytes]]:
    if folder.is_symlink() or not folder.is_dir():
        yield folder, _content(folder)
    elif hosting.fills_folders:  # empty ones, too
        yield folder, b""
    tracked = _tracked(place)
    count = 0
    for above, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(n for n in folders if not hosting.passes_over(Path(above, n)))
        links = [name for name in folders if Path(above, name).is_symlink()]
        for name in sorted([*names, *links]):
            path = Path(above, name)
            content = _told(path, folder, tracked)
            if content is None:
                continue
            count += 1
            if count > _MAX_FILES:
                raise InputError(
                    f"{folder} holds more than {_MAX_FILES} files, too many to look through; "
                    "remove some, or start the notebook in another folder"
                )
            yield path, content


def _told(path: Path, folder: Path, tracked: frozenset[Path]) -> bytes | None:
    """What counts of a file; None for what the server's own `npm install` has put there.

    That counts only where it came with git.
    """
    inside = path.relative_to(folder).parts
    if path in tracked:
        return _without_own_plugin(path) if inside == ("package.json",) else _content(path)
    if "node_modules" in inside[:-1] or (len(inside) == 1 and inside[0] in GENERATED):
        return None
    if inside == ("package.json",):
        return _without_own_plugin(path)
    return _content(path)


def _without_own_plugin(path: Path) -> bytes | None:
    """A package.json but for the line the server adds; None when it is nothing else."""
    content = _content(path)
    try:
        package = json.loads(content)
        package["dependencies"].pop(OWN_PACKAGE, None)
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError):
        return content
    return json.dumps(package, sort_keys=True).encode() if any(package.values()) else None


def _tracked(place: Path) -> frozenset[Path]:
    """The files of the folder that came with the repository; none where git knows nothing."""
    # No setting of the repository may start a program here.
    command = ["git", "-c", "core.fsmonitor=false", "ls-files", "-z", "--", FOLDER]
    try:
        done = subprocess.run(
            command,
            cwd=place,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return frozenset()
    names = done.stdout.split(b"\0") if done.returncode == 0 else []
    return frozenset(place / os.fsdecode(name) for name in names if name)


def _content(path: Path) -> bytes:
    """The bytes that stand for a file: its text; of anything else, what it is."""
    try:
        if path.is_symlink():
            return b"link to " + os.fsencode(path.readlink()) + b"\n" + _target(path)
        return _plain(path)
    except OSError as error:
        return f"unreadable: {error.errno}".encode()


def _target(link: Path) -> bytes:
    """What a link leads to: a file's text; a folder by names, sizes and times."""
    # Not `Path.resolve`: that is a RuntimeError for a link that leads to itself before 3.13.
    target = Path(os.path.realpath(link))
    if not target.is_dir():
        return _plain(target)
    found = []
    for above, folders, names in os.walk(target, followlinks=False):
        folders.sort()
        for name in sorted(names):
            path = Path(above, name)
            with contextlib.suppress(OSError):
                about = path.lstat()
                found.append(f"{path} {about.st_size} {about.st_mtime_ns} {about.st_mode}")
            if len(found) > _MAX_FILES:
                # Never the same twice: what cannot be looked at is not trusted.
                return os.urandom(16)
    return "\n".join(found).encode("utf-8", "surrogateescape")


def _plain(path: Path) -> bytes:
    about = path.stat()
    if stat.S_ISREG(about.st_mode):
        digest = hashlib.sha256()
        with path.open("rb") as file:
            head = file.read(_MAX_BYTES)
            digest.update(head)
            while chunk := file.read(_MAX_BYTES):
                digest.update(chunk)
        return head if about.st_size <= _MAX_BYTES else head + digest.digest()
    return f"not a file: {stat.S_IFMT(about.st_mode)}".encode()


class TrustStore:
    """The folders a user has trusted, in one private file: path and content hash."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or default_path()

    def trusted(self, found: Survey) -> bool:
        """Whether this very content in this very place was trusted."""
        return self.entries().get(str(found.root)) == found.digest

    def add(self, found: Survey) -> None:
        """Trust what the survey found; later changes need trust again."""
        self._write({**self.entries(), str(found.root): found.digest})

    def remove(self, root: Path) -> bool:
        """Trust a folder no more; whether it was."""
        entries = self.entries()
        if entries.pop(str(root.resolve()), None) is None:
            return False
        self._write(entries)
        return True

    def entries(self) -> dict[str, str]:
        """Trusted folder -> content hash; empty when the file is damaged or not ours."""
        try:
            found = json.loads(self.path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        folders = found.get("folders") if isinstance(found, dict) else None
        if not isinstance(folders, dict):
            return {}
        return {path: value for path, value in folders.items() if isinstance(value, str)}

    def _write(self, entries: dict[str, str]) -> None:
        text = json.dumps({"version": 1, "folders": entries}, indent=1)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # mkstemp makes it 0600; the rename makes it whole or not at all.
            handle, temporary = tempfile.mkstemp(dir=self.path.parent, prefix=".trust-")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(text)
                Path(temporary).replace(self.path)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise InputError(
                f"cannot keep the trusted folders in {self.path} ({error.strerror}); "
                "make that folder writable"
            ) from None
