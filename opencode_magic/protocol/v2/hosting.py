"""How a 2.x server of ours is run: its environment, its configuration, and what it prints."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from ...errors import InputError, StartError
from ..host import (
    CONFIG,
    CONFIG_FILES,
    NO_PROJECT,
    PASSWORDS,
    DataNote,
    Hosting,
    data_folder,
    existing_config,
    home_of,
    listed,
)
from . import brought, data

USER = "opencode"
"""The only user name the server takes."""
CODE_MODE = "execute"
"""The tool that runs JavaScript of the model's, with a network and past all rules."""
# Of a pair of names the first one goes before.
_NO_WATCHER = ("OPENCODE_FILEWATCHER_DISABLE", "OPENCODE_DISABLE_FILEWATCHER")


class Hosting2(Hosting):
    """A server of OpenCode 2."""

    major = 2
    dropped = (
        *Hosting.dropped,
        # Another's terminals, and switches of its developers.
        *("OPENCODE_PTY_HANDOFF", "OPENCODE_SIMULATE", "OPENCODE_DRIVE"),
        *_NO_WATCHER,
    )

    def arguments(
        self, *, port: int, hostname: str, cors: Sequence[str], mdns: bool, mdns_domain: str
    ) -> list[str]:
        if mdns or mdns_domain:
            raise InputError("opencode 2 does not announce itself in the network; leave --mdns out")
        # `--stdio`: it ends with its input, and takes the password out of its environment.
        words = ["serve", "--stdio", "--port", str(port), "--hostname", hostname]
        for origin in cors:
            words += ["--cors", origin]
        return words

    def told(
        self, username: str, password: str, config: str, *, project_config: bool
    ) -> dict[str, str]:
        if username != USER:
            raise InputError(f"opencode 2 knows no user name but {USER!r}; leave --username out")
        said = {PASSWORDS[0]: password, CONFIG: config, "OPENCODE_DISABLE_AUTOUPDATE": "1"}
        # It would load, and run, at once what appears in a configuration while it runs.
        said |= dict.fromkeys(_NO_WATCHER, "1")
        return said if project_config else {**said, **dict.fromkeys(NO_PROJECT, "1")}

    def config_content(self, existing: str | None, plugin: str) -> str:
        config = existing_config(existing)
        # Both lists count in their order, and one of 1.x, translated, comes before these.
        config |= {
            "plugins": [*listed(config, "plugins"), {"package": plugin}],
            "permissions": [
                *listed(config, "permissions"),
                {"action": CODE_MODE, "resource": "*", "effect": "deny"},
            ],
            "share": "disabled",
            "update": "disable",
        }
        return json.dumps(config)

    def address_in(self, line: str) -> str:
        try:
            said = json.loads(line)
        except ValueError:
            return ""
        url = said.get("url") if isinstance(said, dict) else None
        return url if isinstance(url, str) and url.startswith("http://") else ""

    def own_documents(self, environ: Mapping[str, str]) -> list[Path]:
        """Return the files and folders of configuration that are the user's own."""
        folder = environ.get("XDG_CONFIG_HOME") or home_of(environ) / ".config"
        named = (environ.get(name) for name in ("OPENCODE_CONFIG", "OPENCODE_CONFIG_DIR"))
        return [Path(folder) / "opencode", *(Path(path) for path in named if path)]

    def check_data(self, environ: Mapping[str, str]) -> DataNote:
        return data.check(environ)

    def prepare_data(self, environ: Mapping[str, str]) -> None:
        try:
            data.prepare(environ)
        except OSError as error:
            raise StartError(
                f"cannot make {data_folder(environ)} ({error.strerror}); set HOME or XDG_DATA_HOME "
                "to a writable folder"
            ) from None

    def looked_in(self, directory: Path) -> list[Path]:
        """Return the folder and all its parents: a git root does not end the search."""
        return [directory, *directory.parents]

    def found_in(self, place: Path) -> tuple[Sequence[str], Sequence[str]]:
        return CONFIG_FILES, brought.folders_in(place)

    def passes_over(self, folder: Path) -> bool:
        return brought.is_passed_over(folder)

    def describe(self, path: Path, content: bytes) -> list[str]:
        return brought.describe(path, content)
