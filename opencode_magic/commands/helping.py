"""Help, generated from the commands and options there are."""

from __future__ import annotations

from collections.abc import Container

from ..app.app import App
from ..app.options import OPTIONS
from ..errors import InputError
from ..model.agents import ServerCommand
from ..render.blocks import Block, Grid
from ..render.listing import Listing
from ..text.visible import one_line
from . import command, commands, suggest


@command
def help_(app: App, name: str = "", *, api: bool = False) -> Listing:
    """List the commands, or explain one; --api lists the server's operations and how to reach them.

    Any other operation is reached with `/api METHOD PATH`.
    """
    known = commands()
    if api:
        from .reference import TITLES, reference  # late: loads the whole client

        bound = tuple(
            (f"{b.python}()", *(", ".join(each) for each in (b.first, b.second, b.commands)))
            for b in reference()
        )
        return Listing("the server's operations", bound, TITLES)
    if name:
        found = known.get(name.lstrip("/"))
        if found is None:
            return _of_the_server(app, name.lstrip("/"))
        usage, _, text = found.help().partition("\n\n")
        return Listing(usage, tuple((line,) for line in text.splitlines()), note=found.rule)
    rows = tuple((c.usage, c.summary) for c in known.values())
    options = tuple((o.usage, o.help) for o in OPTIONS)
    note = "Text for the agent is anything else; \\/ and \\! send a / or ! as text."
    title = "%opencode and %%opencode"
    return Listing(title, (*options, *rows), ("write", "to"), note, _servers_own(app, known))


def _servers_own(app: App, known: Container[str]) -> tuple[Block, ...]:
    """Return the server's slash commands, where one is connected; none is started to ask."""
    if app.link is None:
        return ()
    found = [c for c in app.link.client.commands() if c.name not in known]
    rows = tuple((f"/{one_line(c.name)} ARGUMENTS", _about(c)) for c in found)
    return (Grid(("write", "to"), rows, title="the server's own, each a turn"),) if rows else ()


def _of_the_server(app: App, name: str) -> Listing:
    """Return what the server says of a command of its own."""
    if app.link is None:
        raise InputError(
            f"no command {name!r}; nearest: {suggest(name)}. The server's own are known once one "
            "runs, e.g. after `/health`"
        )
    found = {c.name: c for c in app.link.client.commands()}.get(name)
    if found is None:
        raise InputError(f"no command {name!r}; nearest: {suggest(name)}")
    rows = ((_about(found),), ("A command of the server: it is sent as a turn.",))
    return Listing(f"/{one_line(found.name)} ARGUMENTS", rows)


def _about(command: ServerCommand) -> str:
    words = one_line(command.description or "no description")
    return f"{words} (with the agent {one_line(command.agent)})" if command.agent else words
