"""Loaded by each Python on a test's machine: a server is tried once for all that are the same.

That a server asks before it acts is seen at its start, in a turn of a second and a half. In tests,
what was seen counts for the next server of the same program with the same guard and the same
settings of the user's; the product itself tries each one.
"""

from __future__ import annotations

import hashlib
import os
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from typing import Any

VARIABLE = "OPENCODE_MAGIC_TESTS_SEEN"
MODULE = "opencode_magic.server.start"
BY_NPM = {"node_modules", ".gitignore", "package.json", "package-lock.json", "bun.lock"}
"""What a server puts beside the user's settings when it runs for the first time."""


def remember(module: Any) -> None:
    """Let the starts of this process skip what another one has seen."""
    verify = module._Boot._verify
    if verify.__name__ == "remembering":
        return

    def remembering(boot: Any, server: Any, probe: Path | None) -> None:
        note = Path(os.environ[VARIABLE], fingerprint(boot, server.version))
        verify(boot, server, None if note.exists() else probe)
        if probe is not None:
            note.touch()

    module._Boot._verify = remembering


def fingerprint(boot: Any, version: str) -> str:
    """Tell apart all that decides whether a server asks: program, guard, the user's settings."""
    from opencode_magic.server import guard1

    program = boot.executable.path.resolve()
    about = program.stat()
    digest = hashlib.sha256()
    for said in (program, about.st_size, about.st_mtime_ns, version, boot.existing):
        digest.update(f"{said}\0".encode())
    for variable, value in sorted(boot.environ.items()):
        if variable.startswith("OPENCODE"):
            digest.update(f"{variable}={value}\0".encode())
    home = boot.environ.get("HOME") or Path.home()
    user = Path(boot.environ.get("XDG_CONFIG_HOME") or Path(home, ".config"), "opencode")
    own = [p for p in user.rglob("*") if p.is_file() and not BY_NPM & {p.name, *p.parts}]
    for file in sorted([*own, *guard1.SCRIPT.parent.rglob("*.js")]):
        digest.update(f"{file.name}\0".encode() + file.read_bytes())
    return digest.hexdigest()


class Finder(MetaPathFinder):
    """Finds one module as the others would, and changes it once it is loaded."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name != MODULE:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        assert spec is not None
        loader: Any = spec.loader
        execute = loader.exec_module

        def execute_and_remember(module: Any) -> None:
            execute(module)
            remember(module)

        loader.exec_module = execute_and_remember
        return spec


if VARIABLE in os.environ:
    sys.meta_path.insert(0, Finder())
