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
from ..text import jsonc
from .trust import CONFIGS, up_to_root


def closed_places(directory: Path, environ: Mapping[str, str]) -> list[Path]:
    """The folders to close; raises where a plugin would be loaded from anywhere else."""
    places = up_to_root(directory)
    home = _home(environ)
    closed = [place / ".opencode" for place in places if place != home]
    root = places[-1] if (places[-1] / ".git").exists() else directory
    # A repository around the user's own folders cannot be closed whole: opencode lives in there.
    if not any(own.is_relative_to(root) for own in _own_folders(environ, home)):
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
        if folder.name == ".opencode":
            for above, folders, files in os.walk(folder.resolve()):
                paths = (Path(above, name) for name in (*folders, *files))
                yield from (path for path in paths if path.is_symlink())


def _plugins(places: list[Path]) -> Iterator[tuple[Path, str]]:
    for place in places:
        for folder in (place, place / ".opencode"):
            for name in CONFIGS:
                if (folder / name).is_file():
                    yield from ((folder / name, spec) for spec in _listed(folder / name))


def _listed(config: Path) -> list[str]:
    try:
        found = jsonc.loads(config.read_text("utf-8", "replace"))
    except (OSError, ValueError, RecursionError):
        return ["(this file cannot be read)"]  # the server might read what we cannot
    if not isinstance(found, dict):
        return []
    return [_spec(e) for key in ("plugin", "plugins") for e in _as_list(found.get(key))]


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _spec(entry: object) -> str:
    if isinstance(entry, dict):
        entry = entry.get("package")
    elif isinstance(entry, list) and entry:
        entry = entry[0]
    return entry if isinstance(entry, str) else repr(entry)


def _path_of(plugin: str, folder: Path) -> Path | None:
    """The file a plugin is loaded from; None for a package."""
    if plugin.startswith("file://"):
        return Path(unquote(urlparse(plugin).path)).resolve()
    if plugin.startswith(("./", "../", "/")):
        return (folder / plugin).resolve()
    return None


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("HOME", "/")).resolve()


def _own_folders(environ: Mapping[str, str], home: Path) -> list[Path]:
    """Where opencode keeps what it loads for the user."""
    names = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "OPENCODE_CONFIG_DIR")
    return [home, *(Path(environ[name]).resolve() for name in names if environ.get(name))]
