"""Names of files that a server cannot be given, or reports differently.

The server reports a name that is not UTF-8 with a replacement character for each invalid byte, and
a backslash as a slash. It cannot read such a file, and records no change of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from ..disk.folder import Folder, UntouchableError
from ..disk.git import GitError
from ..model.files import FileDiff
from ..text.visible import visible

MOST_COMPARED = 1_000_000  # bytes
MOST_NAMED = 3
NOT_LONG_S = 3.0
UNREADABLE = "Binary files differ\n"


def told(path: str) -> str:
    """Return a path as a server reports it."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\\", "/")


def true_names(paths: Iterable[str]) -> dict[str, str]:
    """Return the paths that a server reports differently, by what it reports; none if ambiguous."""
    known = set(paths)
    times = Counter(map(told, known))
    return {said: path for path in known if times[said := told(path)] == 1 and said != path}


def as_shown(folder: Folder, path: str) -> str:
    """Return the real path for one that was typed as shown, with escapes (`caf\\udce9.txt`)."""
    steps: list[str] = []
    for step in path.split("/"):
        names: list[str] = []
        with suppress(FileNotFoundError, UntouchableError):
            names = [name.name for name in folder.names("/".join(steps))]
        shown = (name for name in names if visible(name) == step)
        steps.append(step if step in names else next(shown, step))
    return "/".join(steps)


def compared(folder: Folder, path: str, status: str) -> FileDiff:
    """Return the change of a file that a server cannot read, from git and the disk."""
    try:
        before = b"" if status == "added" else folder.in_last_commit(path)
        after = b"" if status == "deleted" else folder.beginning(path, MOST_COMPARED + 1).data
    except (FileNotFoundError, UntouchableError):
        return FileDiff(path, patch=UNREADABLE, status=status)
    if max(len(before), len(after)) > MOST_COMPARED or b"\0" in before + after:
        return FileDiff(path, patch=UNREADABLE, status=status)
    old, new = before.decode("utf-8", "replace"), after.decode("utf-8", "replace")
    return FileDiff(path, before=old, after=new, status=status)


@dataclass(frozen=True)
class Nameless:
    """The files whose names are not UTF-8, with their states, and those that differ from git's."""

    states: Mapping[str, object]
    unclean: tuple[str, ...] = ()


def nameless(folder: Folder | None) -> Nameless | None:
    """Return those of a project on this machine; None where git fails or is too slow."""
    if folder is None:
        return None
    try:
        states = folder.nameless(timeout_s=NOT_LONG_S)
        unclean = folder.nameless(unclean=True, timeout_s=NOT_LONG_S) if states else {}
    except GitError:
        return None
    return Nameless(states, tuple(unclean))


def unrecorded(was: Nameless | None, now: Nameless | None) -> str:
    """Return a note for a turn which the server could not record because of such files, or ""."""
    if was is None or now is None:
        return ""
    before, after = was.states, now.states
    happened = {
        "new": [path for path in after if path not in before],
        "gone": [path for path in before if path not in after],
        "changed": [p for p in after if p in before and before[p] != after[p]],
    }
    words = [f"{what}: {_names(paths)}" for what, paths in happened.items() if paths]
    if not words and not now.unclean:
        return ""
    return (
        f"{'; '.join(words) or _names(now.unclean)}. With a name that is not UTF-8 there, opencode "
        "keeps no record of a turn: its list of changed files, `/diff` and `/undo` may be empty"
    )


def _names(paths: Sequence[str]) -> str:
    shown = ", ".join(f"`{visible(path)}`" for path in sorted(paths)[:MOST_NAMED])
    more = len(paths) - MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown
