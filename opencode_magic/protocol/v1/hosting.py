"""How a 1.x server of ours is run: its environment, its configuration, and what it prints."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from ...text import jsonc
from ..host import (
    CONFIG,
    CONFIG_FILES,
    FOLDER,
    NO_PROJECT,
    PASSWORD,
    USERNAME,
    DataNote,
    Hosting,
    data_folder,
    existing_config,
    listed,
    read_note,
    state_folder,
)
from ..versions import parse_version
from . import brought


class Hosting1(Hosting):
    """A server of OpenCode 1."""

    major = 1
    fills_folders = True

    def arguments(
        self, *, port: int, hostname: str, cors: Sequence[str], mdns: bool, mdns_domain: str
    ) -> list[str]:
        words = ["serve", "--port", str(port), "--hostname", hostname]
        for origin in cors:
            words += ["--cors", origin]
        if mdns:
            words.append("--mdns")
        if mdns_domain:
            words += ["--mdns-domain", mdns_domain]
        return words

    def told(
        self, username: str, password: str, config: str, *, project_config: bool
    ) -> dict[str, str]:
        said = {USERNAME: username, PASSWORD: password, CONFIG: config}
        return said if project_config else {**said, NO_PROJECT[0]: "1"}

    def config_content(self, existing: str | None, plugin: str) -> str:
        config = existing_config(existing)
        others = [p for p in listed(config, "plugin") if p != plugin]
        config |= {"plugin": [*others, plugin], "share": "disabled", "autoupdate": False}
        return json.dumps(config)

    def address_in(self, line: str) -> str:
        found = re.search(r"listening on (http://\S+)", line)
        return found[1] if found else ""

    def check_data(self, environ: Mapping[str, str]) -> DataNote:
        """Say where a 2.x server has worked with the same data.

        It takes the sessions over when it first starts, once, and leaves its own tables beside
        those of 1.x, which go on working.
        """
        note = state_folder(environ) / "service.json"
        version = parse_version(str(read_note(note).get("version", "")))
        data = data_folder(environ)
        if version is None or version[0] < 2 or not data.exists():
            return DataNote()
        return DataNote(
            says=f"opencode {'.'.join(map(str, version))} works with the data in {data}, too: "
            "each of the two sees the other's sessions as they were when it took them over, "
            "and nothing said later"
        )

    def looked_in(self, directory: Path) -> list[Path]:
        places: list[Path] = []
        for place in (directory, *directory.parents):
            places.append(place)
            if (place / ".git").is_symlink() or (place / ".git").exists():
                break
        return places

    def found_in(self, place: Path) -> tuple[Sequence[str], Sequence[str]]:
        return CONFIG_FILES, (FOLDER,)

    def describe(self, path: Path, content: bytes) -> list[str]:
        return brought.describe(path, content)


def listed_plugins(config: Path) -> list[str]:
    """Return what a configuration file would have the server import."""
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
