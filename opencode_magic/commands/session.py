"""Sessions and their turns."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from ..errors import InputError, OpencodeError
from ..history import past_turns, window_of
from ..render.listing import Listing
from ..transcript import Turn
from ..wire import Session
from . import command

if TYPE_CHECKING:
    from ..app import App
    from .kinds import SessionName


MOST_LISTED = 100


@command
def new(app: App, title: str = "") -> Listing:
    """Begin a new session; prompts go to it from now on."""
    return _one("new session", app.new_session(title))


@command
def sessions(app: App, search: str = "") -> Listing:
    """List the project's sessions, newest first; SEARCH looks into titles."""
    current = app.session.id if app.session else ""
    found = app.connect().session.list(roots=True, search=search, limit=MOST_LISTED)
    rows = tuple(
        ("*" if s.id == current else "", s.id, s.title, _when(s.time.updated)) for s in found
    )
    note = "* is this notebook's session; /use ID continues another" if rows else "none yet"
    return Listing("sessions", rows, ("", "id", "title", "last used"), note)


@command
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
        turn = turns[index - 1 if index > 0 else index]
    except (ValueError, IndexError):
        raise InputError(f"no turn {number!r}; this session has {len(turns)}") from None
    return replace(turn, window=window_of(app.connect(), turn.model))


@command
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


def _when(milliseconds: float) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000).astimezone():%Y-%m-%d %H:%M}"
