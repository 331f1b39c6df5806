"""What programs told of their versions, kept while they stay the same file."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import platformdirs

SILENT = ""
"""Kept for a program that gave no answer in time: it may do so another time."""


class KnownVersions:
    """The answers by path; each counts while size and time of the file are what they were.

    Losing them costs seconds and nothing else: where they cannot be read or written there are none.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or platformdirs.user_cache_path("opencode-magic") / "programs.json"
        self._known = self._read()

    def get(self, path: Path) -> str | None:
        """The version, `SILENT`, or None where nothing is known of this file."""
        known = self._known.get(str(path))
        if not isinstance(known, dict) or known.get("file") != _mark(path):
            return None
        version = known.get("version")
        return version if isinstance(version, str) else None

    def put(self, path: Path, version: str) -> None:
        """Keep an answer."""
        if self.get(path) == version or not (mark := _mark(path)):
            return
        self._known = {**self._read(), str(path): {"file": mark, "version": version}}
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            handle, beside = tempfile.mkstemp(dir=self._file.parent, prefix=self._file.name)
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                json.dump(self._known, stream)
            Path(beside).replace(self._file)

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def _mark(path: Path) -> list[int]:
    try:
        found = path.stat()
    except OSError:
        return []
    return [found.st_size, found.st_mtime_ns]
