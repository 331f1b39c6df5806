"""The kernels and the page: whether both sides of a notebook can work with us."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .finding import Finding, Fix
from .host import DISTRIBUTION, Host
from .installing import python_packages
from .jupyters import (
    Jupyter,
    Kernel,
    Versions,
    find_kernels,
    labextension,
    probe,
    same_environment,
    switched_off,
)

MANAGER = "@jupyter-widgets/jupyterlab-manager"
ASK_THE_PAGE = "`%opencode /doctor` in the notebook asks the page itself"
_FOLLOWS = "the cell follows along without buttons: questions come as text prompts"
DEFAULT = "python3"


def kernels(host: Host, jupyters: Sequence[Jupyter]) -> Finding:
    """Check whether the kernels a notebook can be opened with are able to load the extension."""
    offered = _offered(host, jupyters)
    if not offered:
        return _no_kernel(host)
    known = {kernel: _versions(host, jupyters, kernel) for kernel in offered}
    able = [k for k in offered if DISTRIBUTION in (known[k] or {})]
    unable = [k for k in offered if known[k] is not None and k not in able]
    details = {
        "kernels": [
            {"name": k.name, "python": k.python, "packages": dict(known[k] or {})} for k in offered
        ]
    }
    if not able and not unable:
        names = _named(host, offered)
        why = f"what they start cannot be asked; {ASK_THE_PAGE}"
        return Finding("kernels", "unknown", names, why, details=details)
    first = next((k for k in unable if k.name == DEFAULT), unable[0] if unable else None)
    fix = python_packages(host, first.python, DISTRIBUTION) if first and first.python else None
    if not able:
        why = "`%load_ext opencode_magic` fails there"
        found = f"{_named(host, unable)} without opencode_magic"
        return Finding("kernels", "bad", found, why, fix, details)
    found = _named(host, able)
    if unable:
        found += f"; {_named(host, unable)} without opencode_magic"
    if first is not None and first.name == DEFAULT:
        why = f"`%load_ext opencode_magic` fails in {DEFAULT}, which most notebooks use"
        return Finding("kernels", "warn", found, why, fix, details)
    return Finding("kernels", "ok", found, details=details)


def _no_kernel(host: Host) -> Finding:
    why = "a notebook cannot be opened with this Python; IPython in a terminal works"
    if host.installed("ipykernel"):
        fix = Fix((host.python, "-m", "ipykernel", "install", "--user"))
        return Finding("kernels", "warn", "no Python kernel is registered", why, fix)
    fix = python_packages(host, host.python, "ipykernel")
    return Finding("kernels", "warn", "none, and this Python has no ipykernel", why, fix)


def front_end(host: Host, jupyters: Sequence[Jupyter]) -> Finding:
    """Check which pages are here, and whether they can show our widgets."""
    able = [jupyter for jupyter in jupyters if jupyter.pages]
    if not able:
        why = f"it may be elsewhere, as on a hub or in an editor; {ASK_THE_PAGE}"
        return Finding("front end", "unknown", "no JupyterLab or Notebook is here", why)
    looked = sorted((_page(host, jupyter) for jupyter in able), key=lambda f: f.state == "ok")
    first = looked[0]
    found = "; ".join(finding.found for finding in looked)
    details = {"pages": [finding.details for finding in looked]}
    if first.state == "ok" and any(name.startswith("JUPYTERHUB_") for name in host.environ):
        # A hub may open the page from another environment than the one this terminal has.
        why = f"on a hub the page may come from another environment; {ASK_THE_PAGE}"
        return Finding("front end", "unknown", found, why, details=details)
    return Finding("front end", first.state, found, first.why, first.fix, details)


def _page(host: Host, jupyter: Jupyter) -> Finding:
    anywidget, manager = (labextension(jupyter, name) for name in ("anywidget", MANAGER))
    off = switched_off(jupyter)
    ours = host.installed("anywidget")
    details = {
        "python": jupyter.python,
        "front_ends": list(jupyter.pages),
        "anywidget": anywidget,
        "widgets_manager": manager,
        "switched_off": sorted(off & {"anywidget", MANAGER}),
    }
    names = " and ".join(jupyter.pages)
    here = same_environment(jupyter.python, host.python)
    where = names if here else f"{names} of {jupyter.python}"
    wanted = f"anywidget~={_minor(ours)}.0" if ours else "anywidget"

    def lacking(what: str, fix: Fix) -> Finding:
        return Finding("front end", "warn", f"{where} {what}", _FOLLOWS, fix, details)

    for name in (MANAGER, "anywidget"):
        if name in off:
            enable = (jupyter.python, "-m", "jupyter", "labextension", "enable", name)
            return lacking(f"with {name} switched off", Fix(enable))
    if manager is None:
        return lacking("without ipywidgets", python_packages(host, jupyter.python, "ipywidgets"))
    if anywidget is None:
        return lacking("without anywidget", python_packages(host, jupyter.python, wanted))
    if ours and _minor(ours) != _minor(anywidget):
        # The kernel's widgets ask the page for the kernel's minor version.
        what = f"with anywidget {anywidget}, and this Python's is {ours}"
        return lacking(what, python_packages(host, jupyter.python, wanted))
    return Finding("front end", "ok", f"{where} with anywidget {anywidget}", details=details)


def _offered(host: Host, jupyters: Iterable[Jupyter]) -> list[Kernel]:
    found: dict[tuple[str, str | None], Kernel] = {}
    for jupyter in jupyters:
        for kernel in find_kernels(host, jupyter):
            found.setdefault((kernel.name, kernel.python), kernel)
    return list(found.values())


def _versions(host: Host, jupyters: Iterable[Jupyter], kernel: Kernel) -> Versions | None:
    if kernel.python is None:
        return None
    for jupyter in jupyters:
        if same_environment(kernel.python, jupyter.python):
            return jupyter.versions
    return probe(host, kernel.python)


def _named(host: Host, kernels: Iterable[Kernel]) -> str:
    return ", ".join(f"{kernel.name} ({_where(host, kernel)})" for kernel in kernels)


def _where(host: Host, kernel: Kernel) -> str:
    if kernel.python is None:
        return "not asked"
    return "this Python" if same_environment(kernel.python, host.python) else kernel.python


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])
