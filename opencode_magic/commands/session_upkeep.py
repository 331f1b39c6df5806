"""Sessions as a whole: find, name, share, keep and delete them."""

from __future__ import annotations

import time
from pathlib import Path

from ..app.app import App
from ..app.sessions import MOST_SESSIONS
from ..errors import BusyError, InputError
from ..model.sessions import Session
from ..render.export import FORMS, exported, file_name
from ..render.listing import Listing
from ..render.sessions import Activity, activity_table
from ..render.table import Table
from ..text.amounts import ago_words, count_words
from ..turns.history import past_turns, prompts_of
from . import command
from .confirming import ask_first
from .kinds import ProjectPath, SessionName
from .request import Request

LATEST = 20  # messages in which the last prompt is looked for


@command(calls=("session.update",))
def rename(app: App, title: str) -> Listing:
    """Give the session another title."""
    session = app.sessions.known()
    named = app.sessions.take(app.connect().session.update(session, title=title))
    return Listing("renamed", ((named.id, named.title),), ("id", "title"))


@command(calls=("session.delete",))
def delete(app: App, session: SessionName = "", *, yes: bool = False) -> Listing:
    """Delete a session with all its messages, for good: this notebook's, or the one named.

    Files stay as they are. It says what would go and asks first; --yes does not ask.
    """
    found = app.sessions.find(session) if session else app.sessions.known()
    client = app.connect()
    if found.id in client.dialect.running():
        raise BusyError("a turn of this session still runs; wait, or `/abort` it first")
    children = len(client.session.children(found))
    row = (found.title, f"used {ago_words(found.time.updated / 1000, time.time())}", found.id)
    subagents = f", with {count_words(children, 'session')} of its subagents" if children else ""
    note = f"All its messages go, for good{subagents}. Files stay as they are."
    preview = Listing("This session will be deleted:", (row,), note=note)
    ask_first(app, preview, "Delete this?", command="/delete", yes=yes)
    client.session.delete(found)
    app.sessions.leave(found)
    return Listing("deleted", (row,))


@command(calls=("session.statuses", "permission.list", "question.list"))
def status(app: App) -> Table[Activity]:
    """Show everything that runs in this project, and what waits for an answer."""
    client = app.connect()
    statuses = client.dialect.running()
    asks = client.pending()
    waiting = [ask.session_id for ask in asks or ()]
    known = {s.id: s for s in client.session.list(limit=MOST_SESSIONS)} if statuses else {}
    found = tuple(
        Activity(known.get(id, Session(id)), state, waiting.count(id))
        for id, state in statuses.items()
    )
    note = "" if asks is not None else "the server could not say what waits for an answer"
    return activity_table(found, note=note)


@command(calls=("session.share",))
def share(app: App, *, yes: bool = False) -> Listing:
    """Put the conversation on a public web page, which anybody with its address can read.

    It is uploaded, with all that was read and written in it, and grows with it until `/unshare`.
    It asks first; --yes does not ask. This notebook's own server never uploads anything.
    """
    app.connect().need("share")
    session = app.sessions.known()
    if app.link and app.link.managed:
        raise InputError(
            "sharing is switched off on this notebook's own server, so nothing was uploaded; "
            "`/connect` to a server of yours to share its sessions"
        )
    note = (
        "All of the conversation is uploaded to a public page: prompts, answers, the files that "
        "were read and what commands printed. What is said later follows. `/unshare` ends it."
    )
    preview = Listing("This session will be public:", ((session.title, session.id),), note=note)
    ask_first(app, preview, "Upload it?", command="/share", yes=yes)
    shared = app.sessions.take(app.connect().session.share(session))
    address = shared.share.url if shared.share else ""
    return Listing("public", ((address or "the server gave no address", session.title),))


@command(calls=("session.unshare",))
def unshare(app: App) -> Listing:
    """Take the public page of the session down."""
    app.connect().need("share")
    session = app.sessions.known()
    app.sessions.take(app.connect().session.unshare(session))
    title = "no longer public" if session.share else "was not public"
    return Listing(title, ((session.title, session.id),))


@command(calls=("session.init", "session.command"))
def init(app: App, hint: str = "") -> Request:
    """Let the agent look at the project and write its AGENTS.md; HINT says what matters.

    It is a turn like any other: it is shown while it runs, and asks before it changes files.
    """
    app.connect().need("init")
    return Request("command", hint, "init")


@command(calls=("session.summarize",))
def compact(app: App) -> Request:
    """Have the conversation summarised to make room, and go on with the summary.

    The model of the session does it, as a turn that can be watched and stopped.
    """
    session = app.sessions.known()
    if not prompts_of(app.connect().session.messages(session, limit=LATEST)):
        raise InputError("nothing was said in this session yet, so there is nothing to summarise")
    return Request("compact", "/compact")


@command(calls=("session.messages",))
def export(app: App, path: ProjectPath = "", *, json: bool = False, force: bool = False) -> Listing:
    """Write the session to a file: Markdown, HTML or JSON, by the ending of PATH.

    Without PATH it is named after the session. A file that exists is not overwritten without
    --force; the passwords of servers are taken out.
    """
    session = app.sessions.known()
    client = app.connect()
    ending = ".json" if json else ".md"
    target = app.place.directory / Path(path or file_name(session.title, ending)).expanduser()
    if json and target.suffix != ".json":
        raise InputError(f"--json writes a .json file, not {target.name}")
    if target.suffix not in FORMS:
        raise InputError(f"{target.name}: the ending is one of {', '.join(FORMS)}")
    turns = past_turns(client, session)
    if not turns:
        raise InputError("this session has no turns yet")
    raw = client.session.record(session) if target.suffix == ".json" else ()
    text = app.redact(exported(session, turns, raw, target.suffix))
    try:
        with target.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(f"{target} exists; --force overwrites it") from None
    except OSError as error:
        raise InputError(f"cannot write {target}: {error.strerror}") from None
    row = (str(target), count_words(len(turns), "turn"), f"{len(text.encode()):,} bytes")
    return Listing("exported", (row,))
