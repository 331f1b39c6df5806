"""Who we are on a server of others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..protocol import variables
from ..protocol.transport import USERNAME


@dataclass(frozen=True)
class Login:
    """A name and a password ("" for none); kept in memory alone."""

    username: str = USERNAME
    password: str = field(default="", repr=False)


def login_of(environ: Mapping[str, str]) -> Login:
    """The one that the environment holds."""
    return Login(
        environ.get(variables.USERNAME, USERNAME),
        environ.get(variables.PASSWORD, ""),
    )
