"""Builds the messages of sessions from their events, in the shape in which the server lists them.

What is watched and what is kept are then read by one set of rules (`listed`), and agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...model.events import Event, MessageUpdated, PartDelta, PartUpdated
from ...model.messages import MessageFolder
from ...text.visible import as_text
from . import listed
from .blocks import ITEMS, block_of
from .building import CHANGES, OWN_ID, SessionSoFar

Told = Mapping[str, Any]


class Assembly:
    """The messages of all sessions of one event stream."""

    def __init__(self) -> None:
        self._sessions: dict[str, SessionSoFar] = {}

    def knows(self, session_id: str) -> bool:
        """Return whether a session was seen with its folder."""
        known = self._sessions.get(session_id)
        return known is not None and bool(known.place.cwd)

    def directory(self, session_id: str) -> str:
        """Return the folder of a session, "" where it was not told."""
        known = self._sessions.get(session_id)
        return known.place.cwd if known else ""

    def place(self, session_id: str, place: MessageFolder) -> None:
        """Take in where a session works."""
        self._session(session_id).place = place

    def forget(self, session_id: str) -> None:
        """Drop a session that is gone."""
        self._sessions.pop(session_id, None)

    def take(
        self, name: str, data: Told, created: float, sequence: int, own_id: str
    ) -> Iterator[Event]:
        """Take in an event that changes a message, and yield what is new in the model's words.

        Parameters
        ----------
        name:
            the event, without `session.`.
        data, created:
            what it tells, and when it was sent, in milliseconds.
        sequence:
            its number in the session.
        own_id:
            the id of a message that the event itself makes.
        """
        data = {OWN_ID: own_id, **data}
        session_id = as_text(data.get("sessionID"))
        session = self._session(session_id)
        if change := CHANGES.get(name):
            if id := change(session, data, created):
                yield from self._news(session_id, session, id)
        elif name in ITEMS:
            yield from self._in_message(session_id, session, name, data, created, sequence)

    def close(self, session_id: str, outcome: str) -> Iterator[Event]:
        """Take in that the work of a session ended, and yield what that closes."""
        session = self._session(session_id)
        last = session.told.get(session.last)
        if last is not None:
            closed = listed.closed(last, outcome)
            if closed is not last:
                yield MessageUpdated(closed.info)
        session.open.clear()
        session.told.clear()

    def _session(self, session_id: str) -> SessionSoFar:
        return self._sessions.setdefault(session_id, SessionSoFar())

    def _news(self, session_id: str, session: SessionSoFar, id: str) -> Iterator[Event]:
        """Yield what a message has that was not told yet."""
        message = session.open[id]
        read = listed.message(message, session_id, session.place, session.prompt)
        for now in read:
            before = session.told.get(now.info.id)
            if before is None or before.info != now.info:
                yield MessageUpdated(now.info)
            known = {part.id: part for part in before.parts} if before else {}
            for part in now.parts:
                if known.get(part.id) != part:
                    yield PartUpdated(part)
            session.told[now.info.id] = now
            session.last = now.info.id
            if now.info.role == "user":
                session.prompt = now.info.id

    def _in_message(
        self,
        session_id: str,
        session: SessionSoFar,
        name: str,
        data: Told,
        created: float,
        sequence: int,
    ) -> Iterator[Event]:
        id = as_text(data.get("assistantMessageID"))
        message = session.open.get(id)
        kind, _, change = name.partition(".")
        if kind in ("text", "reasoning") and change == "delta":
            ordinal = data.get("ordinal")
            block = listed.block_id(id, kind, ordinal if isinstance(ordinal, int) else 0)
            delta = as_text(data.get("delta"))
            if message is not None:
                item = block_of(message, kind, data, created)
                item["text"] += delta
            yield PartDelta(session_id, id, block, "text", delta)
            return
        met = message is not None
        if message is None:  # begun before the stream was
            message = {"id": id, "type": "assistant", "time": {}, "content": []}
        ITEMS[name](message, data, created)
        if met:
            yield from self._news(session_id, session, id)
            return
        # Of what stands before in the message nothing is known, but that this comes after it.
        for now in listed.message(message, session_id, session.place, session.prompt):
            for part in now.parts:
                yield PartUpdated(listed.later(part, sequence))
