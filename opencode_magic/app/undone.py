"""Remember what was undone in a session, and forget it with the next prompt.

The server has a way of its own to roll a session back, and no part of it is used here: forward
again, and with each further step back, it restores whole snapshots of the project, and so writes
over whatever the user did meanwhile. Here files are put back one by one, and the messages are
removed when the next prompt is sent.
"""

from __future__ import annotations

from ..changes.rewind import Undone
from ..model.sessions import KEY, Session
from ..turns.history import UNDONE, undone_in
from .app import App


def undone_of(app: App, session: Session) -> Undone | None:
    """Return what is undone in a session now; what an earlier kernel undid comes without files."""
    known = app.undone.get(session.id)
    if "session-metadata" not in app.connect().capabilities:
        return known
    found = undone_in(session)
    if found is None or (known is not None and (known.first, known.last) == found):
        return known if found else None
    return Undone(*found)


def remember(app: App, session: Session, undone: Undone | None) -> Session:
    """Note what is undone in a session, None for nothing; return the session as it is then."""
    client = app.connect()
    if undone is None:
        app.undone.pop(session.id, None)
    else:
        app.undone[session.id] = undone
    if "session-metadata" not in client.capabilities:
        return session
    metadata = dict(session.metadata or {})
    known = metadata.get(KEY)
    ours = dict(known) if isinstance(known, dict) else {}
    ours[UNDONE] = [undone.first, undone.last] if undone else []
    return client.session.update(session, metadata={**metadata, KEY: ours})


def forget(app: App, session: Session) -> None:
    """Delete the messages that were undone: the next prompt goes on from before them."""
    undone = undone_of(app, session)
    if undone is None:
        return
    if not app.connect().dialect.take_back(session.id, undone.first, undone.last):
        app.person.say(
            "this session went on in another client after the /undo here, so the messages that "
            "were undone stay in it"
        )
    remember(app, session, None)
