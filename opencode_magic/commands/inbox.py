"""What waits in the session to be read by the agent, and what is asked beside it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Literal

from ..app.app import App
from ..errors import InputError
from ..model.inbox import InboxItem
from ..render.blocks import Item, Markdown
from ..render.shown import Shown
from ..render.table import Column, Table
from ..text.amounts import ago_words
from ..text.visible import one_line
from . import command
from .helpers import numbered
from .kinds import Verbatim

MS = 1000
_KINDS = {"user": "prompt", "synthetic": "note", "compaction": "summary"}
_WHEN = {"steer": "after the present step", "queue": "after the turn"}


@command(calls=("session.inbox", "session.drop", "session.deliver"))
def inbox(
    app: App, action: Literal["list", "drop", "steer", "queue"] = "list", number: str = ""
) -> Table[InboxItem]:
    """List what waits in the session to be read by the agent, or change it.

    `drop NUMBER` takes one out (`drop all` everything). `steer NUMBER` has it read after the
    agent's present step, at once where nothing runs; `queue NUMBER` after the turn.
    """
    client = app.connect()
    client.need("inbox")
    session = app.sessions.known()
    waiting = client.session.inbox(session)
    if action != "list":
        for item in _chosen(waiting, number, action):
            if action == "drop":
                client.session.drop(session, item.id)
            else:
                client.session.deliver(session, item.id, action)
        waiting = client.session.inbox(session)
    return _table(app, waiting)


def _chosen(waiting: Sequence[InboxItem], number: str, action: str) -> list[InboxItem]:
    if number == "all" and action == "drop":
        return list(waiting)
    found = [item for n, item in numbered(waiting) if number in (n, item.id)]
    if not found:
        what = f"there is no {number!r}" if number else f"/inbox {action} needs NUMBER"
        raise InputError(f"{what}; {len(waiting)} wait, from 0 on: `/inbox` lists them")
    return found


def _table(app: App, waiting: Sequence[InboxItem]) -> Table[InboxItem]:
    number = {item.id: n for n, item in numbered(waiting)}
    now_s = time.time()
    return Table(
        "what waits in the session",
        tuple(waiting),
        (
            Column("", lambda w: number[w.id], lambda w: int(number[w.id])),
            Column("what", lambda w: _KINDS.get(w.kind, w.kind)),
            Column("is read", lambda w: _WHEN.get(w.delivery, w.delivery)),
            Column("since", lambda w: ago_words(w.created / MS, now_s), lambda w: w.created),
            Column("text", lambda w: one_line(app.redact(w.text), chars=100)),
        ),
        "" if waiting else "nothing waits",
    )


@command(calls=("session.generate",))
def generate(app: App, prompt: Verbatim) -> Shown[str]:
    """Ask the session's model something on the side: it sees the conversation, nothing is stored.

    It has no tools. PROMPT is sent as it is written. What is said does not count as a turn.
    """
    client = app.connect()
    client.need("generate")
    said = client.session.generate(app.sessions.current(), prompt)
    text = app.redact(said)
    return Shown(text, (Item("answer", Markdown(text or "*The model said nothing.*")),))
