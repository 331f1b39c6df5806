"""What happens on a server, one struct for each kind of event we use.

A name we do not know, or a known name in a shape we do not know, is an `Unknown` value and never an
error.
"""

from __future__ import annotations

from typing import Any, ClassVar

from .asks import PermissionRequest, QuestionRequest
from .base import Wire
from .files import FileDiff
from .messages import Error, Failure, MessageInfo, Part
from .sessions import Session, Status, Todo


class Event:
    """Anything that came over the event stream, or that the connection says of itself."""

    __slots__ = ()

    called: ClassVar[str] = ""
    """The name under which a user knows such an event."""


class Connected(Event, Wire, frozen=True):
    """The stream is open; everything from now on will be seen."""

    called: ClassVar[str] = "server.connected"


class Heartbeat(Event, Wire, frozen=True):
    """The server is alive."""

    called: ClassVar[str] = "server.heartbeat"


class SessionCreated(Event, Wire, frozen=True):
    """A session began; that of a subagent has a parent."""

    called: ClassVar[str] = "session.created"
    info: Session


class SessionUpdated(Event, Wire, frozen=True):
    """A session's title, totals or revert changed."""

    called: ClassVar[str] = "session.updated"
    info: Session


class SessionDeleted(Event, Wire, frozen=True):
    """A session is gone."""

    called: ClassVar[str] = "session.deleted"
    info: Session


class SessionStatus(Event, Wire, frozen=True):
    """A session became busy, idle, or waits to retry."""

    called: ClassVar[str] = "session.status"
    session_id: str
    status: Status


class SessionIdle(Event, Wire, frozen=True):
    """A session is idle (the older twin of `SessionStatus`)."""

    called: ClassVar[str] = "session.idle"
    session_id: str


class SessionError(Event, Wire, frozen=True):
    """Something failed in a session; not by itself the end of a turn."""

    called: ClassVar[str] = "session.error"
    session_id: str = ""
    error: Failure = Error()


class TurnEnded(Event, Wire, frozen=True):
    """The work of a session has ended: it `succeeded`, `failed` or was `interrupted`."""

    called: ClassVar[str] = "session.execution"
    session_id: str
    outcome: str = ""
    error: Error | None = None


class SessionDiff(Event, Wire, frozen=True):
    """The changes of a session; since 1.17 empty, except after a revert."""

    called: ClassVar[str] = "session.diff"
    session_id: str
    diff: list[FileDiff] = []


class SessionCompacted(Event, Wire, frozen=True):
    """A session was summarised to make room."""

    called: ClassVar[str] = "session.compacted"
    session_id: str


class MessageUpdated(Event, Wire, frozen=True):
    """A message, without its parts, is new or changed."""

    called: ClassVar[str] = "message.updated"
    info: MessageInfo


class MessageRemoved(Event, Wire, frozen=True):
    """A message is gone."""

    called: ClassVar[str] = "message.removed"
    session_id: str
    message_id: str


class PartUpdated(Event, Wire, frozen=True):
    """A whole part is new or changed; it replaces what deltas built."""

    called: ClassVar[str] = "message.part.updated"
    part: Part


class PartDelta(Event, Wire, frozen=True):
    """More text for one field of a part."""

    called: ClassVar[str] = "message.part.delta"
    session_id: str
    message_id: str
    part_id: str
    field: str = "text"
    delta: str = ""


class PartRemoved(Event, Wire, frozen=True):
    """A part is gone."""

    called: ClassVar[str] = "message.part.removed"
    session_id: str
    message_id: str
    part_id: str


class TodoUpdated(Event, Wire, frozen=True):
    """The whole task list of a session."""

    called: ClassVar[str] = "todo.updated"
    session_id: str
    todos: list[Todo] = []


class PermissionAsked(Event, Wire, frozen=True):
    """The server asks whether a tool may act."""

    called: ClassVar[str] = "permission.asked"
    request: PermissionRequest


class PermissionReplied(Event, Wire, frozen=True):
    """A permission was answered, here or elsewhere."""

    called: ClassVar[str] = "permission.replied"
    session_id: str
    request_id: str
    reply: str = ""


class QuestionAsked(Event, Wire, frozen=True):
    """The agent asks the user."""

    called: ClassVar[str] = "question.asked"
    request: QuestionRequest


class QuestionClosed(Event, Wire, frozen=True):
    """A question was answered, or rejected if there are no answers, here or elsewhere."""

    called: ClassVar[str] = "question.replied"
    session_id: str
    request_id: str
    answers: Any = None

    @property
    def reply(self) -> str:
        """What was replied: `reject` or `answer`."""
        return "reject" if self.answers is None else "answer"


class FileEdited(Event, Wire, frozen=True):
    """A file was written."""

    called: ClassVar[str] = "file.edited"
    file: str


class InstanceDisposed(Event, Wire, frozen=True):
    """The server dropped the state of the project; the stream ends after this."""

    called: ClassVar[str] = "server.instance.disposed"
    directory: str = ""


class Gap(Event, Wire, frozen=True):
    """The stream was interrupted: events may be missing, read the server's record.

    The event connection sends this itself. `ended` is True where it gave up.
    """

    called: ClassVar[str] = "gap"
    reason: str = ""
    ended: bool = False


class GlobalEvent(Event, Wire, frozen=True):
    """An event of some directory, from the stream of all of them."""

    called: ClassVar[str] = "global"
    directory: str
    event: Event
    project: str = ""


class Unknown(Event, Wire, frozen=True):
    """An event of a kind, or in a shape, we do not know."""

    type: str
    properties: Any = None
    session: str = ""
    """The session it names."""
