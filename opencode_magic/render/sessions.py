"""Sessions, what runs in them and what was said there: as tables and as a transcript."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

import msgspec

from ..model.messages import Message
from ..model.sessions import Session, Status, Todo
from ..model.transcript import from_messages
from ..text.amounts import ago_words, cost_words
from ..text.visible import one_line
from .blocks import Cell, Header, Item, Notice, Plain, Span
from .describe import items
from .shown import Shown
from .table import Column, Table
from .tools.todo import of_tasks
from .user_message import sent, words_of
from .words import MARKS

MS = 1000
TITLE_CHARS = 80


@dataclass(frozen=True)
class Activity:
    """A session with its status, and how many answers it waits for."""

    session: Session
    status: Status
    asks: int = 0


def session_table(
    title: str,
    found: Iterable[Session],
    *,
    now_s: float,
    current: str = "",
    statuses: Mapping[str, Status] | None = None,
    note: str = "",
) -> Table[Session]:
    """Return a table of sessions: their state, when they were used, their model and cost.

    Parameters
    ----------
    title, note:
        what stands above and below it.
    found:
        the sessions.
    now_s:
        the time now, in seconds since the epoch.
    current:
        the id of the notebook's session.
    statuses:
        the status of those that run, by id.
    """
    running = statuses or {}

    def state(session: Session) -> Cell:
        spans = []
        if session.id == current:
            spans.append(Span("current", "good"))
        if (status := running.get(session.id)) is not None:
            spans.append(Span(f"{' ' if spans else ''}{_state_words(status)}", "warn"))
        return tuple(spans)

    columns: tuple[Column[Session], ...] = (
        Column("title", _titled, lambda s: s.title),
        Column("state", state),
        Column(
            "used",
            lambda s: (Span(ago_words(s.time.updated / MS, now_s), "quiet"),),
            lambda s: datetime.fromtimestamp(s.time.updated / MS, timezone.utc),
        ),
        Column("model", lambda s: one_line(str(s.model)) if s.model else ""),
        Column("cost", lambda s: cost_words(s.cost), lambda s: s.cost, number=True),
        Column("id", lambda s: (Span(s.id, "code"),), lambda s: s.id),
    )
    return Table(title, tuple(found), columns, note)


def activity_table(found: Iterable[Activity], *, note: str = "") -> Table[Activity]:
    """Return a table of the sessions that run, with their states as badges."""
    rows = tuple(found)

    def detail(one: Activity) -> Cell:
        waits = (Span(f"waits for {one.asks} of your answers", "warn"),) if one.asks else ()
        said = one.status.message
        return (*waits, *((Span(one_line(said), "quiet"),) if said else ()))

    def state(one: Activity) -> Cell:
        return (Span(_state_words(one.status), "bad" if one.status.type == "retry" else "warn"),)

    columns: tuple[Column[Activity], ...] = (
        Column("session", lambda a: _titled(a.session), lambda a: a.session.title),
        Column("state", state),
        Column("", detail),
        Column("id", lambda a: (Span(a.session.id, "code"),), lambda a: a.session.id),
    )
    return Table("running" if rows else "nothing is running", rows, columns, note)


def todo_list(todos: Sequence[Todo], title: str) -> Shown[tuple[Todo, ...]]:
    """Return the agent's task list, with what is done checked off."""
    listed = tuple(todos)
    if not listed:
        words = f"The agent has made no task list in {one_line(title, chars=TITLE_CHARS)}."
        return Shown(listed, (Item("none", Notice(words)),))
    return Shown(listed, (Item("todos", of_tasks(msgspec.to_builtins(listed))),))


def messages_shown(
    session: Session, messages: Sequence[Message], *, now_s: float, note: str = ""
) -> Shown[tuple[Message, ...]]:
    """Return messages as a transcript: who spoke and when, the words, the tools.

    `now_s` is the time now, in seconds since the epoch.
    """
    shown: list[Item] = [Item("note", Notice(note))] if note else []
    speaker = ""
    for message in messages:
        info = message.info
        when = ago_words(info.time.created / MS, now_s) if info.time.created else ""
        if info.role == "user":
            who, key = Header("You", "", when), info.id
        else:
            who, key = Header(info.model_name, info.agent, when), f"{info.parent_id}:answer"
        blocks = _said(session, message)
        if blocks and key != speaker:
            shown.append(Item(f"{info.id}:who", who))
            speaker = key
        shown += blocks
    return Shown(tuple(messages), tuple(shown))


def _said(session: Session, message: Message) -> list[Item]:
    if message.info.role != "user":
        return list(items(from_messages(session.id, {session.id: [message]})))
    words = words_of(message)
    said = [Item(message.info.id, Plain(words))] if words and not message.made_room else []
    return said + [Item(key, block) for key, block in sent(message, queued=False)]


def _titled(session: Session) -> Cell:
    title = one_line(session.title, chars=TITLE_CHARS) or "(untitled)"
    return f"↳ {title}" if session.parent_id else title


def _state_words(status: Status) -> str:
    if status.type == "retry":
        return f"{MARKS['failed']} trying again (attempt {status.attempt})"
    return f"{MARKS['running']} running"
