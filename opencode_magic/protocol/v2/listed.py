"""The messages of an OpenCode 2 server, as it lists them, read into values of the model. Pure.

The event stream is read by the same rules: `assembly` builds from events what is listed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import Any

from msgspec import structs

from ...model.messages import (
    Cache,
    CompactionPart,
    Error,
    ErrorData,
    ErrorKind,
    Message,
    MessageFolder,
    MessageInfo,
    ModelRef,
    Part,
    PatchPart,
    ReasoningPart,
    StepFinishPart,
    TextPart,
    Times,
    Tokens,
    ToolPart,
    UnknownPart,
)
from ...model.tools import dig
from ...text.visible import as_text
from . import prompts, tools
from .told import items, number, objects, whole

Listed = Mapping[str, Any]
"""A message as the server lists it."""

ERROR_KINDS: dict[str, ErrorKind] = {
    "aborted": "aborted",
    "provider.auth": "auth",
    "provider.content-filter": "filter",
    "provider.context-overflow": "overflow",
    "provider.no-route": "no-model",
    "compaction.failed": "overflow",
}
_TOO_LONG = re.compile(r"context (length|window)|prompt is too long", re.IGNORECASE)
NO_VARIANT = "default"
"""What a session says of its model's effort where none was chosen."""
_SUMMARY, _SHELL = ":summary", ":shell"
"""What is appended to the id of one listed message where the model has two."""


def failure(told: object) -> Error:
    """Return an error as the server tells it."""
    said = told if isinstance(told, Mapping) else {}
    name = as_text(said.get("type")) or "unknown"
    # Of an answer that broke off the status only says that it had begun.
    status = 0 if name == "provider.transport" else whole(said.get("status"))
    data = ErrorData(as_text(said.get("message")), status)
    kind = ERROR_KINDS.get(name) or ("provider" if name.startswith("provider.") else "other")
    if data.status_code == 400 and _TOO_LONG.search(data.message[:2_000]):
        kind = "overflow"  # the server knows it, and makes room; what remains it tells like any
    if kind == "auth" and data.status_code:  # the provider was asked, and refused
        kind = "provider"
    return Error(name, data, kind)


def order_of(listed: Listed) -> str:
    """Return the text to sort a message by: the time of its creation, then its id.

    The server keeps messages in the order in which they came to be, and tells no number for it.
    """
    return f"{whole(dig(listed, 'time', 'created')):015d}{as_text(listed.get('id'))}"


def messages(session_id: str, place: MessageFolder, listed: Iterable[Listed]) -> list[Message]:
    """Return listed messages, oldest first, as the model has them.

    Parameters
    ----------
    session_id, place:
        the session, and where it works.
    listed:
        what the server lists; an answer belongs to the last prompt before it.
    """
    found: list[Message] = []
    prompt = ""
    for one in listed:
        if one.get("type") == "idle":
            _close(found, as_text(one.get("outcome")))
            continue
        read = list(message(one, session_id, place, prompt))
        prompt = next((m.info.id for m in read if m.info.role == "user"), prompt)
        found.extend(read)
    return found


def message(
    listed: Listed, session_id: str, place: MessageFolder, prompt_id: str = ""
) -> Iterator[Message]:
    """Yield a listed message: none where no reader needs it, and two for one that also answers.

    Parameters
    ----------
    listed, session_id, place:
        the message, its session, and where that works.
    prompt_id:
        the prompt that an answer belongs to.
    """
    reader = _READERS.get(as_text(listed.get("type")))
    if reader is not None:
        yield from reader(listed, session_id, place, prompt_id)


def closed(message: Message, outcome: str) -> Message:
    """Return a message whose step the server left open, as the end of its execution closes it."""
    info = message.info
    if info.role != "assistant" or info.time.completed or info.finish or info.error:
        return message
    if outcome == "succeeded":
        return message
    name, kind = ("aborted", "aborted") if outcome == "interrupted" else ("unknown", "other")
    error = Error(name, ErrorData("the turn ended before the answer did"), kind)  # type: ignore[arg-type]  # both are kinds
    return Message(structs.replace(info, error=error), message.parts)


def _close(found: list[Message], outcome: str) -> None:
    if found:
        found[-1] = closed(found[-1], outcome)


def _user(listed: Listed, session: str, _place: MessageFolder, _prompt: str) -> Iterator[Message]:
    yield Message(_info(listed, session, "user"), tuple(prompts.parts(listed, session)))


def _synthetic(
    listed: Listed, session: str, _place: MessageFolder, _prompt: str
) -> Iterator[Message]:
    id = as_text(listed.get("id"))
    text = as_text(listed.get("text"))
    part = TextPart(f"{id}/text", id, session, text, synthetic=True, sequence="0")
    yield Message(_info(listed, session, "user"), (part,))


def _assistant(
    listed: Listed, session: str, place: MessageFolder, prompt: str
) -> Iterator[Message]:
    info = _info(listed, session, "assistant", prompt)
    model = listed.get("model")
    info = structs.replace(
        info,
        agent=as_text(listed.get("agent")),
        provider_id=as_text(dig(model, "providerID")),
        model_id=as_text(dig(model, "id")),
        cost=number(listed.get("cost")),
        tokens=tokens(listed.get("tokens")),
        finish=as_text(listed.get("finish")) or None,
        error=failure(listed["error"]) if listed.get("error") else None,
        path=place,
    )
    yield Message(info, tuple(_content(listed, info)))


def _content(listed: Listed, info: MessageInfo) -> Iterator[Part]:
    counts: dict[str, int] = {}
    streamed = number(dig(listed, "time", "streamed")) or info.time.completed
    for index, item in enumerate(objects(listed.get("content"))):
        kind = as_text(item.get("type"))
        ordinal = counts[kind] = counts.get(kind, -1) + 1
        place, sequence = (info.id, info.session_id), f"{index:06d}"
        if kind == "text":
            text, time = as_text(item.get("text")), Times(end=streamed)
            id = block_id(info.id, kind, ordinal)
            yield TextPart(id, *place, text, time=time, sequence=sequence)
        elif kind == "reasoning":
            begun, ended = dig(item, "time", "created"), dig(item, "time", "completed")
            time = Times(start=number(begun), end=number(ended))
            text, id = as_text(item.get("text")), block_id(info.id, kind, ordinal)
            yield ReasoningPart(id, *place, text, time, sequence=sequence)
        elif kind == "tool":
            yield tool_part(item, *place, sequence)
        else:
            yield UnknownPart(f"{info.id}/{index}", *place, kind, dict(item))
    if info.finish:
        place = (info.id, info.session_id)
        reason, cost, used = info.finish, info.cost, info.tokens
        yield StepFinishPart(f"{info.id}/finish", *place, reason, cost, used, sequence="~1")
        if files := [as_text(f) for f in items(dig(listed, "snapshot", "files"))]:
            paths = [str(PurePath(info.path.root, file)) for file in files]
            hash = as_text(dig(listed, "snapshot", "end"))
            yield PatchPart(f"{info.id}/patch", *place, hash, paths, sequence="~2")


def block_id(message_id: str, kind: str, ordinal: int) -> str:
    """Return the id of a text or of reasoning, of which the server only tells the number."""
    return f"{message_id}/{kind}/{ordinal}"


def tool_id(message_id: str, call_id: str) -> str:
    """Return the id of the part of a tool call."""
    return f"{message_id}/{call_id}"


def tool_part(item: Listed, message_id: str, session_id: str, sequence: str) -> ToolPart:
    """Return a tool call of a message."""
    call, name = as_text(item.get("id")), as_text(item.get("name"))
    state = item.get("state")
    return ToolPart(
        tool_id(message_id, call),
        message_id,
        session_id,
        name,
        call,
        sequence=sequence,
        state=tools.state(name, state if isinstance(state, Mapping) else {}, item.get("time")),
        child=as_text(dig(state, "metadata", "sessionID")) if name in tools.SUBAGENTS else "",
    )


def later(part: Part, sequence: int) -> Part:
    """Return a part of a message whose beginning was not seen: it stands behind what is known."""
    assert isinstance(part, TextPart | ReasoningPart | ToolPart | StepFinishPart | PatchPart)
    return structs.replace(part, sequence=f"~0{sequence:09d}")


def _compaction(
    listed: Listed, session: str, place: MessageFolder, _prompt: str
) -> Iterator[Message]:
    info = _info(listed, session, "user")
    auto, status = listed.get("reason") == "auto", listed.get("status")
    part = CompactionPart(
        f"{info.id}/compaction", info.id, session, auto, failed=status == "failed", sequence="0"
    )
    yield Message(info, (part,))
    id = info.id + _SUMMARY
    over = status in ("completed", "failed")
    model = listed.get("model")
    answer = MessageInfo(
        id,
        session,
        "assistant",
        Times(created=info.time.created, completed=info.time.created if over else 0),
        info.id,
        provider_id=as_text(dig(model, "providerID")),
        model_id=as_text(dig(model, "id")),
        cost=number(listed.get("cost")),
        tokens=tokens(listed.get("tokens")),
        finish="stop" if status == "completed" else None,
        error=structs.replace(failure(listed.get("error")), kind="summary")
        if status == "failed"
        else None,
        summary=True,
        path=place,
        sequence=info.order + _SUMMARY,
    )
    text = as_text(listed.get("summary"))
    time = Times(end=answer.time.completed)
    words = TextPart(block_id(id, "text", 0), id, session, text, time=time, sequence="0")
    yield Message(answer, (words,) if text else ())


def _shell(listed: Listed, session: str, place: MessageFolder, _prompt: str) -> Iterator[Message]:
    info = _info(listed, session, "user")
    id = f"{info.id}/text"
    said = TextPart(id, info.id, session, synthetic=True, of_shell=True, sequence="0")
    yield Message(info, (said,))
    id, running = info.id + _SHELL, listed.get("status") == "running"
    ended = number(dig(listed, "time", "completed")) or (0 if running else info.time.created)
    answer = MessageInfo(
        id,
        session,
        "assistant",
        Times(created=info.time.created, completed=ended),
        info.id,
        path=place,
        sequence=info.order + _SHELL,
    )
    yield Message(answer, (tools.shell_part(listed, id, session, ended),))


_READERS = {
    "user": _user,
    "assistant": _assistant,
    "synthetic": _synthetic,
    "compaction": _compaction,
    "shell": _shell,
}


def _info(listed: Listed, session: str, role: str, prompt: str = "") -> MessageInfo:
    time = Times(
        created=number(dig(listed, "time", "created")),
        completed=number(dig(listed, "time", "completed")),
    )
    id = as_text(listed.get("id"))
    return MessageInfo(id, session, role, time, prompt, sequence=order_of(listed))


def tokens(told: object) -> Tokens:
    """Return what a message used, as the server tells it."""

    def count(*path: str) -> int:
        return whole(dig(told, *path))

    cache = Cache(count("cache", "read"), count("cache", "write"))
    return Tokens(count("input"), count("output"), count("reasoning"), cache)


def model_ref(told: object) -> ModelRef | None:
    """Return a model as a session names it."""
    if not isinstance(told, Mapping):
        return None
    named = as_text(told.get("variant"))
    variant = None if named in ("", NO_VARIANT) else named
    return ModelRef(as_text(told.get("providerID")), id=as_text(told.get("id")), variant=variant)
