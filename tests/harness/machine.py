"""A machine of one's own for a test: its home, its environment, its projects."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from opencode_magic.demo.model import MODEL
from opencode_magic.demo.provider import provider_config

from .site import sitecustomize
from .tools import path_with, plugin_packages

PROVIDER = "fake"
MODEL_ID = f"{PROVIDER}/{MODEL}"
"""The scripted model as opencode names it."""

FILES: Mapping[str, str] = {
    "README.md": "# A small project\n",
    "greet.py": 'def greet(name):\n    return "Hello " + name\n',
    "data/numbers.csv": "n,square\n1,1\n2,4\n3,9\n",
}

_CATALOGUE = Path(__file__).parents[1] / "data" / "catalogue.json"
_SITE = Path(sitecustomize.__file__).parent
_KEPT = ("LANG", "LC_ALL", "TZ", "CI", "VIRTUAL_ENV", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")


@dataclass(frozen=True)
class Machine:
    """A home folder and the environment of a process that lives there; see `make_machine`."""

    root: Path
    env: dict[str, str]

    @property
    def home(self) -> Path:
        return Path(self.env["HOME"])

    @property
    def opencode_config(self) -> Path:
        """The user's own opencode configuration."""
        return Path(self.env["XDG_CONFIG_HOME"]) / "opencode" / "opencode.json"

    def configure(self, model_url: str | None = None, **settings: Any) -> None:
        """Write the user's opencode configuration: the scripted model, and any other settings."""
        config = {
            **(provider_config(model_url, provider=PROVIDER) if model_url else {}),
            **settings,
        }
        self.opencode_config.parent.mkdir(parents=True, exist_ok=True)
        self.opencode_config.write_text(json.dumps(config, indent=1))

    def project(self, name: str = "project", files: Mapping[str, str] = FILES) -> Path:
        """A git repository with these files in one commit and no configuration of its own."""
        folder = self.folder(name, files)
        for command in ("init -q -b main", "add -A", "commit -q -m start"):
            self.run("git", *command.split(), cwd=folder)
        return folder

    def folder(self, name: str, files: Mapping[str, str] = FILES) -> Path:
        """A folder with these files that is no repository."""
        folder = self.root / "work" / name
        folder.mkdir(parents=True)
        for path, text in files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return folder

    def run(self, *command: str, cwd: Path) -> str:
        """Run a program on this machine; its output, or an error that shows it."""
        done = subprocess.run(
            command, cwd=cwd, env=self.env, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, f"{command} failed:\n{done.stdout}{done.stderr}"
        return done.stdout


def make_machine(
    root: Path,
    *,
    opencode: Path | None = None,
    model_url: str | None = None,
    virgin: bool = False,
) -> Machine:
    """A machine under `root`, with the scripted model in the user's own configuration.

    Nothing of the real environment gets in but the PATH and the locale: no proxies, no keys, no
    settings of opencode, git, Jupyter or IPython. Of servers that are the same its kernels try the
    first alone (see `site`). Where there is an opencode, it has run here before and has fetched the
    packages for its plugins, and it knows the providers of a small catalogue; not so where the
    machine is to be `virgin`.
    """
    home = root / "home"
    home.mkdir(parents=True)
    (home / ".gitconfig").write_text("[user]\n\tname = Ada\n\temail = ada@example.org\n")
    tools = [Path(sys.executable).parent, *([opencode.parent] if opencode else [])]
    env = {name: os.environ[name] for name in _KEPT if name in os.environ}
    env |= {
        "HOME": str(home),
        "PATH": path_with(tools),
        "TERM": "dumb",
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local/share"),
        "XDG_STATE_HOME": str(home / ".local/state"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_RUNTIME_DIR": str(home / ".run"),
        "JUPYTER_CONFIG_DIR": str(home / ".jupyter"),
        "JUPYTER_DATA_DIR": str(home / ".jupyter-data"),
        "JUPYTER_RUNTIME_DIR": str(home / ".jupyter-run"),
        "IPYTHONDIR": str(home / ".ipython"),
        "PYTHONUNBUFFERED": "1",
    }
    for name in ("XDG_RUNTIME_DIR", "JUPYTER_RUNTIME_DIR"):
        Path(env[name]).mkdir(mode=0o700)
    if opencode:
        env |= {"PYTHONPATH": str(_SITE), sitecustomize.VARIABLE: str(seen_servers())}
    machine = Machine(root, env)
    if opencode and not virgin:
        _link_packages(machine.opencode_config.parent)
        # Of the server's own catalogue, thousands of models, a first prompt took two seconds.
        env |= {"OPENCODE_MODELS_PATH": str(_CATALOGUE), "OPENCODE_DISABLE_MODELS_FETCH": "1"}
    if model_url:
        machine.configure(model_url)
    return machine


@lru_cache
def seen_servers() -> Path:
    """Where the processes of one run of the tests note which servers they have tried."""
    if there := os.environ.get(sitecustomize.VARIABLE):
        return Path(there)
    folder = Path(tempfile.mkdtemp(prefix="opencode-magic-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _link_packages(config: Path) -> None:
    packages = plugin_packages()
    config.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(packages / name, config / name)
    shutil.copytree(
        packages / "node_modules", config / "node_modules", symlinks=True, copy_function=_link
    )


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # the cache is on another disk
        shutil.copyfile(source, target)
