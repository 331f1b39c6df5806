"""Sessions and their turns."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from ..errors import InputError, OpencodeError
from ..history import past_turns
from ..render.listing import Listing
from ..render.sessions import session_table
from ..render.table import Table
from ..transcript import Turn
from ..wire import Session
from . import command

if TYPE_CHECKING:
    from ..app import App
    from .kinds import SessionName


MOST_LISTED = 100


@command(calls=("session.create",))
def new(app: App, title: str = "") -> Listing:
    """Begin a new session; prompts go to it from now on."""
    return _one("new session", app.new_session(title))


@command(calls=("session.list", "session.statuses"))
def sessions(
    app: App, search: str = "", *, all: bool = False, limit: int = MOST_LISTED
) -> Table[Session]:
    """List the project's sessions, newest first; SEARCH looks into titles.

    --all lists the sessions of subagents too, --limit at most so many.
    """
    if limit < 1:
        raise InputError(f"/sessions: limit is 1 or more, not {limit}")
    client = app.connect()
    found = client.session.list(roots=not all, search=search, limit=limit + 1)
    note = "`/use ID` continues another." if found else "none yet"
    if search and not found:
        note = f"no title has {search!r} in it; `/sessions` lists them all"
    if len(found) > limit:
        note = f"There are more: `/sessions --limit {2 * limit}` lists them. {note}"
    return session_table(
        "sessions",
        found[:limit],
        now_s=time.time(),
        current=app.session.id if app.session else "",
        statuses=client.session.statuses(),
        note=note,
    )


@command(calls=("session.get",))
def use(app: App, session: SessionName) -> Listing:
    """Continue another session: an id, the beginning of one, or a title."""
    return _one("now in session", app.use_session(session))


@command
def show(app: App, number: str = "") -> Turn:
    """Show the last turn of the session again, or turn NUMBER (1 is the first, -1 the last)."""
    session = app.known_session()
    turns = past_turns(app.connect(), session)
    if not turns:
        raise InputError("this session has no turns yet")
    try:
        index = int(number or -1)
        return turns[index - 1 if index > 0 else index]
    except (ValueError, IndexError):
        raise InputError(f"no turn {number!r}; this session has {len(turns)}") from None


@command(calls=("session.abort",))
def abort(app: App) -> Listing:
    """Stop what the session does now, its subagents too."""
    session = app.known_session()
    client = app.connect()
    busy = session.id in client.session.statuses()
    client.session.abort(session.id)
    family = {session.id, *(child.id for child in client.session.children(session.id))}
    for ask in client.pending() or ():
        if ask.session_id in family:
            with suppress(OpencodeError):  # gone meanwhile
                client.refuse(ask)
    return Listing("stopped" if busy else "nothing was running", (), note=session.title)


def _one(title: str, session: Session) -> Listing:
    return Listing(title, ((session.id, session.title),), ("id", "title"))
