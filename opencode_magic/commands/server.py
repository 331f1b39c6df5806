"""The server this notebook talks to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..render.listing import Listing
from . import command

if TYPE_CHECKING:
    from ..app import App


@command
def connect(app: App, url: str, *, subagents: bool = False) -> Listing:
    """Use a server that runs already, e.g. http://127.0.0.1:4096.

    The password comes from OPENCODE_SERVER_PASSWORD. On a server this notebook does not manage its
    subagents would act without asking, so they are off; --subagents accepts that.
    """
    link = app.use_server(url, subagents=subagents)
    return Listing("connected", ((link.client.base_url, link.version),), ("server", "version"))


@command
def stop(app: App) -> Listing:
    """End this notebook's own server, or leave a connected one; the next prompt starts anew."""
    link = app.link
    if link is not None and link.managed is None:
        app.forget_server()
    else:
        app.disconnect()  # its sessions are kept: the next server of ours goes on with them
    if link is None:
        return Listing("no server was in use")
    return Listing("server ended" if link.managed else "left the server; it goes on without us")


@command
def health(app: App) -> Listing:
    """Whether the server is well, which one it is, and what runs on it."""
    client = app.connect()
    state = client.health()
    link = app.link
    managed = bool(link and link.managed)
    busy = [f"{id} {status.type}" for id, status in client.session.statuses().items()]
    rows = (
        ("server", client.base_url),
        ("version", state.version),
        ("kind", "this notebook's own" if managed else "run by someone else"),
        ("project", client.directory or ""),
        ("session", app.session.title if app.session else "none yet"),
        ("running", ", ".join(busy) or "nothing"),
    )
    return Listing("healthy" if state.healthy else "not healthy", rows)
