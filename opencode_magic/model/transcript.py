"""What happened in a session and its subagents, and the pure rule by which an event changes it.

The stream is for watching, the message list is for keeping: a part that comes whole replaces what
deltas built, and `with_record` replaces everything by the server's own record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

import msgspec

from .asks import PermissionRequest, QuestionRequest
from .events import (
    Event,
    MessageRemoved,
    MessageUpdated,
    PartDelta,
    PartRemoved,
    PartUpdated,
    PermissionAsked,
    PermissionReplied,
    QuestionAsked,
    QuestionClosed,
    SessionCreated,
    SessionError,
    SessionIdle,
    SessionStatus,
    TodoUpdated,
    TurnEnded,
)
from .messages import (
    Failure,
    Message,
    MessageInfo,
    Part,
    PatchPart,
    ReasoningPart,
    TextPart,
    ToolPart,
)
from .sessions import Status, Todo

Ask = PermissionRequest | QuestionRequest
"""A request that waits for an answer."""


@dataclass(frozen=True)
class Transcript:
    """A session with its subagents' sessions. `reduce` returns the next one; this stays."""

    session_id: str
    parents: Mapping[str, str] = field(default_factory=dict)
    """Subagent session id -> id of the session that started it."""
    by_id: Mapping[str, Message] = field(default_factory=dict)
    statuses: Mapping[str, Status] = field(default_factory=dict)
    asks: Mapping[str, Ask] = field(default_factory=dict)
    """The requests that wait for an answer, in the order they were asked."""
    todos: Mapping[str, tuple[Todo, ...]] = field(default_factory=dict)
    errors: tuple[Failure, ...] = ()
    """The failures the session itself reported."""

    def __contains__(self, session_id: object) -> bool:
        return session_id == self.session_id or session_id in self.parents

    @property
    def status(self) -> Status:
        """What the session itself does now."""
        return self.statuses.get(self.session_id, Status())

    def messages(self, session_id: str = "") -> tuple[Message, ...]:
        """Return the messages of a session (of the main one by default), oldest first."""
        wanted = session_id or self.session_id
        found = [m for m in self.by_id.values() if m.info.session_id == wanted]
        return tuple(sorted(found, key=lambda m: m.info.order))

    @property
    def answers(self) -> tuple[Message, ...]:
        """The agent's messages in the main session, oldest first."""
        return tuple(m for m in self.messages() if m.info.role == "assistant")

    @property
    def tools(self) -> list[ToolPart]:
        """The agent's tool calls in the main session, oldest first."""
        return [p for m in self.answers for p in m.parts if isinstance(p, ToolPart)]

    @property
    def last_answer(self) -> MessageInfo | None:
        """The agent's last message in the main session, without its parts."""
        return next((m.info for m in reversed(self.answers)), None)

    @property
    def left_open(self) -> bool:
        """True where the last answer is unfinished: it is still written, or the server ended."""
        last = self.last_answer
        return last is not None and not (last.time.completed or last.finish or last.error)

    def part(self, message_id: str, part_id: str) -> Part | None:
        """Return a part, None if it has not been seen."""
        message = self.by_id.get(message_id)
        if message is None:
            return None
        return next((p for p in message.parts if p.id == part_id), None)

    def since(self, mark: str) -> Transcript:
        """Return the transcript from the message with this `order` on; subagents' stay whole."""
        return self._where(lambda order: order >= mark)

    def after(self, mark: str) -> Transcript:
        """Return the transcript behind the message with this `order`; subagents' stay whole."""
        return self._where(lambda order: order > mark)

    def _where(self, wanted: Callable[[str], bool]) -> Transcript:
        kept = {
            id: m
            for id, m in self.by_id.items()
            if m.info.session_id != self.session_id or wanted(m.info.order)
        }
        return replace(self, by_id=kept)


def reduce(transcript: Transcript, event: Event) -> Transcript:
    """Return the transcript after `event`; the same one for an event of other sessions."""
    match event:
        case PartDelta(session_id=session) if session in transcript:
            return _with_delta(transcript, event)
        case PartUpdated(part=part) if part.session_id in transcript:
            known = transcript.part(part.message_id, part.id)
            late = known is not None and _has_ended(known) and not _has_ended(part)
            return transcript if late else _with_part(transcript, part)
        case MessageUpdated(info=info) if info.session_id in transcript:
            old = transcript.by_id.get(info.id)
            if old and old.info.time.completed and not info.time.completed:
                return transcript  # late: the record was read since
            return _with_message(transcript, Message(info, old.parts if old else ()))
        case MessageRemoved(session_id=session, message_id=gone) if session in transcript:
            kept = {id: m for id, m in transcript.by_id.items() if id != gone}
            return replace(transcript, by_id=kept)
        case PartRemoved(session_id=session, message_id=message_id) if session in transcript:
            return _without_part(transcript, message_id, event.part_id)
        case SessionCreated(info=info) if info.parent_id in transcript:
            return replace(transcript, parents={**transcript.parents, info.id: info.parent_id})
        case SessionStatus(session_id=session, status=status) if session in transcript:
            return replace(transcript, statuses={**transcript.statuses, session: status})
        case SessionIdle(session_id=session) if session in transcript:
            return replace(transcript, statuses={**transcript.statuses, session: Status("idle")})
        case SessionError(session_id=session, error=error) if session == transcript.session_id:
            return _with_error(transcript, error)
        case TurnEnded(session_id=session, error=error) if session in transcript:
            idle = {**transcript.statuses, session: Status("idle")}
            ended = replace(transcript, statuses=idle)
            failed = error is not None and session == transcript.session_id
            return _with_error(ended, error) if failed and error else ended
        case TodoUpdated(session_id=session, todos=todos) if session in transcript:
            return replace(transcript, todos={**transcript.todos, session: tuple(todos)})
        case PermissionAsked(request=ask) | QuestionAsked(request=ask):
            if ask.session_id not in transcript:
                return transcript
            return replace(transcript, asks={**transcript.asks, ask.id: ask})
        case PermissionReplied(request_id=answered) | QuestionClosed(request_id=answered):
            if answered not in transcript.asks:
                return transcript
            left = {id: ask for id, ask in transcript.asks.items() if id != answered}
            return replace(transcript, asks=left)
        case _:
            return transcript


def _with_error(transcript: Transcript, error: Failure) -> Transcript:
    if error in transcript.errors:
        return transcript
    return replace(transcript, errors=(*transcript.errors, error))


def _with_message(transcript: Transcript, message: Message) -> Transcript:
    return replace(transcript, by_id={**transcript.by_id, message.info.id: message})


def _message_of(transcript: Transcript, session_id: str, message_id: str) -> Message:
    """Return the message, or a bare one: after a gap its parts may be seen before it is."""
    known = transcript.by_id.get(message_id)
    return known or Message(MessageInfo(message_id, session_id, role="assistant"))


def _with_part(transcript: Transcript, part: Part) -> Transcript:
    part = _told_whole(part, transcript)
    transcript = _with_child(transcript, part)
    message = _message_of(transcript, part.session_id, part.message_id)
    if any(p.id == part.id for p in message.parts):
        parts = tuple(part if p.id == part.id else p for p in message.parts)
    else:
        parts = tuple(sorted((*message.parts, part), key=lambda p: p.order))
    return _with_message(transcript, Message(message.info, parts))


def _told_whole(part: Part, transcript: Transcript) -> Part:
    """Return a call whose beginning was missed with what is known of it: its tool and arguments."""
    known = transcript.part(part.message_id, part.id)
    if not isinstance(part, ToolPart) or part.tool or not isinstance(known, ToolPart):
        return part
    state = msgspec.structs.replace(part.state, input=part.state.input or known.state.input)
    child = part.child or known.child
    order = known.sequence
    return msgspec.structs.replace(part, tool=known.tool, state=state, child=child, sequence=order)


def _with_child(transcript: Transcript, part: Part) -> Transcript:
    """Add the session of a resumed subagent: no event creates it, only its task call names it."""
    child = part.child if isinstance(part, ToolPart) else ""
    if not child or child in transcript:
        return transcript
    return replace(transcript, parents={**transcript.parents, child: part.session_id})


def _with_delta(transcript: Transcript, event: PartDelta) -> Transcript:
    if event.field != "text":
        return transcript
    part = transcript.part(event.message_id, event.part_id)
    if part is None:  # its start was missed in a gap
        part = TextPart(event.part_id, event.message_id, event.session_id)
    if not isinstance(part, TextPart | ReasoningPart) or _has_ended(part):
        return transcript
    longer = msgspec.structs.replace(part, text=part.text + event.delta)
    return _with_part(transcript, longer)


def _has_ended(part: Part) -> bool:
    """Return True for a finished part: whatever still arrives about it is late, and older."""
    if isinstance(part, ToolPart):
        return part.state.status in ("completed", "error")
    return isinstance(part, TextPart | ReasoningPart) and bool(part.time.end)


def _without_part(transcript: Transcript, message_id: str, part_id: str) -> Transcript:
    message = transcript.by_id.get(message_id)
    if message is None:
        return transcript
    parts = tuple(p for p in message.parts if p.id != part_id)
    return _with_message(transcript, Message(message.info, parts))


def coalesce(events: Iterable[Event]) -> Iterator[Event]:
    """Yield the events, neighbouring deltas of a part joined: its text is copied only once."""

    def target(event: Event) -> object:
        return (event.part_id, event.field) if isinstance(event, PartDelta) else object()

    for _, group in groupby(events, target):
        first, *more = group
        if more and isinstance(first, PartDelta):
            pieces = (e.delta for e in (first, *more) if isinstance(e, PartDelta))
            first = msgspec.structs.replace(first, delta="".join(pieces))
        yield first


def from_messages(
    session_id: str,
    messages: Mapping[str, Iterable[Message]],
    parents: Mapping[str, str] | None = None,
) -> Transcript:
    """Return the transcript of the server's own record: message lists by session id."""
    by_id = {m.info.id: m for listed in messages.values() for m in listed}
    return Transcript(session_id, parents=dict(parents or {}), by_id=by_id)


def with_record(
    transcript: Transcript, messages: Mapping[str, Iterable[Message]], *, running: bool
) -> Transcript:
    """Return the transcript with the given sessions' messages replaced by the server's record.

    While a turn is `running` the record shows text that is being streamed as "": what was seen of
    it already is kept until the part comes whole.
    """
    kept = {id: m for id, m in transcript.by_id.items() if m.info.session_id not in messages}
    for listed in messages.values():
        for message in listed:
            old = transcript.by_id.get(message.info.id)
            kept[message.info.id] = _keep_longer(message, old) if running and old else message
    transcript = replace(transcript, by_id=kept)
    for part in [p for m in kept.values() for p in m.parts]:
        transcript = _with_child(transcript, part)
    return transcript


def _keep_longer(new: Message, old: Message) -> Message:
    seen = {p.id: p for p in old.parts if isinstance(p, TextPart | ReasoningPart)}

    def chosen(part: Part) -> Part:
        before = seen.get(part.id)
        if not isinstance(part, TextPart | ReasoningPart) or before is None or part.time.end:
            return part
        return before if len(before.text) > len(part.text) else part

    return Message(new.info, tuple(chosen(p) for p in new.parts))


def asked_call(ask: Ask, transcript: Transcript) -> tuple[Message, int] | None:
    """Return the tool call a request belongs to, as its message and the index of its part.

    None where it was not seen yet: a request may come before the call.
    """
    message = transcript.by_id.get(ask.tool.message_id) if ask.tool else None
    if ask.tool is None or message is None:
        return None
    for number, part in enumerate(message.parts):
        if isinstance(part, ToolPart) and part.call_id == ask.tool.call_id:
            return message, number
    return None


def asked_input(ask: Ask, transcript: Transcript) -> Mapping[str, Any] | None:
    """Return the arguments of the call a request belongs to; None where it was not seen yet."""
    found = asked_call(ask, transcript)
    part = found[0].parts[found[1]] if found else None
    return part.state.input if isinstance(part, ToolPart) else None


def is_untold(ask: Ask, transcript: Transcript) -> bool:
    """Return whether a request is about shell text that is not known yet."""
    asked = asked_whole(ask, transcript)
    return isinstance(asked, PermissionRequest) and asked.kind == "shell" and not asked.command


def asked_whole(ask: Ask, transcript: Transcript) -> Ask:
    """Return the request with its whole shell text, which before 1.3 only the call tells."""
    if not isinstance(ask, PermissionRequest) or ask.kind != "shell" or ask.command:
        return ask
    text = (asked_input(ask, transcript) or {}).get("command")
    if not isinstance(text, str):
        return ask
    return msgspec.structs.replace(ask, metadata={**ask.metadata, "command": text})


def asking_agent(ask: Ask, transcript: Transcript) -> str:
    """Return the agent whose call is asked about; "" where that is not known."""
    asking = transcript.by_id.get(ask.tool.message_id) if ask.tool else None
    messages = [*transcript.messages(ask.session_id), *([asking] if asking else [])]
    return next((m.info.agent for m in reversed(messages) if m.info.agent), "")


def patches_by_prompt(messages: Iterable[Message]) -> dict[str, list[PatchPart]]:
    """Return the changes of a turn's steps by the prompt that each worked on.

    The first is the prompt that began the turn; the others are words that were added to it. Of
    `messages`, the subagents' may be among them.
    """
    found: dict[str, list[PatchPart]] = {}
    for message in sorted(messages, key=lambda m: m.info.order):
        began = not found and message.origin != "server"  # which may add something before it
        if message.info.role == "user" and (began or message.added):
            found[message.info.id] = []
        elif found:
            found[next(reversed(found))] += message.patches
    return found
