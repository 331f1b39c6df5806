"""How the answers of an OpenCode 2 server are read."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from ..reading import Reading, Refusal
from . import versions

T = TypeVar("T")

_BUSY = frozenset({"SessionBusyError"})


class Reading2(Reading):
    """Reads answers of OpenCode 2."""

    def decoder(self, kind: type[T]) -> msgspec.json.Decoder[T]:
        return msgspec.json.Decoder(kind)

    def refusal(self, body: Any) -> Refusal:
        if not isinstance(body, dict):
            # An unknown route answers 404 or 405 with nothing.
            return Refusal("", str(body or ""), unknown_route=not body)
        name = str(body.get("_tag") or "")
        message = str(body.get("message") or name)
        field = body.get("field")
        return Refusal(name, f"{message} ({field})" if field else message, busy=name in _BUSY)

    def capabilities(self, version: str) -> frozenset[str]:
        return versions.CAPABILITIES

    def lacks(self, capability: str) -> str:
        return versions.lacks(capability)

    def about_routes(self, version: str) -> str:
        return "check the path: its routes begin with /api"

    def scope(self, directory: str) -> dict[str, str]:
        return {"location[directory]": directory}
