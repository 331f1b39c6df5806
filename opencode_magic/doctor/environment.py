"""This Python and its packages, the system, the proxies. Needs nothing but Python itself."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # typeshed

from .finding import Finding, Fix
from .host import Host
from .installing import python_packages

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

SHOWN = ("ipython", "ipykernel", "ipywidgets", "anywidget")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_LOOPBACK = ("127.0.0.1", "localhost")


def system(host: Host) -> Finding:
    """Check whether a server of our own can run on this system."""
    if host.system == "Linux":
        return Finding("system", "ok", "Linux", details={"system": host.system})
    if host.system == "Windows":
        return Finding(
            "system",
            "warn",
            "Windows",
            "no server of our own can be started here",
            Fix(words="run opencode serve elsewhere, and set OPENCODE_BASE_URL to its address"),
            {"system": host.system},
        )
    words = "macOS" if host.system == "Darwin" else host.system or "a system without a name"
    why = "expected to work, but not tested; only Linux is"
    return Finding("system", "unknown", words, why, details={"system": host.system})


def python(host: Host) -> Finding:
    """Check whether this Python is one of those we support."""
    details = {"version": host.python_version, "path": host.python}
    found = f"{host.python_version}, {host.python}"
    try:
        from packaging.specifiers import SpecifierSet  # late: it may be what is missing
    except ImportError:
        return Finding("python", "unknown", found, "cannot be compared", details=details)
    if SpecifierSet(host.requires_python).contains(host.python_version, prereleases=True):
        return Finding("python", "ok", found, details=details)
    why = f"opencode_magic needs Python {host.requires_python}"
    fix = Fix(words="make an environment with a newer Python, and install opencode-magic there")
    return Finding("python", "bad", found, why, fix, details)


def packages(host: Host) -> Finding:
    """Check whether the packages we need are there, and new enough."""
    versions = {name: version for name in SHOWN if (version := host.installed(name))}
    try:
        from packaging.requirements import Requirement  # late: it may be what is missing
    except ImportError:
        fix = python_packages(host, host.python, "packaging")
        return Finding("packages", "bad", "packaging is missing", "", fix, versions)
    wrong: dict[str, str] = {}
    for needed in map(Requirement, host.requires):
        if needed.marker is not None and not needed.marker.evaluate({"extra": ""}):
            continue
        name, wanted, version = needed.name, needed.specifier, host.installed(needed.name)
        if version is None:
            wrong[f"{name}{wanted}"] = f"{name} is missing"
        elif not _fits(wanted, version):
            wrong[f"{name}{wanted}"] = f"{name} {version} is not {wanted}"
    if wrong:
        fix = python_packages(host, host.python, *wrong)
        why = "opencode_magic cannot work without"
        return Finding("packages", "bad", "; ".join(wrong.values()), why, fix, versions)
    shown = ", ".join(f"{name} {version}" for name, version in versions.items())
    return Finding("packages", "ok", shown, details=versions)


def _fits(wanted: SpecifierSet, version: str) -> bool:
    """Return whether a version is one of those wanted; True where it cannot be parsed."""
    from packaging.version import InvalidVersion, Version  # late: it may be missing, which is told

    try:
        return wanted.contains(Version(version), prereleases=True)
    except InvalidVersion:
        return True


def proxies(host: Host) -> Finding:
    """Check whether what listens on this machine would be looked for behind a proxy."""
    env = {name.lower(): value for name, value in host.environ.items()}
    named = [name.upper() for name in _PROXIES if env.get(name)]
    if not named:
        return Finding("proxies", "ok", "none")
    found = f"{', '.join(named)} set"  # without the value, which may hold a password
    rules = {"no": env.get("no_proxy", "")}
    missing = [host for host in _LOOPBACK if not proxy_bypass_environment(host, rules)]
    if not missing:
        return Finding("proxies", "ok", f"{found}, not used for this machine")
    value = ",".join(filter(None, [rules["no"], *missing]))
    return Finding(
        "proxies",
        "warn",
        f"{found}, for this machine too",
        "opencode may look for a model on this machine behind the proxy",
        Fix(words=f"export NO_PROXY={value} before Jupyter starts"),
    )
