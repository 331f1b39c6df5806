"""A project of 100,000 files: how long its tree takes to open, and how much of it is sent."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from opencode_magic.disk.folder import Folder
from opencode_magic.files.project import OnDisk, ProjectFiles
from opencode_magic.live.page.trees import ProjectTree

FILES = 100_000


@dataclass(frozen=True)
class Opened:
    """What opening a tree of that many files took."""

    shape: str
    open_s: float
    find_s: float
    bundle: dict[str, str]
    found: int

    @property
    def saved_bytes(self) -> int:
        return sum(len(text.encode()) for text in self.bundle.values())

    def __str__(self) -> str:
        return (
            f"  a tree of {FILES:,} files, {self.shape:14}{self.open_s:6.3f} s to open, "
            f"{self.saved_bytes / 1000:.1f} kB in the file, {self.find_s:.2f} s to filter"
        )


def spread(folder: Path) -> None:
    """10 folders of 10 folders of 1,000 files each."""
    for n in range(100):
        inner = folder / f"part{n // 10}" / f"set{n % 10}"
        inner.mkdir(parents=True)
        _fill(inner, FILES // 100)


def flat(folder: Path) -> None:
    """All of them in one folder."""
    folder.mkdir()
    _fill(folder, FILES)


def opened(shape: str, folder: Path) -> Opened:
    """Open the tree of a folder, and filter it for one file."""
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    project = ProjectFiles(OnDisk(Folder(folder)))
    began = time.perf_counter()
    bundle = ProjectTree(project, "big/")._repr_mimebundle_()
    open_s = time.perf_counter() - began
    began = time.perf_counter()
    found = project.find("file00777.txt" if shape == "in one folder" else "part7/set7 file00777")
    return Opened(shape, open_s, time.perf_counter() - began, bundle, len(found))


def _fill(folder: Path, count: int) -> None:
    for n in range(count):
        (folder / f"file{n:05}.txt").touch()
