"""The commands that install something: Python packages, programs of the system, opencode."""

from __future__ import annotations

import os
from pathlib import Path

from ..protocol.versions import PINS
from .finding import Fix
from .host import Host

NEEDS_ROOT = "it needs root"

_SYSTEM = {
    "apt-get": ("install", "-y"),
    "dnf": ("install", "-y"),
    "zypper": ("install", "-y"),
    "pacman": ("-S", "--noconfirm"),
    "apk": ("add",),
}
"""Package managers that write where only root may."""

_WINGET = {"git": "Git.Git", "ripgrep": "BurntSushi.ripgrep.MSVC"}
_PAGES = {
    "git": "https://git-scm.com/downloads",
    "ripgrep": "https://github.com/BurntSushi/ripgrep#installation",
}


def python_packages(host: Host, python: str, *requirements: str) -> Fix:
    """Return how packages are installed for an interpreter: by its pip, or uv where this has none.

    Parameters
    ----------
    python:
        the path of the interpreter.
    requirements:
        what is installed, as pip takes it.
    """
    uv = host.which("uv")
    if uv and python == host.python and host.installed("pip") is None:
        return Fix((uv, "pip", "install", "--python", python, *requirements))
    return Fix((python, "-m", "pip", "install", *requirements))


def system_package(host: Host, name: str) -> Fix:
    """Return how a program is installed by the package manager this machine has."""
    conda = host.which("conda") or host.which("mamba")
    if conda and (host.prefix / "conda-meta").is_dir():
        place = ("-y", "-p", str(host.prefix), "-c", "conda-forge")
        return Fix((conda, "install", *place, name))
    if host.which("brew"):
        return Fix(("brew", "install", name))
    if host.which("winget"):
        return Fix(("winget", "install", _WINGET[name]))
    for manager, words in _SYSTEM.items():
        if host.which(manager):
            command = (manager, *words, name)
            if host.is_root:
                return Fix(command)
            # Never run by us: a program that asks for a password should be the user's own idea.
            return Fix(("sudo", *command), by_hand=NEEDS_ROOT)
    return Fix(words=f"install {name}: {_PAGES[name]}")


def our_opencode(host: Host) -> Fix:
    """Return how our own copy comes into the user's data folder; no other one is touched."""
    return Fix((host.python, "-m", "opencode_magic", "install"))


def another_opencode(program: str, major: int) -> Fix:
    """Return how the version we know replaces a program that comes first on the PATH.

    Parameters
    ----------
    program:
        its path.
    major:
        the major it is of.
    """
    real = Path(os.path.realpath(program))
    if "node_modules" not in real.parts:
        return Fix((program, "upgrade", PINS[major].version))  # it knows how it was installed
    modules = Path(*real.parts[: real.parts.index("node_modules") + 1])
    by_hand = "" if os.access(modules, os.W_OK) else f"{modules} is not yours to write"
    pin = PINS[major]
    return Fix(("npm", "install", "-g", f"{pin.package}@{pin.version}"), by_hand=by_hand)
