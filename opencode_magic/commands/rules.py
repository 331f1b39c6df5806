"""What may happen without being asked: permissions and trusted folders."""

from __future__ import annotations

from ..app.app import App
from ..errors import InputError
from ..render.listing import Listing
from ..text.visible import one_line
from . import command


@command
def permissions(app: App, *, revoke: str = "") -> Listing:
    """Show what you allowed for good in this notebook; --revoke NUMBER (or `all`) takes it back."""
    grants = app.policy.grants
    if revoke == "all":
        app.revoke()
    elif revoke:
        if not revoke.isdigit() or not 0 < int(revoke) <= len(grants):
            raise InputError(f"no permission {revoke!r}; there are {len(grants)}")
        app.revoke(grants[int(revoke) - 1])
    rows = tuple(
        (str(n), g.permission, one_line(g.words)) for n, g in enumerate(app.policy.grants, 1)
    )
    note = "" if rows else "nothing yet: every command, change and web page asks"
    title = f"always allowed in this notebook (otherwise: {app.settings.permission})"
    return Listing(title, rows, ("", "tool", "pattern"), note)


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
