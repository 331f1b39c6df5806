"""The event stream of an OpenCode 1 server, decoded."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec

from ...model.asks import PermissionRequest, QuestionRequest
from ...model.base import Wire
from ...model.events import (
    Connected,
    Event,
    FileEdited,
    GlobalEvent,
    Heartbeat,
    InstanceDisposed,
    MessageRemoved,
    MessageUpdated,
    PartDelta,
    PartRemoved,
    PartUpdated,
    PermissionAsked,
    PermissionReplied,
    QuestionAsked,
    QuestionClosed,
    SessionCompacted,
    SessionCreated,
    SessionDeleted,
    SessionDiff,
    SessionError,
    SessionIdle,
    SessionStatus,
    SessionUpdated,
    TodoUpdated,
    Unknown,
)
from ...model.messages import Part
from ...text import jsontext
from ...text.characters import Joiner, sound_json
from ...text.visible import as_text
from .codec import decoder


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


DISPOSED = "server.instance.disposed"
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
    """Return one event, whatever it is.

    It never raises on what a server may send: text that is not an event is an `Unknown` of type "".
    Of a character that was torn in two a delta keeps its half: `joined` puts both together.
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
        told = msgspec.json.decode(envelope.properties)
        session = as_text(told.get("sessionID")) if isinstance(told, dict) else ""
        return Unknown(envelope.type, told, session)
    except msgspec.DecodeError:  # a number that no float holds
        return Unknown(envelope.type, bytes(envelope.properties).decode("utf-8", "replace"))


def decode_global(data: str | bytes) -> Event:
    """Return one event of the stream of all directories, bare where it belongs to none."""
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


class Reader:
    """Reads the events of one connection, and joins characters that were torn between two."""

    def __init__(self, decode: Callable[[str], Event]) -> None:
        self._decode = decode
        self._joiner = Joiner()

    def __call__(self, data: str) -> tuple[Event]:
        return (joined(self._decode(data), self._joiner),)


def joined(event: Event, joiner: Joiner) -> Event:
    """Return the event, its text joined with the half character that earlier events have left."""
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
