"""All checks, in the order in which one can mend the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..protocol.variables import BASE_URL
from . import environment
from .finding import Finding
from .host import Host
from .jupyters import find_jupyters
from .notebook import front_end, kernels

if TYPE_CHECKING:
    from ..client import Client


@dataclass(frozen=True)
class Scope:
    """What to look at: `server` whether one may be started for it.

    `base_url` and `opencode` are what the notebook has chosen, "" where it has not; `client` is
    that of the server it uses already.
    """

    server: bool = True
    base_url: str = ""
    opencode: str = ""
    client: Client | None = None


def examine(
    host: Host, scope: Scope = Scope(), *, looking_at: Callable[[str], None] = lambda _: None
) -> list[Finding]:
    """Look at everything; `looking_at` is told what is next."""
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
        # What follows imports them.
        for name in ("npm", "opencode", "git", "ripgrep", "server", "providers"):
            yield Finding(name, "unknown", "not looked at until the packages are there")
    else:
        yield from _engine(host, scope, looking_at)
    yield environment.proxies(host)


def _engine(host: Host, scope: Scope, looking_at: Callable[[str], None]) -> Iterator[Finding]:
    # Here for what they import: packages that may be missing.
    from ..server.find import find_opencode
    from . import programs, serving

    url = scope.base_url or host.environ.get(BASE_URL, "")
    found, program = programs.opencode(
        host,
        lambda: find_opencode(
            scope.opencode or None, run=True, all_of_them=True, progress=looking_at
        ),
    )
    needed = (
        programs.npm(host, needed=program is None),
        found,
        programs.git(host),
        programs.ripgrep(host),
    )
    yield from map(_needed_there, needed) if url else needed
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
    else:
        yield from serving.own_server(program)


def _needed_there(finding: Finding) -> Finding:
    """What a program is that a server of others has to have, and not this machine."""
    if finding.state == "ok":
        return finding
    return Finding(
        finding.name, "ok", f"{finding.found}; not needed, as a server of others is used"
    )
