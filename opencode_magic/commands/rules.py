"""What may happen without being asked: permissions and trusted folders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from ..app.app import App
from ..errors import InputError
from ..render.listing import Listing
from ..text.visible import one_line
from . import command

T = TypeVar("T")


@command(calls=("permission.saved", "permission.forget"))
def permissions(app: App, *, revoke: str = "", saved: bool = False) -> Listing:
    """Show what you allowed for good in this notebook; --revoke NUMBER (or `all`) takes it back.

    --saved does both with what the server itself was told to allow, for the whole project and
    without an end, by whoever uses it.
    """
    if saved:
        return _saved(app, revoke)
    grants = app.policy.grants
    if revoke == "all":
        app.revoke()
    elif revoke:
        app.revoke(_chosen(grants, revoke)[0])
    rows = tuple(
        (str(n), g.permission, one_line(g.words)) for n, g in enumerate(app.policy.grants, 1)
    )
    note = "" if rows else "nothing yet: every command, change and web page asks"
    title = f"always allowed in this notebook (otherwise: {app.settings.permission})"
    return Listing(title, rows, ("", "tool", "pattern"), note)


def _saved(app: App, revoke: str) -> Listing:
    client = app.connect()
    client.need("saved-permissions")
    found = client.permission.saved()
    gone = _chosen(found, revoke) if revoke else ()
    for one in gone:
        client.permission.forget(one.id)
    left = [one for one in found if one not in gone]
    rows = tuple((str(n), one.permission, one_line(one.pattern)) for n, one in enumerate(left, 1))
    note = "this notebook saves nothing there: these were allowed elsewhere" if rows else "nothing"
    return Listing("always allowed on the server", rows, ("", "tool", "pattern"), note)


def _chosen(found: Sequence[T], number: str) -> Sequence[T]:
    """Return those that are meant by a number from 1 on, or by `all`."""
    if number == "all":
        return found
    if not number.isdecimal() or not 0 < int(number) <= len(found):
        raise InputError(f"no permission {number!r}; there are {len(found)}")
    return (found[int(number) - 1],)


@command
def trust(app: App, *, yes: bool = False, revoke: bool = False) -> Listing:
    """Show trusted folders; --yes trusts this project's own configuration, --revoke no longer."""
    found = app.servers.brought()
    if (yes or revoke) and found is None:
        raise InputError(f"{app.place.directory} has no OpenCode configuration of its own")
    if found is not None and yes:
        app.trust.add(found)
        app.disconnect()
    if found is not None and revoke:
        app.trust.remove(found.root)
        app.disconnect()
    here = () if found is None else tuple((words,) for words in found.lines)
    state = "has no configuration of its own"
    if found is not None:
        state = "is trusted" if app.trust.trusted(found) else "is NOT trusted"
    note = "trusted: " + (", ".join(app.trust.entries()) or "no folder")
    return Listing(f"{app.place.directory} {state}; it brings", here, note=note)
