"""Where a server of ours listens, and who gets in."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ..errors import InputError
from ..protocol.hosting import Hosting

USERNAME = "opencode"
LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"  # noqa: S104  # only where the user says so: `Listening.host`
SHORTEST_PASSWORD = 8
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:_-]*")
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\[\]:_-]+")


@dataclass(frozen=True)
class Listening:
    """What `opencode serve` is told: by default this machine alone, a free port, a random password.

    Without a password a random one is made, which nobody else knows.
    """

    port: int = 0
    hostname: str = ""
    cors: tuple[str, ...] = ()
    mdns: bool = False
    mdns_domain: str = ""
    username: str = USERNAME
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise InputError(f"{self.port} is no port; it is 1 to 65535, or 0 for a free one")
        for what, name in (("hostname", self.hostname), ("domain", self.mdns_domain)):
            if name and not _NAME.fullmatch(name):
                raise InputError(f"{name!r} is not a {what}")
        for origin in self.cors:
            if not _ORIGIN.fullmatch(origin):
                raise InputError(f"{origin!r} is not an origin; try https://example.org")
        if not _NAME.fullmatch(self.username):
            raise InputError(f"{self.username!r} is not a user name: letters, digits, . _ -")
        if self.mdns_domain and not self.mdns:
            raise InputError("--mdns-domain goes with --mdns")
        if self.mdns and self.local:
            raise InputError("--mdns tells the network; --hostname 0.0.0.0 lets it in")
        if self.password and len(self.password) < SHORTEST_PASSWORD:
            raise InputError(
                f"a password that lets others in has {SHORTEST_PASSWORD} or more characters"
            )

    @property
    def host(self) -> str:
        """The address it listens on."""
        return self.hostname or (EVERYWHERE if self.mdns else LOOPBACK)

    @property
    def local(self) -> bool:
        """True where only this machine can reach it."""
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return self.host == "localhost"

    def arguments(self, hosting: Hosting) -> list[str]:
        """The words of the command line; the password is none of them."""
        return hosting.arguments(
            port=self.port,
            hostname=self.host,
            cors=self.cors,
            mdns=self.mdns,
            mdns_domain=self.mdns_domain,
        )


def from_here(url: str) -> str:
    """The address by which this machine reaches a server that says it listens everywhere."""
    found = urlsplit(url)
    if found.hostname in (EVERYWHERE, "::"):
        return f"{found.scheme}://{LOOPBACK}:{found.port}"
    return url
