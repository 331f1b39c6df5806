"""Which opencode versions we can drive. Pure: `client` and `find` both ask it."""

from __future__ import annotations

import re

from .errors import UnsupportedError

PINNED = "1.18.33"

_FIRST = (1, 2, 0)
# From 1.14.42 to 1.15.12 the event stream lacks the message events: nothing would be shown.
_SILENT = ((1, 14, 42), (1, 15, 12))
_WAY_OUT = f"install {PINNED} with: npm install -g opencode-ai@{PINNED}"


def parse_version(text: str) -> tuple[int, int, int] | None:
    """The three numbers of `1.18.33`, `v1.18.33` or `opencode v1.18.33-beta`, else None."""
    found = re.search(r"(?<![\d.])v?(\d{1,6})\.(\d{1,6})\.(\d{1,9})(?![\d.])", text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def check_version(version: str) -> None:
    """Nothing for a version we can drive, else `UnsupportedError` with the way out."""
    numbers = parse_version(version)
    if numbers is None:
        shown = version.strip()[:40] or "(empty)"
        raise UnsupportedError(f"cannot tell the opencode version from {shown!r}; {_WAY_OUT}")
    if numbers[0] >= 2:
        raise UnsupportedError(
            f"opencode {version} speaks the 2.x API, not supported yet; {_WAY_OUT}"
        )
    if numbers < _FIRST:
        raise UnsupportedError(f"opencode {version} is too old (1.2.0 is the first); {_WAY_OUT}")
    if _SILENT[0] <= numbers <= _SILENT[1]:
        raise UnsupportedError(
            f"opencode {version} leaves messages out of its event stream "
            f"(1.14.42 to 1.15.12 do); {_WAY_OUT}"
        )
