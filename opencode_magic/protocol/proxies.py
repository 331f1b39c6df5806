"""The proxy that stands between us and a server, or between a server and its models, by name.

What a proxy's address holds besides the host, a name and a password, is never shown.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # typeshed

import httpx

STATUSES = (407, 502, 503, 504)
"""What a proxy answers itself, where it wants a login or cannot reach the server."""
_NO_LINE = re.compile(
    r"unable to connect|connect(ion)? ?(refused|error|timed? ?out|reset|closed)|cannot connect"
    r"|ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|fetch failed|typo in the url|proxy|socket"
    r"|getaddrinfo|bad gateway|service unavailable|gateway time-?out",
    re.IGNORECASE,
)
_WIDE = ("http", "https")  # opencode and npm know no other


@dataclass(frozen=True)
class ProxySetting:
    """A proxy that the environment names: the variable, and its address without a login."""

    variable: str
    address: str

    def __str__(self) -> str:
        return f"the proxy {self.address} that {self.variable} names"


def proxy_for(url: httpx.URL, environ: Mapping[str, str] = os.environ) -> ProxySetting | None:
    """Return the proxy that requests to an address go through; None where they go directly."""
    if proxy_bypass_environment(url.host, {"no": _value("no", environ)[1]}):
        return None
    return next(filter(None, (_setting(kind, environ) for kind in (url.scheme, "all"))), None)


def way_out(proxy: ProxySetting, host: str) -> str:
    """Say what to do about a proxy that does not lead to a host."""
    return f"correct {proxy.variable}, or add {host} to NO_PROXY, and restart the kernel"


def named_proxies(environ: Mapping[str, str] = os.environ) -> str:
    """Say which proxies the environment names; "" where it names none."""
    found = [setting for kind in _WIDE if (setting := _setting(kind, environ))]
    words = ", ".join(f"{setting.address} ({setting.variable})" for setting in found)
    return f"the proxy {words}" if found else ""


def blamed(message: str, environ: Mapping[str, str] = os.environ) -> str:
    """Say what proxies may have to do with a server's failure to reach a model; else ""."""
    proxies = named_proxies(environ)
    if not proxies or not _NO_LINE.search(message[:5_000]):
        return ""
    return (
        f"opencode asks models through {proxies}: is it there? Correct or unset the variable, or "
        "name the model's host in NO_PROXY, and restart the kernel"
    )


def _setting(kind: str, environ: Mapping[str, str]) -> ProxySetting | None:
    variable, value = _value(kind, environ)
    return ProxySetting(variable, _shown(value)) if value else None


def _value(kind: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """Return the variable that counts, and its value: small letters come first, as for urllib."""
    small = f"{kind}_proxy"
    names = [small, *(name for name in environ if name.lower() == small and name != small)]
    found = next((name for name in names if name in environ), "")
    return found, environ.get(found, "")


def _shown(value: str) -> str:
    scheme, separator, rest = value.partition("://")
    address = rest if separator else value
    host = address.rpartition("@")[2].partition("/")[0]
    return f"{scheme}://{host}" if separator else host
