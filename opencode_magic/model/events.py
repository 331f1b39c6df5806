"""What happens on a server, one struct for each kind of event we use.

`decode` reads the envelope first and the payload by name: a name we do not know, or a known name in
a shape we do not know, is an `Unknown` value and never an error.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import msgspec

from ..text import jsontext
from ..text.characters import Joiner, sound_json
from .wire import (
    Error,
    FileDiff,
    MessageInfo,
    Part,
    PermissionRequest,
    QuestionRequest,
    Session,
    Status,
    Todo,
    Wire,
    decoder,
)

DISPOSED = "server.instance.disposed"


class Event:
    """Anything that came over the event stream, or that the stream says of itself."""

    __slots__ = ()


class Connected(Event, Wire, frozen=True):
    """The stream is open; what is sent from now on will be seen."""


class Heartbeat(Event, Wire, frozen=True):
    """The server is alive."""


class SessionCreated(Event, Wire, frozen=True):
    """A session began; a subagent's has a parent."""

    info: Session


class SessionUpdated(Event, Wire, frozen=True):
    """A session's title, totals or revert changed."""

    info: Session


class SessionDeleted(Event, Wire, frozen=True):
    """A session is gone."""

    info: Session


class SessionStatus(Event, Wire, frozen=True):
    """A session became busy, idle, or waits to retry."""

    session_id: str
    status: Status


class SessionIdle(Event, Wire, frozen=True):
    """A session stands still (the older twin of `SessionStatus` idle)."""

    session_id: str


class SessionError(Event, Wire, frozen=True):
    """Something failed in a session; not by itself the end of a turn."""

    session_id: str = ""
    error: Error = Error()


class SessionDiff(Event, Wire, frozen=True):
    """What a session changed; empty since 1.17 but after a revert."""

    session_id: str
    diff: list[FileDiff] = []


class SessionCompacted(Event, Wire, frozen=True):
    """A session was summarised to make room."""

    session_id: str


class MessageUpdated(Event, Wire, frozen=True):
    """A message, without its parts, is new or changed."""

    info: MessageInfo


class MessageRemoved(Event, Wire, frozen=True):
    """A message is gone."""

    session_id: str
    message_id: str


class PartUpdated(Event, Wire, frozen=True):
    """A part, whole, is new or changed; it replaces what deltas built."""

    part: Part


class PartDelta(Event, Wire, frozen=True):
    """More text for one field of a part."""

    session_id: str
    message_id: str
    part_id: str
    field: str = "text"
    delta: str = ""


class PartRemoved(Event, Wire, frozen=True):
    """A part is gone."""

    session_id: str
    message_id: str
    part_id: str


class TodoUpdated(Event, Wire, frozen=True):
    """A session's task list, whole."""

    session_id: str
    todos: list[Todo] = []


class PermissionAsked(Event, Wire, frozen=True):
    """The server asks whether a tool may act."""

    request: PermissionRequest


class PermissionReplied(Event, Wire, frozen=True):
    """A permission was answered, here or elsewhere."""

    session_id: str
    request_id: str
    reply: str = ""


class QuestionAsked(Event, Wire, frozen=True):
    """The agent asks the user."""

    request: QuestionRequest


class QuestionClosed(Event, Wire, frozen=True):
    """A question was answered or, where there are no answers, rejected, here or elsewhere."""

    session_id: str
    request_id: str
    answers: Any = None

    @property
    def reply(self) -> str:
        """The word for it."""
        return "reject" if self.answers is None else "answer"


class FileEdited(Event, Wire, frozen=True):
    """A file was written."""

    file: str


class InstanceDisposed(Event, Wire, frozen=True):
    """The project's state on the server was dropped; the stream ends after it."""

    directory: str = ""


class Gap(Event, Wire, frozen=True):
    """The stream was interrupted: events may be missing, ask the server for its record.

    Not from the server: the event connection says this of itself. `ended` is True where it gave up.
    """

    reason: str = ""
    ended: bool = False


class GlobalEvent(Event, Wire, frozen=True):
    """An event of some directory, from the stream of all of them."""

    directory: str
    event: Event
    project: str = ""


class Unknown(Event, Wire, frozen=True):
    """An event of a kind, or in a shape, we do not know."""

    type: str
    properties: Any = None


class _OldPermission(Wire, frozen=True):
    """A permission request as servers before 1.1 send it."""

    id: str
    session_id: str
    type: str = ""
    pattern: list[str] | str = []
    title: str = ""
    metadata: dict[str, Any] = {}
    message_id: str = ""
    call_id: str = ""


_PLAIN: dict[str, type[Event]] = {
    "server.connected": Connected,
    "server.heartbeat": Heartbeat,
    "session.created": SessionCreated,
    "session.updated": SessionUpdated,
    "session.deleted": SessionDeleted,
    "session.status": SessionStatus,
    "session.idle": SessionIdle,
    "session.error": SessionError,
    "session.diff": SessionDiff,
    "session.compacted": SessionCompacted,
    "message.updated": MessageUpdated,
    "message.removed": MessageRemoved,
    "message.part.updated": PartUpdated,
    "message.part.delta": PartDelta,
    "message.part.removed": PartRemoved,
    "todo.updated": TodoUpdated,
    "question.replied": QuestionClosed,
    "question.rejected": QuestionClosed,
    "permission.replied": PermissionReplied,
    "file.edited": FileEdited,
    DISPOSED: InstanceDisposed,
}


NAMES: dict[type[Event], str] = {
    **{kind: name for name, kind in reversed(_PLAIN.items())},
    PermissionAsked: "permission.asked",
    QuestionAsked: "question.asked",
    Gap: "gap",
    GlobalEvent: "global",
}
"""The server's name for each kind; of two, the first."""


class _Envelope(msgspec.Struct, frozen=True):
    type: str
    properties: msgspec.Raw = msgspec.Raw(b"{}")


class _GlobalEnvelope(msgspec.Struct, frozen=True):
    payload: msgspec.Raw
    directory: str = ""
    project: str = ""


class _OldReply(Wire, frozen=True):
    session_id: str
    permission_id: str
    response: str = ""


_envelope = msgspec.json.Decoder(_Envelope)
_global_envelope = msgspec.json.Decoder(_GlobalEnvelope)
_decoders = {name: decoder(kind) for name, kind in _PLAIN.items()}
_permission = decoder(PermissionRequest)
_old_permission = decoder(_OldPermission)
_old_reply = decoder(_OldReply)
_question = decoder(QuestionRequest)


def _permission_asked(raw: msgspec.Raw) -> Event:
    return PermissionAsked(_permission.decode(raw))


def _permission_updated(raw: msgspec.Raw) -> Event:
    old = _old_permission.decode(raw)
    patterns = [old.pattern] if isinstance(old.pattern, str) else old.pattern
    call = {"messageID": old.message_id, "callID": old.call_id}
    request = msgspec.convert(
        {
            "id": old.id,
            "sessionID": old.session_id,
            "permission": old.type,
            "patterns": patterns,
            "metadata": {"command": old.title, **old.metadata} if old.title else old.metadata,
            "tool": call,
        },
        PermissionRequest,
    )
    return PermissionAsked(request)


def _permission_replied(raw: msgspec.Raw) -> Event:
    try:
        return _decoders["permission.replied"].decode(raw)
    except msgspec.ValidationError:  # before 1.1 the same name had other fields
        old = _old_reply.decode(raw)
        return PermissionReplied(old.session_id, old.permission_id, old.response)


def _question_asked(raw: msgspec.Raw) -> Event:
    return QuestionAsked(_question.decode(raw))


_READERS = {
    **{name: prepared.decode for name, prepared in _decoders.items()},
    "permission.asked": _permission_asked,
    "permission.updated": _permission_updated,
    "permission.replied": _permission_replied,
    "question.asked": _question_asked,
}


def decode(data: str | bytes) -> Event:
    """One event, whatever it is.

    Never raises on what a server may send: text that is not an event is an `Unknown` of type "". Of
    a character that was torn in two a delta keeps the half it has: `joined` puts both together.
    """
    text = data if isinstance(data, str) else data.decode("utf-8", "replace")
    event = jsontext.decoded(_decoded, text)
    if "\\u" in text and isinstance(event, PartDelta) and sound_json(text) != text:
        given = json.loads(text.removeprefix("\ufeff"))["properties"]
        return msgspec.structs.replace(event, delta=given.get("delta", ""))
    return event


def _decoded(text: str) -> Event:
    try:
        envelope = _envelope.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        return Unknown(type="", properties=text)
    reader = _READERS.get(envelope.type)
    try:
        if reader is not None:
            return reader(envelope.properties)
    except msgspec.DecodeError:
        pass  # a known name in a new shape: kept raw below
    try:
        return Unknown(envelope.type, msgspec.json.decode(envelope.properties))
    except msgspec.DecodeError:  # a number that no float holds
        return Unknown(envelope.type, bytes(envelope.properties).decode("utf-8", "replace"))


def decode_global(data: str | bytes) -> Event:
    """One event of the stream of all directories; what belongs to none stands alone."""
    text = data if isinstance(data, str) else data.decode("utf-8", "replace")
    try:
        envelope = jsontext.decoded(_global_envelope.decode, text)
    except (msgspec.DecodeError, UnicodeError):
        return decode(data)
    payload = bytes(envelope.payload)
    if sound_json(text) != text:
        with suppress(RecursionError):  # with the halves, as `decode` wants them
            payload = json.dumps(json.loads(text.removeprefix("\ufeff"))["payload"]).encode()
    event = decode(payload)
    if not envelope.directory:
        return event
    return GlobalEvent(envelope.directory, event, envelope.project)


def joined(event: Event, joiner: Joiner) -> Event:
    """The event, its text joined with what the events before it have left of a character."""
    match event:
        case PartDelta(part_id=part, field=field, delta=delta):
            if joiner.idle and delta.isascii():  # as most are, and there are many
                return event
            text = joiner(f"{part} {field}", delta)
            return event if text == delta else msgspec.structs.replace(event, delta=text)
        case PartUpdated(part=Part(id=part)):
            joiner.forget(f"{part} text")
        case GlobalEvent(event=inner) if isinstance(inner, PartDelta | PartUpdated):
            return msgspec.structs.replace(event, event=joined(inner, joiner))
    return event
