"""What was said and done in the session."""

from __future__ import annotations

import time
from itertools import chain, islice

from ..app.app import App
from ..errors import InputError
from ..model.messages import Message
from ..model.sessions import Todo
from ..model.transcript import patches_by_prompt
from ..render.changes import ChangeList
from ..render.sessions import messages_shown, todo_list
from ..render.shown import Shown
from ..text.amounts import count_words
from ..turns.history import authorship_of, by_turn, turn_index
from . import command

PAGE = 100  # messages read at once


@command(calls=("session.messages", "session.pages"))
def messages(app: App, number: int = 10) -> Shown[tuple[Message, ...]]:
    """Show the last NUMBER messages of the session, prompts and answers. No more is read."""
    session = app.sessions.known()
    if number < 1:
        raise InputError(f"/messages: number is 1 or more, not {number}")
    pages = app.connect().session.pages(session, size=min(number + 1, PAGE))
    newest = list(islice(chain.from_iterable(reversed(page) for page in pages), number + 1))
    found = newest[:number][::-1]
    earlier = f"Earlier messages are not shown: `/messages {2 * number}` shows more."
    note = earlier if len(newest) > number else ""
    if not found:
        note = "Nothing was said in this session yet."
    return messages_shown(session, found, now_s=time.time(), note=note)


@command(calls=("session.todos",))
def todo(app: App) -> Shown[tuple[Todo, ...]]:
    """Show the agent's task list in this session."""
    client = app.connect()
    client.need("todos")
    session = app.sessions.known()
    return todo_list(client.session.todos(session), session.title)


@command(calls=("session.diff",))
def diff(app: App, turn: int = -1) -> ChangeList:
    """Show what the last turn changed in files, or turn TURN (1 is the first, -1 the last).

    In a terminal a diff longer than the screen comes in $PAGER, or `less`.
    """
    session = app.sessions.known()
    client = app.connect()
    turns = by_turn(client.dialect.messages(session.id))
    if not turns:
        raise InputError("this session has no turns yet")
    place = turn_index(turn, len(turns)) + len(turns)
    mine = turns[place]
    authorship = authorship_of(client, session, mine, app.open_notebook)
    changed = authorship.of_turn(client.dialect.diff(session.id, patches_by_prompt(mine)))
    words = count_words(len(changed), "file") if changed else "no files"
    return ChangeList(f"Turn {place + 1} of {len(turns)} changed {words}.", changed, whole=True)
