"""Files in their folders; a chain of folders that hold nothing else is one: `src/app/`.

A folder with a single file is not shown: the file is named by its path, `data/numbers.csv`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST_DEEP = 20  # levels; what lies deeper stands there with the rest of its path


@dataclass(frozen=True)
class Branch:
    """The folders in a folder, and its files: each a name and its place in what was given."""

    folders: tuple[tuple[str, Branch], ...] = ()
    files: tuple[tuple[str, int], ...] = ()

    def all_files(self) -> Iterator[int]:
        """Yield the places of all files below."""
        for _, inner in self.folders:
            yield from inner.all_files()
        yield from (n for _, n in self.files)


def compacted(paths: Sequence[str]) -> Branch:
    """Return the folder that holds all the paths, sorted by name."""
    return _branch(sorted((path, n) for n, path in enumerate(paths)), MOST_DEEP)


def _branch(paths: Sequence[tuple[str, int]], deep: int) -> Branch:
    below: dict[str, list[tuple[str, int]]] = {}
    files = []
    for path, n in paths:
        folder, slash, rest = path.partition("/")
        if deep and slash and folder and rest:
            below.setdefault(folder, []).append((rest, n))
        else:
            files.append((path, n))
    for name in [name for name, inner in below.items() if len(inner) == 1]:
        [(rest, n)] = below.pop(name)
        files.append((f"{name}/{rest}", n))
    files.sort()
    folders = tuple(_joined(name, _branch(inner, deep - 1)) for name, inner in below.items())
    return Branch(folders, tuple(files))


def _joined(name: str, branch: Branch) -> tuple[str, Branch]:
    if branch.files or len(branch.folders) != 1:
        return name, branch
    inner, only = branch.folders[0]
    return f"{name}/{inner}", only
