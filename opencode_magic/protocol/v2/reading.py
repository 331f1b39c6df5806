"""How the answers of an OpenCode 2 server are read."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from ...text.redact import masked
from ..reading import Reading, Refusal
from . import versions

T = TypeVar("T")

_WITH_KEYS = ("/api/config", "/api/provider", "/api/model", "/api/integration")
"""The routes whose answers hold keys in clear, in the settings of providers and MCP servers."""
_NO_ROUTE = (404, 405)
_BUSY = frozenset({"SessionBusyError"})


class Reading2(Reading):
    """Reads answers of OpenCode 2."""

    def decoder(self, kind: type[T]) -> msgspec.json.Decoder[T]:
        return msgspec.json.Decoder(kind)

    def without_keys(self, path: str, value: T) -> T:
        if any(path == place or path.startswith(f"{place}/") for place in _WITH_KEYS):
            # What is decoded here is plain: a list or a mapping stays one.
            return masked(value)  # type: ignore[no-any-return]  # see above
        return value

    def refusal(self, body: Any, status: int) -> Refusal:
        if not isinstance(body, dict):
            # An unknown route answers 404 or 405 with nothing.
            return Refusal("", str(body or ""), unknown_route=not body and status in _NO_ROUTE)
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
