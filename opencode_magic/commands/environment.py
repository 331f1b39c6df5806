"""The variables that the shells of a session have."""

from __future__ import annotations

import os
import re

from ..app.app import App
from ..errors import InputError
from ..protocol.hosting import hosting_of
from ..render.listing import Listing
from ..text.redact import Private, is_secret
from . import command

ORDINARY = (
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "TMPDIR", "TZ", "LANG", "LANGUAGE"),
    *("LC_ALL", "LC_CTYPE", "VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "SystemRoot"),
)
"""Of this kernel's variables what a shell of somebody else's server on this machine is given."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@command(calls=("session.set_environment",))
def env(app: App, variable: str = "", *, remove: bool = False) -> Listing:
    """Give the shells of the session a variable, `NAME=VALUE`, or list the names of those given.

    With NAME alone its value is asked for and not shown. --remove takes one back. The server
    replaces all variables with these: so it is given the kernel's own, too, and on a server that
    this notebook does not manage only the ordinary ones (PATH, HOME, ...). Values are shown
    nowhere and stored nowhere; they are gone when the server ends.
    """
    client = app.connect()
    client.need("environment")
    name, given, value = variable.partition("=")
    session = app.sessions.current() if variable else app.session
    known = app.variables.get(session.id, Private()) if session else Private()
    if variable and not _NAME.fullmatch(name):
        raise InputError(f"/env: {name!r} is no name of a variable; write NAME=VALUE")
    if session is None or not variable:
        return _listing(known)
    if remove:
        if name not in known:
            raise InputError(f"/env: no {name} was given to this session; `/env` lists them")
        known = Private({n: v for n, v in known.items() if n != name})
    else:
        if not given:
            value = _asked(app, name)
        if not given or is_secret(name):
            client.conceal(value)
        known = Private({**known, name: value})
    client.session.set_environment(session, Private({**_ours(app), **known}))
    app.give(session, known)
    return _listing(known)


def _asked(app: App, name: str) -> str:
    if not app.person.is_there():
        raise InputError(f"nobody is there to ask for the value of {name}; write {name}=VALUE")
    value = app.person.secret(f"Value of {name} (not shown): ")
    if not value:
        raise InputError("nothing was typed, so nothing was done")
    return value


def _ours(app: App) -> Private:
    """Return the variables that a shell needs beside those that were given."""
    client = app.connect()
    if app.link is not None and app.link.managed is not None:
        return Private(hosting_of(client.version).inherited(os.environ))
    if not client.loopback:
        raise InputError(
            f"{client.base_url} is another machine: its shells would lose their own variables, "
            "which are not known here; set it there"
        )
    return Private({name: os.environ[name] for name in ORDINARY if name in os.environ})


def _listing(known: Private) -> Listing:
    rows = tuple((name, "set") for name in sorted(known))
    note = "" if rows else "none; `/env NAME=VALUE` gives one"
    return Listing("variables of the session's shells", rows, ("name", ""), note)
