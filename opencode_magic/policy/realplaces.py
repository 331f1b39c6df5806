"""Requests about folders, with the links on this machine followed.

The guard of our own server makes tools name real places; the words of a shell command, and the
requests of any other server, may still name a link.
"""

from __future__ import annotations

from msgspec.structs import replace

from ..disk.places import real_place
from ..model.asks import PermissionRequest


def with_real_places(request: PermissionRequest) -> PermissionRequest:
    """Return the request with the real places of its folders added to its patterns.

    So a grant for a link covers what the link led to, and nothing it leads to later. A grant to
    read covers only the file of the request: the server itself would include all others.
    """
    if request.kind == "read" and request.always == ["*"]:
        return replace(request, always=request.patterns)
    if request.kind != "outside":
        return request
    return replace(request, patterns=_both(request.patterns), always=_both(request.always))


def _both(patterns: list[str]) -> list[str]:
    return list(dict.fromkeys([*patterns, *map(_real, patterns)]))


def _real(pattern: str) -> str:
    folder, slash, rest = pattern.rpartition("/")
    if not folder or "*" in folder or "?" in folder:
        return pattern
    return real_place(folder) + slash + rest
