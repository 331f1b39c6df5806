"""The login to a server that others have started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..protocol import hosting
from ..protocol.transport import USERNAME

BASE_URL = "OPENCODE_BASE_URL"
"""The variable that names the server to use."""


@dataclass(frozen=True)
class Login:
    """A name and a password ("" for none), kept in memory only."""

    username: str = USERNAME
    password: str = field(default="", repr=False)


def login_of(environ: Mapping[str, str]) -> Login:
    """Return the login that the environment holds."""
    return Login(
        environ.get(hosting.USERNAME, USERNAME),
        environ.get(hosting.PASSWORD, ""),
    )
