"""Sets the demo up: a scratch folder with the project, the notebook, and a home of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import site
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import opencode_magic

from ..errors import NotInstalledError, UnsupportedError
from ..protocol.versions import major_of
from ..server.find import Executable, find_opencode
from ..server.install import install_opencode
from . import NOTEBOOKS
from .lessons import Lessons
from .model import ScriptedModel
from .project import lay_out
from .provider import provider_config

# The keys of the user's own model providers, and what steers the user's own opencode: the demo
# needs none of it, and its tools could print it.
_LEFT_OUT = re.compile(
    r"OPENCODE_|JPY_|.*(_KEY|_TOKEN|PASSWORD|SECRET|CREDENTIALS)$", re.IGNORECASE
)


@dataclass(frozen=True)
class Stage:
    """The place of the demo; `env` is the environment for everything it starts.

    `notebook` is the one to begin with; the others are beside it.
    """

    root: Path
    project: Path
    env: Mapping[str, str]
    notebook: Path


@contextmanager
def set_up(
    opencode: Path, notebook: str = NOTEBOOKS[0], *, pace_s: float = 0.02
) -> Iterator[Stage]:
    """Set up a stage and its scripted model; afterwards only the project is left (see `clear`).

    Parameters
    ----------
    opencode:
        the program to use.
    notebook:
        the notebook to begin with.
    pace_s:
        the pause between two pieces of text, in seconds.
    """
    root = Path(tempfile.mkdtemp(prefix="opencode-magic-demo-")).resolve()
    home = root / "home"
    try:
        project = lay_out(root / "weather")
        for source in map(find_notebook, NOTEBOOKS):
            shutil.copyfile(source, project / source.name)
        with ScriptedModel(Lessons(project, pace_s)) as model:
            _configure(home, model.url)
            yield Stage(root, project, environment(home, opencode), project / f"{notebook}.ipynb")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def clear(stage: Stage) -> None:
    """Remove the whole scratch folder."""
    shutil.rmtree(stage.root, ignore_errors=True)


def get_opencode(say: Callable[[str], None]) -> Executable:
    """Return the opencode of this machine, or our own pinned copy where none can be driven."""
    try:
        found = find_opencode(progress=say)
    except NotInstalledError:
        pass  # the demo brings its own
    except UnsupportedError as error:
        say(f"Not used: {error}")
    else:
        if major_of(found.version) == 1:
            return found
        say(f"Not used: {found.path} is {found.version}; the demo's lessons are for opencode 1")
    return find_opencode(str(install_opencode(say)))


def find_notebook(name: str) -> Path:
    """Return a notebook of ours: in the installed package, or beside it in a checkout."""
    file = f"{name}.ipynb"
    package = Path(opencode_magic.__file__).parent
    for folder in (package / "notebooks", package.parent / "notebooks"):
        if (folder / file).is_file():
            return folder / file
    raise NotInstalledError(
        f"the notebook {file} is missing from this installation; "
        "reinstall it: pip install --force-reinstall opencode-magic"
    )


def environment(home: Path, opencode: Path) -> dict[str, str]:
    """Return the user's environment with another home: no data of the user is used or touched."""
    env = {name: value for name, value in os.environ.items() if not _LEFT_OUT.match(name)}
    programs = [str(opencode.parent), str(Path(sys.executable).parent)]
    env |= {
        "HOME": str(home),
        "PATH": os.pathsep.join([*programs, env.get("PATH", os.defpath)]),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local/share"),
        "XDG_STATE_HOME": str(home / ".local/state"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "IPYTHONDIR": str(home / ".ipython"),
        "JUPYTER_CONFIG_DIR": str(home / ".jupyter"),
        "JUPYTER_RUNTIME_DIR": str(home / ".jupyter-runtime"),
        # Packages and Lab extensions that pip put below the real home are still found.
        "PYTHONUSERBASE": site.getuserbase(),
        "JUPYTER_PATH": _jupyter_path(env),
        # The model is on loopback, where no proxy can reach it; and no catalogue is fetched.
        "NO_PROXY": ",".join(filter(None, [env.get("NO_PROXY", ""), "127.0.0.1", "localhost"])),
        "OPENCODE_DISABLE_MODELS_FETCH": "1",
    }
    env["no_proxy"] = env["NO_PROXY"]
    return env


def _jupyter_path(env: Mapping[str, str]) -> str:
    from jupyter_core.paths import jupyter_data_dir  # late: comes with the demo's extra

    return os.pathsep.join(filter(None, [env.get("JUPYTER_PATH", ""), jupyter_data_dir()]))


def _configure(home: Path, model_url: str) -> None:
    config = home / ".config" / "opencode" / "opencode.json"
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps(provider_config(model_url), indent=1), "utf-8")
    (home / ".jupyter-runtime").mkdir(mode=0o700)
