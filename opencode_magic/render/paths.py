"""Paths as a reader knows them: relative inside the project, whole outside of it."""

from __future__ import annotations

from ..model.transcript import Transcript


def inside(path: str, directory: str) -> str:
    """Return `path` relative to `directory` if it lies in it, else unchanged."""
    start = directory.rstrip("/\\")
    if not start:  # nothing is known, or all of the disk
        return path
    if path.rstrip("/\\") == start:
        return "."
    rest = path[len(start) :]
    if not path.startswith(start) or rest[:1] not in ("/", "\\"):
        return path
    within = rest[1:]
    # "//etc" and "../etc" lead out again, and must not look like a file of the project.
    steps = within.replace("\\", "/").split("/")
    return path if ".." in steps or not steps[0] else within


def directory_of(transcript: Transcript) -> str:
    """Return the folder a session works in, as its messages name it; "" where none does."""
    return places_of(transcript)[0]


def places_of(transcript: Transcript) -> tuple[str, str]:
    """Return the folder a session works in and the root of its repository; "" if unknown."""
    infos = (message.info for message in transcript.by_id.values())
    found = next((info.path for info in infos if info.path.cwd), None)
    return (found.cwd, found.root or found.cwd) if found else ("", "")
