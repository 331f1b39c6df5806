"""Versions of the server: how they are written, and those we install."""

from __future__ import annotations

import re
from dataclasses import dataclass

Version = tuple[int, int, int]


@dataclass(frozen=True)
class Pin:
    """The version of one major that we are made for, and install where there is none."""

    version: str
    package: str
    """The server as npm knows it."""

    @property
    def spec(self) -> str:
        """The package with its version, as npm takes it."""
        return f"{self.package}@{self.version}"

    @property
    def install(self) -> str:
        """The command that installs it for the whole machine."""
        return f"npm install -g {self.spec}"


PINS = {1: Pin("1.18.33", "opencode-ai"), 2: Pin("2.0.15", "@opencode/cli")}
"""By major."""
PACKAGE, PINNED, INSTALL = PINS[1].package, PINS[1].version, PINS[1].install
"""Of the major that is installed where none is asked for."""
WAY_OUT = f"install {PINNED} with: {INSTALL}"


def parse_version(text: str) -> Version | None:
    """Return the three numbers of `1.18.33`, `v1.18.33` or `opencode v1.18.33-beta`, else None."""
    found = re.search(r"(?<![\d.])v?(\d{1,6})\.(\d{1,6})\.(\d{1,9})(?![\d.])", text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def major_of(version: str) -> int:
    """Return the major of a version; 0 for what is none."""
    numbers = parse_version(version)
    return numbers[0] if numbers else 0
