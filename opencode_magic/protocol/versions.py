"""Versions of the server: how they are written, and those we install."""

from __future__ import annotations

import platform
import re
import sys
from dataclasses import dataclass

Version = tuple[int, int, int]


@dataclass(frozen=True)
class Pin:
    """The version of one major that we are made for, and install where there is none."""

    version: str
    package: str
    """The server as npm knows it."""
    size_mb: int
    """How much is downloaded."""

    @property
    def packages(self) -> tuple[str, ...]:
        """The packages that hold it: that of all platforms, and where it is alone that of ours."""
        apart = (f"{self.package}-{platform_name()}",) if self.package.startswith("@") else ()
        return (self.package, *apart)

    @property
    def install(self) -> str:
        """The command that installs it for the whole machine."""
        return f"npm install -g {self.package}@{self.version}"


PINS = {1: Pin("1.18.33", "opencode-ai", 350), 2: Pin("2.0.15", "@opencode/cli", 200)}
"""By major."""
PACKAGE, PINNED, INSTALL = PINS[1].package, PINS[1].version, PINS[1].install
"""Of the major that is installed where none is asked for."""
WAY_OUT = f"install {PINNED} with: {INSTALL}"


def parse_version(text: str) -> Version | None:
    """Return the three numbers of `1.18.33`, `v1.18.33` or `opencode v1.18.33-beta`, else None."""
    found = re.search(r"(?<![\d.])v?(\d{1,6})\.(\d{1,6})\.(\d{1,9})(?![\d.])", text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def is_package(name: str) -> bool:
    """Return whether an npm package is the server: by its name, or by that of one platform."""
    return any(name in pin.packages for pin in PINS.values())


def platform_name() -> str:
    """Return what the packages of this platform have at the end of their names."""
    arch = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64"}
    machine = platform.machine().lower()
    words = [sys.platform.replace("win32", "windows"), arch.get(machine, machine)]
    if words[-1] == "x64":
        words.append("baseline")  # runs on old processors, too
    if sys.platform == "linux" and platform.libc_ver()[0] != "glibc":
        words.append("musl")
    return "-".join(words)


def major_of(version: str) -> int:
    """Return the major of a version; 0 for what is none."""
    numbers = parse_version(version)
    return numbers[0] if numbers else 0
