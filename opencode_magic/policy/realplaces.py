"""Where a request leads once the links on this machine are followed.

The guard of our own server makes tools name real places; the words of a shell command, and what a
server of others asks, may still name a link.
"""

from __future__ import annotations

from msgspec.structs import replace

from ..disk.places import real_place
from ..model.asks import PermissionRequest


def with_real_places(request: PermissionRequest) -> PermissionRequest:
    """The request, also about the folders that its folders really are.

    So a grant for a link's name covers what the link led to, and nothing it leads to later. One to
    read covers the file that was asked for: the server itself would have every other go with it.
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
