"""The event stream of an OpenCode 2 server, decoded.

It carries the events of all folders and sessions. A reader remembers what the earlier events have
left open: names, arguments and prompts come once, and later events only refer to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from ...model.events import (
    Connected,
    Event,
    FileEdited,
    GlobalEvent,
    MessageRemoved,
    PermissionAsked,
    PermissionReplied,
    QuestionAsked,
    QuestionClosed,
    SessionCreated,
    SessionDeleted,
    SessionStatus,
    SessionUpdated,
    TurnEnded,
    Unknown,
)
from ...model.messages import MessageFolder
from ...model.sessions import Session, Status
from ...model.tools import dig
from ...text import jsontext
from ...text.visible import as_text
from . import asks, listed
from .assembly import Assembly

Told = Mapping[str, Any]

SESSION, SERVER = "session.", "server."
_QUIET = ("instructions.updated", "usage.updated", "tool.input.delta")
"""Events of a session that nobody needs to see."""
_OUTCOMES = {
    "execution.succeeded": "succeeded",
    "execution.failed": "failed",
    "execution.interrupted": "interrupted",
}


class EventReader:
    """Reads the events of one connection.

    Parameters
    ----------
    directory:
        the folder whose events are wanted; None for all.
    root:
        the root of its repository, to which changed files are relative; "" for the folder itself.
    named:
        whether each comes as a `GlobalEvent`, which names its folder.
    """

    def __init__(self, directory: str | None, root: str = "", *, named: bool = False) -> None:
        self._wanted = directory
        self._root = root
        self._named = named
        self._assembly = Assembly()
        self._foreign: set[str] = set()
        """The sessions of other folders."""

    def __call__(self, data: str) -> tuple[Event, ...]:
        """Return what one frame tells; text that is no event is an `Unknown` of type ""."""
        try:
            told = jsontext.decoded(_envelope.decode, data)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return (Unknown(type="", properties=data),)
        directory = as_text(dig(told.location, "directory"))
        session_id = _session_of(told)
        if not self._is_wanted(told.type, directory, session_id):
            return ()
        if session_id and directory:
            root = self._root if directory == self._wanted else ""
            self._assembly.place(session_id, MessageFolder(directory, root or directory))
        events = tuple(self._read(told, session_id))
        if not self._named:
            return events
        where = directory or self._assembly.directory(session_id)
        return tuple(GlobalEvent(where, event) for event in events) if where else events

    def _is_wanted(self, kind: str, directory: str, session_id: str) -> bool:
        """Return whether an event is of the folder; some tell none, but only their session."""
        if self._wanted is None:
            return True
        if directory:
            foreign = directory != self._wanted
            if foreign and session_id:
                self._foreign.add(session_id)
            return not foreign
        if not session_id:  # of the server itself, or of a project that may be any
            return kind.startswith(SERVER)
        return session_id not in self._foreign

    def _read(self, told: _Envelope, session_id: str) -> Iterator[Event]:
        if told.type == "server.connected":
            yield Connected()
            return
        reader = _READERS.get(told.type)
        if reader is not None:
            yield from reader(told.data, session_id)
            return
        if not told.type.startswith(SESSION):
            yield Unknown(told.type, dict(told.data), session_id)
            return
        name = told.type.removeprefix(SESSION)
        if name in _OUTCOMES:
            yield from self._ended(told, session_id, _OUTCOMES[name])
        elif name == "deleted":
            self._assembly.forget(session_id)
            yield SessionDeleted(Session(session_id))
        else:
            yield from self._of_session(name, told, session_id)

    def _of_session(self, name: str, told: _Envelope, session_id: str) -> Iterator[Event]:
        if status := _status(name, told):
            yield SessionStatus(session_id, status)
        sequence = dig(told.durable, "seq")
        number = sequence if isinstance(sequence, int) else 0
        own_id = f"msg_{told.id.partition('_')[2]}"
        read = tuple(self._assembly.take(name, told.data, told.created, number, own_id))
        yield from read
        if name not in _QUIET and not read and not status:
            yield Unknown(told.type, dict(told.data), session_id)

    def _ended(self, told: _Envelope, session_id: str, outcome: str) -> Iterator[Event]:
        yield from self._assembly.close(session_id, outcome)
        error = told.data.get("error")
        # Of a session whose folder is not known the words may be none of ours.
        known = self._wanted is None or self._assembly.knows(session_id)
        yield TurnEnded(session_id, outcome, listed.failure(error) if error and known else None)


class _Envelope(msgspec.Struct, frozen=True):
    type: str
    id: str = ""
    created: float = 0
    data: dict[str, Any] = {}
    location: Any = None
    durable: Any = None


_envelope = msgspec.json.Decoder(_Envelope)


def _session_of(told: _Envelope) -> str:
    id = told.data.get("sessionID") or dig(told.data, "form", "sessionID")
    return as_text(id or dig(told.data, "info", "metadata", "sessionID"))


def _status(name: str, told: _Envelope) -> Status | None:
    """Return what a session does from now on, where an event tells it."""
    if name in ("execution.started", "step.started"):
        return Status("busy")
    if name != "retry.scheduled":
        return None
    data = told.data
    attempt, at = data.get("attempt"), data.get("at")
    return Status(
        "retry",
        attempt - 1 if isinstance(attempt, int) else 0,  # theirs is the number of the coming try
        as_text(dig(data, "error", "message")),
        at if isinstance(at, int | float) else 0,
    )


def _created(data: Told, session_id: str) -> Iterator[Event]:
    yield SessionCreated(
        Session(
            session_id,
            as_text(data.get("title")),
            as_text(dig(data, "location", "directory")),
            as_text(data.get("parentID")),
            as_text(data.get("agent")) or None,
            listed.model_ref(data.get("model")),
        )
    )


def _renamed(data: Told, session_id: str) -> Iterator[Event]:
    yield SessionUpdated(Session(session_id, as_text(data.get("title"))))


def _committed(data: Told, session_id: str) -> Iterator[Event]:
    yield MessageRemoved(session_id, as_text(data.get("to")))


def _permission_asked(data: Told, session_id: str) -> Iterator[Event]:
    yield PermissionAsked(asks.permission(data))


def _permission_replied(data: Told, session_id: str) -> Iterator[Event]:
    id, reply = as_text(data.get("requestID")), as_text(data.get("reply"))
    yield PermissionReplied(session_id, id, reply)


def _form_created(data: Told, session_id: str) -> Iterator[Event]:
    form = data.get("form")
    if isinstance(form, Mapping):
        yield QuestionAsked(asks.question(form))


def _form_replied(data: Told, session_id: str) -> Iterator[Event]:
    yield QuestionClosed(session_id, as_text(data.get("id")), data.get("answer"))


def _form_cancelled(data: Told, session_id: str) -> Iterator[Event]:
    yield QuestionClosed(session_id, as_text(data.get("id")))


def _edited(data: Told, session_id: str) -> Iterator[Event]:
    yield FileEdited(as_text(data.get("file")))


_READERS: dict[str, Callable[[Told, str], Iterator[Event]]] = {
    "session.created": _created,
    "session.renamed": _renamed,
    "session.revert.committed": _committed,
    "permission.asked": _permission_asked,
    "permission.replied": _permission_replied,
    "form.created": _form_created,
    "form.replied": _form_replied,
    "form.cancelled": _form_cancelled,
    "file.edited": _edited,
}
