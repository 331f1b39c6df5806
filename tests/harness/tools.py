"""The programs the tests need from the machine."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from platformdirs import user_cache_dir

from opencode_magic.errors import NotInstalledError
from opencode_magic.protocol.versions import PACKAGE, PINNED, PINS
from opencode_magic.server.candidates import installed_path
from opencode_magic.server.install import install_opencode

_PLUGIN = "@opencode-ai/plugin"

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def missing(what: str) -> None:
    """Skip where a developer may lack a tool; fail where the machine is ours to equip."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing, and CI must have it", pytrace=False)
    pytest.skip(f"{what} is missing on this machine")


def require(*names: str) -> Path:
    """The first of these programs on the PATH; skips (in CI: fails) when there is none."""
    for name in names:
        found = shutil.which(name)
        if found:
            return Path(found)
    missing(names[0])
    raise AssertionError  # `missing` does not return


def require_browser() -> Path:
    return require(*BROWSERS)


def require_opencode() -> Path:
    """The `opencode` on the PATH, else our own copy, else one installed now."""
    found = shutil.which("opencode")
    if found:
        return Path(found)
    if installed_path().is_file():
        return installed_path()
    require("node")
    try:
        return install_opencode(print)
    except NotInstalledError as error:
        missing(f"opencode ({error})")
        raise


def require_version(version: str) -> Path:
    """Another version of opencode, installed by npm into the user's cache where it is not there."""
    return _packages(version, f"{PACKAGE}@{version}", "--ignore-scripts=false") / ".bin/opencode"


def require_opencode2() -> Path:
    """The pinned opencode 2, installed by npm into the user's cache where it is not there.

    It comes as the package of this platform, which is the program and nothing else.
    """
    pin = PINS[2]
    package = pin.packages[-1]
    modules = _packages(pin.version, f"{package}@{pin.version}", "--ignore-scripts")
    return modules / package / "bin" / "opencode"


def plugin_packages() -> Path:
    """A configuration folder with what the pinned server fetches by npm for a plugin of its user.

    It does so in every new home, for seven seconds of processor time.
    """
    return _packages(f"plugin-{PINNED}", f"{_PLUGIN}@{PINNED}", "--ignore-scripts").parent


def _packages(name: str, package: str, scripts: str) -> Path:
    folder = Path(user_cache_dir("opencode-magic")) / "tests" / name
    npm = require("npm")
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another test process may want it, too
        if not (folder / "complete").exists():
            options = (scripts, "--save-exact", "--no-audit", "--no-fund", "--loglevel=error")
            command = [str(npm), "install", f"--prefix={folder}", *options, package]
            done = subprocess.run(command, capture_output=True, text=True, timeout=200)
            if done.returncode:
                missing(f"{package} ({done.stderr.strip()[-200:]})")
            (folder / "complete").touch()
    return folder / "node_modules"


def path_with(folders: Sequence[Path]) -> str:
    """The PATH with these folders in front, each once."""
    parts = [str(folder) for folder in folders] + os.environ.get("PATH", "").split(os.pathsep)
    return os.pathsep.join(dict.fromkeys(part for part in parts if part))
