"""Which folders a server must import nothing from, while the project is not trusted.

`OPENCODE_DISABLE_PROJECT_CONFIG` is not enough: measured on 1.18.33, a second engine inside the
server reads the folder's configuration all the same at the first prompt, and imports the plugins
it finds there. The guard closes the folders named here to `import`; a plugin it could not close
(a package from a registry, a file elsewhere) is a reason not to start.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlparse

from ..errors import UnguardedError
from ..protocol.hosting import CONFIG_FILES, FIRST, FOLDER, listed_plugins, own_folders


def closed_places(directory: Path, environ: Mapping[str, str]) -> list[Path]:
    """The folders to close; raises where a plugin would be loaded from anywhere else."""
    places = FIRST.looked_in(directory)
    home = _home(environ)
    closed = [place / FOLDER for place in places if place != home]
    root = places[-1] if (places[-1] / ".git").exists() else directory
    # A repository around the user's own folders cannot be closed whole: opencode lives in there.
    if not any(own.is_relative_to(root) for own in (home, *own_folders(environ))):
        closed.append(root)
    inside = [place.resolve() for place in closed]
    for link in _links(closed):
        if not any(link.resolve().is_relative_to(place) for place in inside):
            raise UnguardedError(
                f"{link} leads out of the project, and opencode would run it at the first prompt "
                "although the folder is not trusted: look at it, then `%opencode /trust --yes`, "
                "or take it out"
            )
    for config, plugin in _plugins(places):
        path = _path_of(plugin, config.parent)
        if path is None or not any(path.is_relative_to(place) for place in inside):
            raise UnguardedError(
                f"{config} lists the plugin {plugin[:80]!r}, which opencode would fetch and run at "
                "the first prompt although the folder is not trusted: look at it, then "
                "`%opencode /trust --yes`, or take it out"
            )
    return closed


def _links(closed: list[Path]) -> Iterator[Path]:
    """The links in configuration folders: what is imported through one is known by its target."""
    for folder in closed:
        if folder.name == FOLDER:
            for above, folders, files in os.walk(folder.resolve()):
                paths = (Path(above, name) for name in (*folders, *files))
                yield from (path for path in paths if path.is_symlink())


def _plugins(places: list[Path]) -> Iterator[tuple[Path, str]]:
    for place in places:
        for folder in (place, place / FOLDER):
            for name in CONFIG_FILES:
                if (folder / name).is_file():
                    yield from ((folder / name, spec) for spec in listed_plugins(folder / name))


def _path_of(plugin: str, folder: Path) -> Path | None:
    """The file a plugin is loaded from; None for a package."""
    if plugin.startswith("file://"):
        return Path(unquote(urlparse(plugin).path)).resolve()
    if plugin.startswith(("./", "../", "/")):
        return (folder / plugin).resolve()
    return None


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("HOME", "/")).resolve()
