"""A turn as the server has it, when all has been said: its messages, and its subagents'."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..client import Client
from ..errors import NotFoundError
from ..model.messages import Message
from ..model.transcript import Transcript, with_record

FIRST_PAGE = 20  # messages read when a turn settles; doubled until the turn's start is among them


def messages_after(client: Client, session_id: str, before: str) -> Sequence[Message]:
    """The messages of a session after that one."""
    limit = FIRST_PAGE
    while True:
        found = client.session.messages(session_id, limit=limit)
        complete = len(found) < limit or any(m.info.id <= before for m in found)
        if complete:
            return [m for m in found if m.info.id > before]
        limit *= 2


def read_again(client: Client, known: Iterable[Message]) -> Sequence[Message]:
    """These messages as the server has them now, each by itself.

    For a session in which an answer of a form was asked for: the server cannot list its messages
    any more, nor tell the prompt.
    """
    return [m if m.info.role == "user" else _again(client, m) for m in known]


def with_subagents(
    client: Client, transcript: Transcript, messages: Sequence[Message], *, running: bool
) -> Transcript:
    """The transcript with these messages of its session, and with all of its subagents'."""
    record = {transcript.session_id: messages}
    transcript = with_record(transcript, record, running=running)
    while unread := [child for child in transcript.parents if child not in record]:
        for child in unread:
            try:
                record[child] = client.session.messages(child)
            except NotFoundError:  # deleted meanwhile: what was seen of it stays
                record[child] = transcript.messages(child)
        transcript = with_record(transcript, record, running=running)
    return transcript


def _again(client: Client, message: Message) -> Message:
    try:
        return client.session.message(message.info.session_id, message.info.id)
    except NotFoundError:  # deleted meanwhile
        return message
