"""How the answers of an OpenCode 1 server are read."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

from ..reading import Reading, Refusal
from ..versions import PINNED, WAY_OUT, parse_version
from . import codec, versions

T = TypeVar("T")

_BUSY = re.compile(r"(Error: )?Session \S+ is busy\b.*", re.DOTALL)  # a plain 400 up to 1.14
# Up to 1.3 an unknown route is looked for in the web app, on the web; what that says offline.
_NO_WEB_APP = ("Unable to connect. Is the computer", "Was there a typo in the url or port")


class Reading1(Reading):
    """Reads answers of OpenCode 1."""

    def decoder(self, kind: type[T]) -> msgspec.json.Decoder[T]:
        return codec.decoder(kind)

    def refusal(self, body: Any, status: int) -> Refusal:
        if not isinstance(body, dict):
            return _refusal("", str(body), {})
        name = str(body.get("name") or body.get("_tag") or "")
        data = body.get("data")
        data = data if isinstance(data, dict) else {}
        return _refusal(name, str(data.get("message") or body.get("message") or name), data)

    def capabilities(self, version: str) -> frozenset[str]:
        return versions.capabilities(version).union(versions.FEATURES)

    def lacks(self, capability: str) -> str:
        way_out = "OpenCode 2 does" if capability in versions.OF_THE_SECOND else WAY_OUT
        return f"{versions.lacks(capability)}; {way_out}"

    def scope(self, directory: str) -> dict[str, str]:
        return {"directory": directory}

    def about_routes(self, version: str) -> str:
        known, pinned = parse_version(version), parse_version(PINNED)
        return WAY_OUT if known and pinned and known < pinned else "check the path"


def _refusal(name: str, message: str, data: dict[str, Any]) -> Refusal:
    return Refusal(
        name,
        message,
        busy=_BUSY.fullmatch(message) is not None,
        unknown_route=any(words in message for words in _NO_WEB_APP),
        unusable_file=_unusable_file(name, data),
    )


def _unusable_file(name: str, data: dict[str, Any]) -> str:
    path = data.get("path")
    if not name.startswith("Config") or not path:
        return ""
    why = data.get("issues") or data.get("message") or name
    return f"{path}: {why if isinstance(why, str) else msgspec.json.encode(why).decode()}"
