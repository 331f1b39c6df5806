"""What the server's own commands run when they are used: unasked, and past every hook.

The API shows no templates, so they are read where the server reads them. Its configuration holds
keys: nothing else of it is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...text.visible import as_text
from .brought import SHELL

if TYPE_CHECKING:
    from ..transport import Connection

_FOLDERS = ("command", "commands")


def shell_in_command(connection: Connection, name: str) -> tuple[str, ...]:
    """Return the shell texts that a command of this name runs before the model sees it.

    Parameters
    ----------
    connection:
        a client of a server that shares our disk.
    name:
        the command, without its slash.
    """
    found: Any = connection.call("GET", "/api/config", object)
    texts: dict[str, None] = {}
    for entry in found if isinstance(found, list) else ():
        for template in _templates(entry, name):
            texts |= dict.fromkeys(SHELL.findall(template))
    return tuple(texts)


def _templates(entry: dict[str, Any], name: str) -> Iterator[str]:
    """Yield the templates of that name in a document, or in a folder, of the configuration."""
    if entry.get("type") == "directory":
        for folder in _FOLDERS:
            file = Path(as_text(entry.get("path")), folder, f"{name}.md")
            if file.is_file():
                yield file.read_text("utf-8", "replace")
        return
    commands = (entry.get("info") or {}).get("commands")
    command = commands.get(name) if isinstance(commands, dict) else None
    if isinstance(command, dict):
        yield as_text(command.get("template"))
