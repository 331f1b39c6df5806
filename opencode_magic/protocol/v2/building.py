"""The events by which messages begin, change as a whole and end. Pure but for what it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...model.messages import Message, MessageFolder
from ...text.visible import as_text

Told = Mapping[str, Any]
Json = dict[str, Any]
OWN_ID = "messageID"
"""Where the id stands of a message that an event itself makes."""


@dataclass
class SessionSoFar:
    """What is known of one session."""

    place: MessageFolder = field(default_factory=MessageFolder)
    prompt: str = ""
    """The last prompt that was delivered."""
    waiting: dict[str, Json] = field(default_factory=dict)
    """By its id, a prompt that was not delivered yet."""
    open: dict[str, Json] = field(default_factory=dict)
    """By its id, a message that may still change, as the server would list it."""
    told: dict[str, Message] = field(default_factory=dict)
    """By its id, what was last told of a message, with the parts that were."""
    last: str = ""
    """The message that came last."""


def _enqueued(session: SessionSoFar, data: Told, created: float) -> str:
    item = data.get("item")
    if isinstance(item, Mapping):
        payload = item.get("payload")
        kind = as_text(item.get("type"))
        session.waiting[as_text(data.get("inboxID"))] = {
            **(payload if isinstance(payload, Mapping) else {}),
            "type": kind,
        }
    return ""


def _cancelled(session: SessionSoFar, data: Told, created: float) -> str:
    session.waiting.pop(as_text(data.get("inboxID")), None)
    return ""


def _delivered(session: SessionSoFar, data: Told, created: float) -> str:
    id = as_text(data.get("inboxID"))
    # Of one that was sent before the stream began, the record tells the words.
    item = session.waiting.pop(id, {"type": "user"})
    if item["type"] == "compaction":  # it has events of its own
        return ""
    session.open[id] = {**item, "id": id, "time": {"created": created}}
    return id


def _step_started(session: SessionSoFar, data: Told, created: float) -> str:
    id = as_text(data.get("assistantMessageID"))
    started = data.get("started", created)
    # The same message may begin once more, from its start, where the provider is asked again.
    session.open[id] = {
        "id": id,
        "type": "assistant",
        "time": {"created": started},
        "agent": data.get("agent"),
        "model": data.get("model"),
        "content": [],
    }
    return id


def _step_streamed(session: SessionSoFar, data: Told, created: float) -> str:
    return _changed(session, data, lambda m: m["time"].update(streamed=created))


def _step_ended(session: SessionSoFar, data: Told, created: float) -> str:
    def change(message: Json) -> None:
        message["time"]["completed"] = created
        message.update({k: data[k] for k in ("finish", "cost", "tokens") if k in data})
        message["snapshot"] = {"end": data.get("snapshot"), "files": data.get("files")}

    return _changed(session, data, change)


def _step_failed(session: SessionSoFar, data: Told, created: float) -> str:
    def change(message: Json) -> None:
        message["time"]["completed"] = created
        message.update({k: data[k] for k in ("error", "cost", "tokens") if k in data})
        message["finish"] = "error"

    return _changed(session, data, change)


def _synthetic(session: SessionSoFar, data: Told, created: float) -> str:
    id = as_text(data.get(OWN_ID))
    session.open[id] = {**data, "id": id, "type": "synthetic", "time": {"created": created}}
    return id


def _shell_started(session: SessionSoFar, data: Told, created: float) -> str:
    id, shell = as_text(data.get(OWN_ID)), data.get("shell")
    info = shell if isinstance(shell, Mapping) else {}
    told = {"shellID": info.get("id"), "command": info.get("command"), "status": "running"}
    session.open[id] = {**told, "id": id, "type": "shell", "time": {"created": created}}
    return id


def _shell_ended(session: SessionSoFar, data: Told, created: float) -> str:
    shell = data.get("shell")
    info = shell if isinstance(shell, Mapping) else {}
    known = _open_of(session, "shell", shellID=info.get("id"))
    if known is None:
        return ""
    known.update(status=info.get("status"), exit=info.get("exit"), output=data.get("output"))
    known["time"] = {**known["time"], "completed": created}
    return as_text(known["id"])


def _open_of(session: SessionSoFar, kind: str, **fields: object) -> Json | None:
    """Return the message of a kind that began last, of those that have these fields."""
    wanted = {"type": kind, **fields}
    found = (m for m in reversed(session.open.values()) if wanted.items() <= _plain(m).items())
    return next(found, None)


def _plain(message: Json) -> Json:
    return {name: value for name, value in message.items() if isinstance(value, str)}


def _compaction_started(session: SessionSoFar, data: Told, created: float) -> str:
    id = as_text(data.get("inputID") or data.get(OWN_ID))
    session.open[id] = {
        "id": id,
        "type": "compaction",
        "time": {"created": created},
        "status": "running",
        "reason": data.get("reason"),
        "summary": "",
    }
    return id


def _compaction_delta(session: SessionSoFar, data: Told, created: float) -> str:
    known = _open_of(session, "compaction", status="running")
    if known is None:
        return ""
    known["summary"] += as_text(data.get("text"))
    return as_text(known["id"])


def _compaction_over(status: str) -> Callable[[SessionSoFar, Told, float], str]:
    def end(session: SessionSoFar, data: Told, created: float) -> str:
        known = _open_of(session, "compaction", status="running")
        if known is None:
            return ""
        known.update({k: data[k] for k in ("tokens", "cost", "error", "model") if k in data})
        known.update(status=status, summary=data.get("text"))
        return as_text(known["id"])

    return end


def _changed(session: SessionSoFar, data: Told, change: Callable[[Json], object]) -> str:
    id = as_text(data.get("assistantMessageID"))
    message = session.open.get(id)
    if message is None:
        return ""
    change(message)
    return id


CHANGES: dict[str, Callable[[SessionSoFar, Told, float], str]] = {
    "inbox.enqueued": _enqueued,
    "inbox.cancelled": _cancelled,
    "inbox.delivered": _delivered,
    "step.started": _step_started,
    "step.streamed": _step_streamed,
    "step.ended": _step_ended,
    "step.failed": _step_failed,
    "synthetic": _synthetic,
    "shell.started": _shell_started,
    "shell.ended": _shell_ended,
    "compaction.started": _compaction_started,
    "compaction.delta": _compaction_delta,
    "compaction.ended": _compaction_over("completed"),
    "compaction.failed": _compaction_over("failed"),
}
"""By its name, what an event does to a session's messages; it returns the id of the changed one."""
