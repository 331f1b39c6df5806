"""Sessions and their turns."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from ..app.app import App
from ..errors import InputError, OpencodeError
from ..model.sessions import Session
from ..protocol.likes import begins_session_id
from ..render.listing import Listing
from ..render.sessions import session_table
from ..render.table import Table
from ..text.amounts import ago_words
from ..turns.history import past_turns, turn_index, window_of
from ..turns.turn import Turn
from . import command
from .kinds import SessionName
from .request import Request

MOST_LISTED = 100


@command(calls=("session.create",))
def new(app: App, title: str = "") -> Listing:
    """Begin a new session; prompts go to it from now on."""
    return _one("new session", app.sessions.new(title))


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
        statuses=client.dialect.running(),
        note=note,
    )


@command(calls=("session.get",))
def use(app: App, session: SessionName) -> Listing:
    """Continue another session: an id, the beginning of one, or a title."""
    return _one("now in session", app.sessions.take(app.sessions.find(session)))


@command
def show(app: App, which: str = "") -> Turn:
    """Show a turn again: the session's last, WHICH of them (1 is the first), or a session's last.

    WHICH may be the id of a session, e.g. of one that `/children` lists.
    """
    is_session = begins_session_id(which)
    session = app.sessions.find(which) if is_session else app.sessions.known()
    turns = past_turns(app.connect(), session)
    if not turns:
        raise InputError("this session has no turns yet")
    turn = turns[turn_index("-1" if is_session else which or "-1", len(turns))]
    return replace(turn, window=window_of(app.connect(), turn.model))


@command(calls=("session.list", "session.statuses"))
def resume(app: App, session: SessionName = "") -> Turn | Request | Listing:
    """Go on with the session this notebook had, e.g. after its kernel was restarted.

    The last turn is shown with all that the server has of it. One that still runs, begun by
    somebody else or on a server that goes on without us, is followed to its end: what it asks can
    be answered. SESSION names another session.
    """
    earlier = app.sessions.find(session) if session else app.sessions.earlier()
    if earlier is None:
        raise InputError(
            f"no session of {app.place.notebook or 'this notebook'} in {app.connect().directory}; "
            "`/sessions` lists the project's"
        )
    app.sessions.take(earlier)
    client = app.connect()
    if earlier.id in client.dialect.running():
        return Request("follow", "/resume")
    turns = past_turns(client, earlier)
    if not turns:
        return _one("now in session", earlier, "nothing was said in it yet")
    note = f"turn {len(turns)} of {len(turns)} of this session; `/show N` shows another"
    last = turns[-1]
    window = window_of(client, last.model)
    return replace(last, window=window, notes=(*last.notes, note))


@command(calls=("session.fork",))
def fork(app: App, turn: str = "") -> Listing:
    """Go on in a copy of the session, up to TURN of it (1 is the first, -1 the last).

    What the agent did to files since is not taken back.
    """
    session, came_from = app.sessions.fork(turn)
    return _one("now in session", session, came_from)


@command(calls=("session.children",))
def children(app: App) -> Listing:
    """List the sessions of the subagents this session started, theirs under them."""
    session = app.sessions.known()
    busy = app.connect().dialect.running()
    now_s = time.time()
    rows = tuple(
        (s.id, "· " * depth + s.title, "running" if s.id in busy else "ended",
         ago_words(s.time.updated / 1000, now_s))
        for s, depth in _family(app, session.id)
    )  # fmt: skip
    columns = ("id", "title", "state", "last used")
    note = "/show ID shows what one did" if rows else "no subagents were started"
    return Listing(f"subagents of {session.title}", rows, columns, note)


def _family(app: App, session_id: str) -> Iterator[tuple[Session, int]]:
    """Yield the sessions below one with their depth, each after the one that started it."""
    sessions = app.connect().session
    seen = {session_id}
    todo = [(child, 0) for child in reversed(sessions.children(session_id))]
    while todo and len(seen) <= MOST_LISTED:
        child, depth = todo.pop()
        if child.id not in seen:
            seen.add(child.id)
            yield child, depth
            todo += [(below, depth + 1) for below in reversed(sessions.children(child.id))]


@command(calls=("session.abort",))
def abort(app: App) -> Listing:
    """Stop what the session does now, its subagents too."""
    session = app.sessions.known()
    client = app.connect()
    busy = session.id in client.dialect.running()
    client.session.abort(session.id)
    family = {session.id, *(child.id for child, _ in _family(app, session.id))}
    for ask in client.pending() or ():
        if ask.session_id in family:
            with suppress(OpencodeError):  # answered meanwhile
                client.refuse(ask)
    return Listing("stopped" if busy else "nothing was running", (), note=session.title)


def _one(title: str, session: Session, note: str = "") -> Listing:
    return Listing(title, ((session.id, session.title),), ("id", "title"), note)
