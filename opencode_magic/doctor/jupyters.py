"""The Jupyter installations a user may open a notebook with: this Python's, and the PATH's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .host import Host

# Runs in other Pythons, old ones too.
_PROBE = """
import json, sys
from importlib import metadata
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
        pass
print(json.dumps(found))
"""
_ASKED = ("opencode-magic", "ipykernel", "anywidget", "jupyterlab", "notebook")

Versions = Mapping[str, str]


@dataclass(frozen=True)
class Jupyter:
    """One installation: the Python that runs it, what it holds, where it looks for things."""

    python: str
    versions: Versions
    data: tuple[Path, ...] = ()
    config: tuple[Path, ...] = ()

    @property
    def pages(self) -> tuple[str, ...]:
        """The front ends it has, with their versions."""
        known = (("JupyterLab", "jupyterlab"), ("Notebook", "notebook"))
        return tuple(f"{word} {self.versions[n]}" for word, n in known if n in self.versions)


@dataclass(frozen=True)
class Kernel:
    """A kernel that a front end offers; `python` is None where it is not known what it starts."""

    name: str
    title: str
    python: str | None


def find_jupyters(host: Host) -> list[Jupyter]:
    """Return this Python's Jupyter, and the one on the PATH where that is another."""
    pythons = [host.python]
    on_path = host.which("jupyter")
    other = _interpreter(on_path) if on_path else None
    if other and not same_environment(other, host.python):
        pythons.append(other)
    found = []
    for python in pythons:
        versions = probe(host, python)
        said = host.run([python, "-m", "jupyter", "--paths", "--json"])
        paths = _json_object(said.output) if said and not said.status else {}
        if versions is not None and paths:
            found.append(
                Jupyter(python, versions, _folders(paths, "data"), _folders(paths, "config"))
            )
    return found


def find_kernels(host: Host, jupyter: Jupyter) -> list[Kernel]:
    """Return the Python kernels an installation offers; the first folder that has a name wins."""
    found: dict[str, Kernel] = {}
    for folder in jupyter.data:
        for file in sorted(folder.glob("kernels/*/kernel.json")):
            spec = _json_object(_read(file))
            argv = spec.get("argv")
            if str(spec.get("language", "")).lower() != "python" or not isinstance(argv, list):
                continue
            name = file.parent.name
            program = str(argv[0]) if argv else ""
            title = str(spec.get("display_name", name))
            found.setdefault(name, Kernel(name, title, _kernel_python(host, jupyter, program)))
    return list(found.values())


def probe(host: Host, python: str) -> Versions | None:
    """Return what matters here of an interpreter's packages; None where it does not tell."""
    said = host.run([python, "-c", _PROBE, *_ASKED])
    if said is None or said.status:
        return None
    return {name: str(version) for name, version in _json_object(said.output).items()}


def same_environment(one: str, other: str) -> bool:
    """Return whether two interpreters are the same installation.

    The program alone does not tell: those of all virtual environments may be links to one.
    """
    first, second = Path(one), Path(other)
    same_folder = first.parent.resolve() == second.parent.resolve()
    return same_folder and first.resolve() == second.resolve()


def _kernel_python(host: Host, jupyter: Jupyter, program: str) -> str | None:
    name = Path(program).name.removesuffix(".exe")
    if not name.startswith("python"):
        return None
    if program in ("python", "python3", f"python{'.'.join(host.python_version.split('.')[:2])}"):
        return jupyter.python  # jupyter_client puts its own in the place of these names
    return host.which(program)


def _interpreter(script: str) -> str | None:
    """Return the Python that a script installed by pip begins with."""
    try:
        with open(script, "rb") as file:  # noqa: PTH123  # a few bytes of it
            first = file.readline(1000).decode("utf-8", "replace")
    except OSError:
        return None
    program = first[2:].strip().strip('"') if first.startswith("#!") else ""
    return program if Path(program).name.startswith("python") else None


def _folders(paths: Mapping[str, object], kind: str) -> tuple[Path, ...]:
    listed = paths.get(kind)
    return tuple(Path(str(p)) for p in listed) if isinstance(listed, list) else ()


def labextension(jupyter: Jupyter, name: str) -> str | None:
    """Return the version of a front end extension; None where it is not installed."""
    for folder in jupyter.data:
        package = _json_object(_read(folder / "labextensions" / name / "package.json"))
        if package:
            return str(package.get("version", "?"))
    return None


def switched_off(jupyter: Jupyter) -> set[str]:
    """Return the names of the front end extensions that are switched off, as a whole or in part."""
    # For each extension the first folder that mentions it wins.
    found: dict[str, bool] = {}
    for folder in jupyter.config:
        settings = _json_object(_read(folder / "labconfig" / "page_config.json"))
        listed = settings.get("disabledExtensions", {})
        marked = dict.fromkeys(listed, True) if isinstance(listed, list) else listed
        if isinstance(marked, dict):
            for name, off in marked.items():
                found.setdefault(str(name), bool(off))
    return {name.partition(":")[0] for name, off in found.items() if off}


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _json_object(text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
