"""Which project and which notebook this kernel works for: fixed once, when first asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Place:
    """The project directory and the notebook's name ("" where none is known)."""

    directory: Path
    notebook: str

    @property
    def title(self) -> str:
        """The title of a new session of this notebook."""
        return Path(self.notebook).stem or self.directory.name or "notebook"


def find_place(
    started_in: Path, user_ns: Mapping[str, Any], environ: Mapping[str, str], chosen: str = ""
) -> Place:
    """Return the git root of the folder the kernel started in, else that folder, or `chosen`."""
    folder = Path(chosen).expanduser().resolve() if chosen else git_root(started_in) or started_in
    vscode = user_ns.get("__vsc_ipynb_file__")
    notebook = environ.get("JPY_SESSION_NAME") or (vscode if isinstance(vscode, str) else "")
    return Place(folder, notebook)


def git_root(folder: Path) -> Path | None:
    """Return the nearest folder upwards that holds `.git`, or None."""
    return next((f for f in (folder, *folder.parents) if (f / ".git").exists()), None)


def current_folder() -> Path:
    """Return the working directory; where it was deleted, the path it had."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return _deleted_folder()


def _deleted_folder() -> Path:
    try:
        named = str(Path("/proc/self/cwd").readlink())
    except OSError:  # no Linux
        return Path("the deleted working folder")
    return Path(named.removesuffix(" (deleted)"))
