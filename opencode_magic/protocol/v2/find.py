"""Searches in the project of an OpenCode 2 server; in the text of files by a ripgrep of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import structs

from ...disk import ripgrep
from ...errors import InputError
from ...model.files import Found, Match
from ...model.tools import dig
from ...text.visible import as_text
from ..contract import project as contract
from ..resource import operation, uses

FEWEST, MOST = 1, 200  # files of one search
MOST_LINES = 200
STOPPED = f"The search stops at {MOST_LINES} lines: a narrower pattern shows others."


class Find2(contract.Find):
    """Searches in the project.

    The server searches no text, which is done here: where it is on this machine.
    """

    @uses(ripgrep.NAME)
    def text(self, pattern: str) -> Sequence[Match]:
        if not pattern:
            raise InputError("there is nothing to search for; write a regular expression")
        directory = self.connection.directory
        if directory is None:
            place = self._call("GET", "/api/location", dict[str, Any])
            directory = as_text(place.get("directory"))
        folder = Path(directory)
        if not (self.connection.loopback and folder.is_dir()):
            self._refuse("grep-far")
        return [self._match(told) for told in ripgrep.search(folder, pattern, limit=MOST_LINES)]

    def _match(self, told: Mapping[str, Any]) -> Match:
        """Return a match without the secrets that this client knows."""
        text = self.connection.redact(msgspec.json.encode(told).decode())
        match = msgspec.json.decode(text, type=Match)
        path = match.path.text.removeprefix("./")
        return structs.replace(match, path=structs.replace(match.path, text=path))

    @uses(ripgrep.NAME)
    def readable(self, pattern: str) -> Found:
        found = tuple(self.text(pattern))
        return Found(found, (STOPPED,) if len(found) >= MOST_LINES else ())

    @operation("GET /api/fs/find")
    def files(
        self,
        query: str = "",
        *,
        limit: int | None = None,
        type: Literal["", "file", "directory"] = "",
        directories: bool | None = None,
    ) -> Sequence[str]:
        if limit is not None and not FEWEST <= limit <= MOST:
            raise InputError(f"limit is {limit}: {FEWEST} to {MOST} files are listed")
        kind = type or ("file" if directories is False else None)
        params = {"query": query, "limit": limit, "type": kind}
        found = self._call("GET", "/api/fs/find", dict[str, Any], params=params)
        names = [as_text(dig(one, "path")) for one in found.get("data") or ()]
        return [name for name in names if name.strip("/")]  # the project itself is no find
