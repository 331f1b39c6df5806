"""Which project and which notebook this kernel works for: fixed once, when first asked."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
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
    """Return the project and notebook a kernel works for.

    Parameters
    ----------
    started_in:
        the folder the kernel started in; the project is its git root, else the folder itself.
    user_ns, environ:
        the kernel's names and environment, where VS Code and Jupyter tell the notebook's file.
    chosen:
        the project's folder, where the user has configured one.
    """
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
        with suppress(OSError):  # only Linux has it
            return Path(str(Path("/proc/self/cwd").readlink()).removesuffix(" (deleted)"))
        return Path("the deleted working folder")
