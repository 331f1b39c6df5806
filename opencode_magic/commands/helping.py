"""Help: what can be said, generated from what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import InputError
from ..options import OPTIONS
from ..render.listing import Listing
from . import command, commands, suggest

if TYPE_CHECKING:
    from ..app import App


@command
def help_(app: App, name: str = "") -> Listing:
    """List the commands, or explain one."""
    del app  # the same everywhere
    known = commands()
    if name:
        found = known.get(name.lstrip("/"))
        if found is None:
            raise InputError(f"no command {name!r}; nearest: {suggest(name)}")
        usage, _, text = found.help().partition("\n\n")
        return Listing(usage, tuple((line,) for line in text.splitlines()))
    rows = tuple((c.usage, c.summary) for c in known.values())
    options = tuple((o.usage, o.help) for o in OPTIONS)
    note = "Text for the agent is anything else; \\/ and \\! send a / or ! as text."
    return Listing("%opencode and %%opencode", (*options, *rows), ("write", "to"), note)
