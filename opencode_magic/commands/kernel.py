"""What the agent's tools may do in the live kernel."""

from __future__ import annotations

from typing import Literal

from ..app.app import App
from ..render.listing import Listing
from . import command
from .confirming import ask_first

WORDS = {
    "off": "nothing: no tool is offered, and nothing listens",
    "read": "look at variables, cells and the figure",
    "run": "look, and after asking you run code and insert cells",
}


@command
def kernel(app: App, mode: Literal["read", "run", "off", ""] = "", *, yes: bool = False) -> Listing:
    """Show or choose what the agent's tools may do in this kernel: read, run or off.

    With `run` the agent runs code among your variables while the cell waits; it asks each time. A
    server of others shows the tools to all of its sessions, so there they stay off until you agree;
    --yes agrees. A call that was not allowed in this notebook is refused everywhere.
    """
    offering = app.offering
    if mode in ("read", "run"):
        offering.check()
        if not app.servers.is_ours and not offering.shared:
            preview = Listing(
                f"Every session of {app.connect().base_url} sees these tools, also other people's. "
                "Only calls that are allowed in this notebook are carried out.",
                ((WORDS[mode],),),
            )
            ask_first(app, preview, "Offer the kernel there?", command=f"/kernel {mode}", yes=yes)
            offering.agree()
    if mode:
        offering.choose(mode)
    if mode == "off":
        offering.close()
    state = offering.mode(None, ours=app.servers.is_ours)
    rows = [("now", state), ("the agent may", WORDS[state])]
    if offering.living is not None:
        rows.append(("offered as", offering.living.name))
        rows.append(("they are", offering.living.state))
    return Listing("the kernel as tools", tuple(rows))
