"""Reads the files that edits are about to change, and afterwards what became of their bytes."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeGuard

from ..changes.damage import foreseen, lost
from ..model.asks import PermissionRequest
from ..model.tools import file_changes
from ..model.transcript import Ask, Transcript, asked_input
from ..render.asks import edited_files
from ..render.paths import inside
from ..text.amounts import listed
from ..text.visible import one_line

MOST_BYTES = 20_000_000  # of one file; a bigger one is not read


class Witness:
    """The files that the server asks about, as they were before it changed them.

    Parameters
    ----------
    here:
        whether the server runs on this machine.
    folder:
        where it works; if there is no such folder, its files are on another machine after all.
    """

    def __init__(self, *, here: bool, folder: str) -> None:
        self._here = here and bool(folder) and Path(folder).is_dir()
        self._folder = folder
        self._seen: set[str] = set()
        self._before: dict[str, bytes] = {}
        self._now: dict[str, bytes] = {}
        self._foreseen: dict[tuple[str, bool], tuple[str, ...]] = {}

    def see(self, transcript: Transcript) -> None:
        """Read the files of the waiting requests, before these are answered."""
        for ask in transcript.asks.values():
            if ask.id not in self._seen and _is_of_files(ask) and self._here:
                self._seen.add(ask.id)
                for path in edited_files(ask, transcript):
                    if (data := _contents(path)) is not None:
                        self._before.setdefault(path, data)
                        self._now[path] = data

    def foreseen(self, request: Ask, transcript: Transcript) -> tuple[str, ...]:
        """Return what allowing a request would do to its files that no diff shows, in words."""
        if not _is_of_files(request) or not self._now:
            return ()
        given = asked_input(request, transcript)
        known = (request.id, given is not None)
        if known not in self._foreseen:
            files = sorted(edited_files(request, transcript) & self._now.keys())
            found = (
                foreseen(self._now[path], _patch(request, path), _content(given or {}))
                for path in files
            )
            self._foreseen[known] = tuple(dict.fromkeys(words for each in found for words in each))
        return self._foreseen[known]

    def losses(self, wrote: Callable[[str], bool]) -> tuple[str, ...]:
        """Return what happened to the files that the turn `wrote` and no diff shows, in words."""
        found = []
        for path, before in self._before.items():
            after = _contents(path) if wrote(path) else None
            if after is not None and (words := lost(before, after)):
                name = one_line(inside(path, self._folder))
                found.append(f"`{name}`: the diff does not show all, this changed {listed(words)}")
        return tuple(found)


def _is_of_files(ask: Ask) -> TypeGuard[PermissionRequest]:
    return isinstance(ask, PermissionRequest) and ask.kind == "edit"


def _content(given: Mapping[str, object]) -> str | None:
    content = given.get("content")
    return content if isinstance(content, str) else None


def _patch(request: PermissionRequest, path: str) -> str:
    """Return the requested patch of one of the files."""
    files = file_changes(request.metadata)
    return next((each.patch for each in files if each.file == path), request.told("patch"))


def _contents(path: str) -> bytes | None:
    """Return the content of an ordinary file; None where there is none, or it is too large."""
    try:
        opened = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError):
        return None
    try:
        found = os.fstat(opened)
        if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES:
            return None
        with os.fdopen(opened, "rb", closefd=False) as stream:
            return stream.read()
    except OSError:  # a failing disk, or a network that is gone
        return None
    finally:
        os.close(opened)
