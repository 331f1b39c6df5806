"""Detects which dialect a server speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from ..errors import (
    NotOpencodeError,
    OpencodeError,
    ServerError,
    UnauthorizedError,
    UnreachableError,
    UnsupportedError,
)
from .v1.dialect import OpenCode1
from .v1.server import HEALTH
from .v1.versions import check_version, degradations
from .v2.dialect import OpenCode2
from .v2.server import INFO
from .versions import parse_version

if TYPE_CHECKING:
    import httpx

    from .transport import Connection

__all__ = [
    "FIRST",
    "STREAMS",
    "AnyDialect",
    "check_version",
    "degradations",
    "detect",
    "dialect_of",
    "is_the_second",
]

AnyDialect: TypeAlias = "OpenCode1 | OpenCode2"
FIRST = OpenCode1.reading
"""How answers are read while nothing is known of a server."""
STREAMS = OpenCode1.streams | OpenCode2.streams
"""The routes that never end."""


def dialect_of(version: str, connection: Connection) -> AnyDialect:
    """Return the dialect of a version; that of OpenCode 1 where the version is not known."""
    numbers = parse_version(version)
    kind = OpenCode2 if numbers and numbers[0] >= 2 else OpenCode1
    return kind(connection)


def detect(connection: Connection, *, timeout_s: float) -> str:
    """Return the version of the server; wait for `timeout_s` for each of two answers.

    Raises
    ------
    UnsupportedError
        there is no dialect for this version.
    NotOpencodeError
        the server is another program.
    """
    try:
        # It is asked first: older servers do not answer what they do not know.
        version = OpenCode1(connection).server.health(timeout_s=timeout_s).version
    except (NotOpencodeError, ServerError) as error:
        if version := _of_the_second(connection, timeout_s):
            return version
        raise NotOpencodeError(
            f"{connection.base_url} is no OpenCode server ({error.message}); check the address"
        ) from error
    check_version(version)
    return version


def is_the_second(connection: Connection, *, http: httpx.Client, timeout_s: float) -> bool:
    """Return whether a server is of OpenCode 2, which tells that without a password.

    Parameters
    ----------
    connection, http:
        the way to the server, and a client that sends no password.
    timeout_s:
        how long to wait for its answer, in seconds.
    """
    try:
        connection.call("GET", HEALTH, object, timeout_s=timeout_s, http=http, repeat=False)
    except NotOpencodeError:  # its web app, which answers wherever there is no route
        return True
    except UnauthorizedError:
        return False
    return False


def _of_the_second(connection: Connection, timeout_s: float) -> str:
    """Return the version that a 2.x server tells; "" for any other."""
    try:
        info: Any = connection.call("GET", INFO, object, timeout_s=timeout_s, repeat=False)
    except (UnauthorizedError, UnreachableError):
        raise
    except OpencodeError:
        return ""
    told = isinstance(info, dict) and isinstance(info.get("pid"), int)
    version = info.get("version") if told else None
    if not isinstance(version, str):
        return ""
    numbers = parse_version(version)
    if numbers is None or numbers[0] != 2:
        raise UnsupportedError(
            f"{connection.base_url} is OpenCode {version[:40]}, which is not known here; "
            "1.x and 2.x are"
        )
    return version
