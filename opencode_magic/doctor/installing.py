"""The commands that install something: Python packages, programs of the system, opencode."""

from __future__ import annotations

import os
from pathlib import Path

from ..protocol.versions import PACKAGE, PINNED
from .finding import Mend
from .host import DISTRIBUTION, Host

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


def python_packages(host: Host, python: str, *requirements: str) -> Mend:
    """Install packages for an interpreter, by its own pip, or by uv where this one has none."""
    uv = host.which("uv")
    if uv and python == host.python and host.installed("pip") is None:
        return Mend((uv, "pip", "install", "--python", python, *requirements))
    return Mend((python, "-m", "pip", "install", *requirements))


def ourselves(host: Host, python: str) -> Mend:
    """Install this package for another interpreter."""
    return python_packages(host, python, DISTRIBUTION)


def system_package(host: Host, name: str) -> Mend:
    """Install a program by the package manager this machine has."""
    conda = host.which("conda") or host.which("mamba")
    if conda and (host.prefix / "conda-meta").is_dir():
        place = ("-y", "-p", str(host.prefix), "-c", "conda-forge")
        return Mend((conda, "install", *place, name))
    if host.which("brew"):
        return Mend(("brew", "install", name))
    if host.which("winget"):
        return Mend(("winget", "install", _WINGET[name]))
    for manager, words in _SYSTEM.items():
        if host.which(manager):
            command = (manager, *words, name)
            if host.is_root:
                return Mend(command)
            # Never by ourselves: a program that asks for a password should be the user's own idea.
            return Mend(("sudo", *command), by_hand=NEEDS_ROOT)
    return Mend(words=f"install {name}: {_PAGES[name]}")


def our_opencode(host: Host) -> Mend:
    """Our own copy in the user's data folder; nobody else's is touched."""
    return Mend((host.python, "-m", "opencode_magic", "install"))


def another_opencode(program: str) -> Mend:
    """The version we know in the place of a program that is on the PATH, and so comes first."""
    real = Path(os.path.realpath(program))
    if "node_modules" not in real.parts:
        return Mend((program, "upgrade", PINNED))  # it knows how it was installed
    modules = Path(*real.parts[: real.parts.index("node_modules") + 1])
    by_hand = "" if os.access(modules, os.W_OK) else f"{modules} is not yours to write"
    return Mend(("npm", "install", "-g", f"{PACKAGE}@{PINNED}"), by_hand=by_hand)
