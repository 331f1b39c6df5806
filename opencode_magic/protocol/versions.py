"""Versions of the server: how they are written, and the one we install."""

from __future__ import annotations

import re

PACKAGE = "opencode-ai"
"""The server as npm knows it."""
PINNED = "1.18.33"
"""The one we are made for, and install where there is none."""
INSTALL = f"npm install -g {PACKAGE}@{PINNED}"
WAY_OUT = f"install {PINNED} with: {INSTALL}"

Version = tuple[int, int, int]


def parse_version(text: str) -> Version | None:
    """Return the three numbers of `1.18.33`, `v1.18.33` or `opencode v1.18.33-beta`, else None."""
    found = re.search(r"(?<![\d.])v?(\d{1,6})\.(\d{1,6})\.(\d{1,9})(?![\d.])", text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None
