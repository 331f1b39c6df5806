"""All checks, in an order in which fixing one can fix the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import environment
from .finding import Finding
from .host import Host
from .jupyters import find_jupyters
from .notebook import front_end, kernels

if TYPE_CHECKING:
    from ..client import Client


@dataclass(frozen=True)
class Scope:
    """What is looked at."""

    server: bool = True
    """Whether a server may be started for it."""
    base_url: str = ""
    """The address the notebook has chosen, "" for none."""
    opencode: str = ""
    """The program the notebook has chosen, "" for none."""
    client: Client | None = None
    """The client of the server that the notebook uses already."""


def examine(
    host: Host, scope: Scope = Scope(), *, looking_at: Callable[[str], None] = lambda _: None
) -> list[Finding]:
    """Run all checks and return what they found; `looking_at` is told what is looked at next."""
    return list(_findings(host, scope, looking_at))


def _findings(host: Host, scope: Scope, looking_at: Callable[[str], None]) -> Iterator[Finding]:
    looking_at("this Python")
    yield environment.system(host)
    yield environment.python(host)
    yield (packages := environment.packages(host))
    looking_at("kernels and pages")
    jupyters = find_jupyters(host)
    yield kernels(host, jupyters)
    yield front_end(host, jupyters)
    looking_at("programs")
    if packages.state == "bad":
        # The other checks import them.
        for name in ("npm", "opencode", "git", "ripgrep", "data", "server", "providers"):
            yield Finding(name, "unknown", "not looked at until the packages are there")
    else:
        yield from _engine(host, scope, looking_at)
    yield environment.proxies(host)


def _engine(host: Host, scope: Scope, looking_at: Callable[[str], None]) -> Iterator[Finding]:
    # Late: these import packages that may be missing.
    from ..client import BASE_URL
    from ..server.find import find_opencode
    from . import data, programs, serving

    url = scope.base_url or host.environ.get(BASE_URL, "")
    found, program = programs.opencode(
        host,
        lambda: find_opencode(
            scope.opencode or None, run=True, all_of_them=True, progress=looking_at
        ),
    )
    npm = programs.npm(host, needed=program is None)
    for finding in (npm, found, programs.git(host), programs.ripgrep(host)):
        if url and finding.state != "ok":  # the server of others needs it, not this machine
            words = f"{finding.found}; not needed, as a server of others is used"
            yield Finding(finding.name, "ok", words)
        else:
            yield finding
    if program is not None and not url:
        yield data.data(host, program.version)
    looking_at("the server")
    if scope.client is not None:
        yield from serving.used_server(scope.client)
    elif url:
        yield from serving.connected_server(url, host.environ)
    elif program is None:
        yield from serving.not_started("there is no opencode to start")
    elif not scope.server:
        yield from serving.not_started("--no-server")
    elif host.system == "Windows":
        yield from serving.not_started("no server of our own can be started on Windows")
    elif changes := data.refusal(host, program.version):
        yield from serving.not_started(changes)
    else:
        yield from serving.own_server(program)
