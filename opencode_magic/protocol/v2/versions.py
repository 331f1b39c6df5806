"""Which versions of OpenCode 2 we can drive. Pure."""

from __future__ import annotations

from ...errors import UnsupportedError
from ..versions import PINS, Version, parse_version

_FIRST: Version = (2, 0, 15)


def check_version(version: str) -> None:
    """Raise UnsupportedError, with the way out, for a version we cannot drive."""
    numbers = parse_version(version)
    if numbers is None or numbers[0] != 2 or numbers < _FIRST:
        pin = PINS[2]
        raise UnsupportedError(
            f"opencode {version.strip()[:40]} is none of those that were tried, {pin.version} and "
            f"later 2.x; install {pin.version} with: {pin.install}"
        )
