"""A turn as the server has it: its messages, and its subagents'."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..errors import NotFoundError
from ..model.messages import Message
from ..model.transcript import Transcript, with_record
from ..protocol.dialect import Dialect
from .course import Course


def read_again(dialect: Dialect, known: Iterable[Message]) -> Sequence[Message]:
    """Return these messages as the server has them now, each read by itself.

    For a session whose messages the server cannot list; it cannot tell the prompt either.
    """
    return [m if m.info.role == "user" else _again(dialect, m) for m in known]


def whole_record(
    dialect: Dialect, course: Course, reply: Message | None, *, listed: bool, running: bool
) -> Transcript:
    """Return the transcript of a turn with its messages as the server has them, subagents' too.

    Parameters
    ----------
    dialect, course:
        the server, and what was seen of the turn.
    reply:
        the message with which the request was answered, which may come before its event.
    listed:
        whether the messages of the session can be listed.
    running:
        whether the turn may still change them.
    """
    if listed:
        messages = dialect.messages(course.transcript.session_id, course.after)
    else:
        messages = read_again(dialect, _known(course, reply))
    return with_subagents(dialect, course.transcript, messages, running=running)


def _known(course: Course, reply: Message | None) -> list[Message]:
    """Return the messages of the turn that were seen."""
    known = [m for m in course.transcript.messages() if m.info.order > course.after]
    if reply is not None and reply.info.id not in {m.info.id for m in known}:
        known.append(reply)
    return known


def with_subagents(
    dialect: Dialect, transcript: Transcript, messages: Sequence[Message], *, running: bool
) -> Transcript:
    """Return the transcript with these messages of its session, and all of its subagents'."""
    record = {transcript.session_id: messages}
    transcript = with_record(transcript, record, running=running)
    while unread := [child for child in transcript.parents if child not in record]:
        for child in unread:
            try:
                record[child] = dialect.messages(child)
            except NotFoundError:  # deleted meanwhile: what was seen of it stays
                record[child] = transcript.messages(child)
        transcript = with_record(transcript, record, running=running)
    return transcript


def _again(dialect: Dialect, message: Message) -> Message:
    try:
        return dialect.message(message.info.session_id, message.info.id)
    except NotFoundError:  # deleted meanwhile
        return message
