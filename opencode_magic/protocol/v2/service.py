"""The background service of OpenCode 2, which tells in a file of its user how it is reached."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from ...errors import InputError
from ..address import is_loopback, parse_address

OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True)
class BackgroundService:
    """Where the background service answers, and the password it wants."""

    url: str
    password: str = field(repr=False)


class _File(msgspec.Struct, frozen=True):
    """What the file holds of which something is needed."""

    url: str
    password: str


def service_file(environ: Mapping[str, str]) -> Path:
    """Return the file in which the service of the user of this environment is found."""
    home = environ.get("HOME") or str(Path.home())
    state = environ.get("XDG_STATE_HOME") or str(Path(home) / ".local" / "state")
    return Path(state) / "opencode" / "service.json"


def background_service(environ: Mapping[str, str]) -> BackgroundService:
    """Return the service that the user of this environment has running.

    Raises
    ------
    InputError
        there is none, or its file cannot be trusted.
    """
    file = service_file(environ)
    try:
        with file.open("rb") as opened:
            state, data = os.fstat(opened.fileno()), opened.read()
        found = msgspec.json.decode(data, type=_File)
    except FileNotFoundError:
        raise InputError(
            f"no background service of OpenCode 2 runs here (there is no {file}); start one with "
            "`opencode service start`, or name a server: `/connect URL`"
        ) from None
    except OSError as error:
        raise InputError(f"cannot read {file}: {error.strerror}") from None
    except msgspec.DecodeError:
        raise InputError(f"{file} does not tell an address; name it: `/connect URL`") from None
    if os.name == "posix" and (state.st_mode & OTHERS or state.st_uid != os.getuid()):
        raise InputError(
            f"{file} may be read or written by others, who then know the password or chose the "
            f"server; `chmod 600 {file}` if it is yours, and restart the service"
        )
    if not is_loopback(parse_address(found.url).host):
        raise InputError(f"{file} names a server on another machine: `/connect URL` if you want it")
    return BackgroundService(found.url, found.password)
