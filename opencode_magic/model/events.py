"""What happens on a server, one struct for each kind of event we use.

`decode` reads the envelope first and the payload by name: a name we do not know, or a known name in
a shape we do not know, is an `Unknown` value and never an error.
"""

from __future__ import annotations

from typing import Any

from .asks import PermissionRequest, QuestionRequest
from .base import Wire
from .files import FileDiff
from .messages import Error, Failure, MessageInfo, Part
from .sessions import Session, Status, Todo

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
    error: Failure = Error()


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
