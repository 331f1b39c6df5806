"""The login to a server that others have started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..protocol import hosting
from ..protocol.transport import USERNAME

BASE_URL = "OPENCODE_BASE_URL"
"""The variable that names the server to use."""


@dataclass(frozen=True)
class Login:
    """A name and a password ("" for none), kept in memory only.

    `spare` is another password, where two variables say two things.
    """

    username: str = USERNAME
    password: str = field(default="", repr=False)
    spare: str = field(default="", repr=False)

    @property
    def options(self) -> dict[str, Any]:
        """What a client takes of it."""
        given = {"username": self.username, "password": self.password or None, "spare": self.spare}
        return _Options(given)


class _Options(dict[str, Any]):
    """The options of a client; a traceback may print what a variable holds."""

    def __repr__(self) -> str:
        return "<the options of a login>"


def login_of(environ: Mapping[str, str]) -> Login:
    """Return the login that the environment holds."""
    given = list(dict.fromkeys(filter(None, (environ.get(name) for name in hosting.PASSWORDS))))
    first, second = (*given, "", "")[:2]
    return Login(environ.get(hosting.USERNAME, USERNAME), first, second)
