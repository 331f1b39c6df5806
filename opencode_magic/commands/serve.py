"""A server of this notebook that others can use, too."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..app.app import App
from ..client import login_of
from ..errors import InputError
from ..protocol.hosting import PASSWORD
from ..render.listing import Listing
from ..server.listening import USERNAME, Listening
from . import command


@command
def serve(
    app: App,
    *,
    shared: bool = False,
    port: int = 0,
    hostname: str = "",
    cors: str = "",
    mdns: bool = False,
    mdns_domain: str = "",
    username: str = USERNAME,
) -> Listing:
    """Restart this notebook's own server so that others can use it, e.g. `/serve --shared`.

    --shared lets other notebooks of this machine `/connect`. Their password is
    OPENCODE_SERVER_PASSWORD, else it is asked for and not shown; without --shared it may be left
    out, and only this notebook gets in. --hostname 0.0.0.0 lets other machines in, --mdns announces
    it to them, --cors (origins with commas between) lets web pages in. It stays guarded: what the
    agent wants to do asks first, whoever sends the prompt.
    """
    origins = tuple(filter(None, (origin.strip() for origin in cors.split(","))))
    wanted = Listening(port, hostname, origins, mdns, mdns_domain, username)
    alone = wanted.local and not shared
    password = _password(app, os.environ, alone=alone)
    listening = Listening(port, hostname, origins, mdns, mdns_domain, username, password)
    link = app.servers.serve(listening)
    rows = (
        ("address", link.client.base_url),
        ("reachable", "from this machine" if listening.local else "from the network"),
        ("user name", username),
        ("password", "the one you gave" if password else "a random one that nobody else knows"),
        *((("web pages", ", ".join(origins)),) if origins else ()),
        *((("announced as", mdns_domain or "opencode.local"),) if mdns else ()),
    )
    note = "It ends with this notebook's kernel; /stop ends it now."
    if shared:
        connect = f"`%opencode /connect {link.client.base_url} --shell`"
        note += f" Another notebook uses it with {connect}."
    if not listening.local:
        note += (
            " Others see all sessions of this project and can use its tools; HTTP is not secret."
        )
    return Listing("serving", rows, note=note)


def _password(app: App, environ: Mapping[str, str], *, alone: bool) -> str:
    """Return the password others will need; "" for a random one, where nobody else is let in."""
    password = login_of(environ).password
    if not password and app.person.is_there():
        hint = " (nothing: a random one, for this notebook alone)" if alone else ""
        password = app.person.secret(f"Password for others{hint}: ").strip()
    if not password and not alone:
        raise InputError(f"letting others in needs a password: set {PASSWORD}, or type one")
    return password
