"""Detects which dialect a server speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import NotOpencodeError, OpencodeError, ServerError, UnsupportedError
from .v1.dialect import OpenCode1
from .v1.versions import check_version, degradations
from .versions import INSTALL

if TYPE_CHECKING:
    from .transport import Connection

__all__ = ["STREAMS", "check_version", "degradations", "detect", "first_dialect"]

STREAMS = OpenCode1.streams
"""The routes that never end."""


def first_dialect(connection: Connection) -> OpenCode1:
    """Return the dialect to speak while nothing is known of the server."""
    connection.reading = OpenCode1.reading
    return OpenCode1(connection)


def detect(connection: Connection, dialect: OpenCode1, *, timeout_s: float) -> str:
    """Return the version of the server.

    Raises
    ------
    UnsupportedError
        there is no dialect for this version.
    NotOpencodeError
        the server is another program.
    """
    try:
        version = dialect.server.health(timeout_s=timeout_s).version
    except (NotOpencodeError, ServerError) as error:
        # 2.x has no such route; it describes itself elsewhere.
        raise _of_the_second(connection) or NotOpencodeError(
            f"{connection.base_url} is no OpenCode server ({error.message}); check the address"
        ) from error
    check_version(version)
    return version


def _of_the_second(connection: Connection) -> OpencodeError | None:
    try:
        info: Any = connection.request("GET", "/api/info")
    except OpencodeError:
        return None
    if not isinstance(info, dict) or not isinstance(info.get("version"), str):
        return None
    return UnsupportedError(
        f"{connection.base_url} is OpenCode {info['version']}, which speaks the 2.x API; "
        f"connect to a 1.x server ({INSTALL})"
    )
