"""The keys of a turn's items: what a block, and a question on it, is found by."""

from __future__ import annotations

from ..model.messages import Message, ToolPart
from ..model.transcript import Ask, Transcript, asked_call


def item_key(message: Message, number: int) -> str:
    """The key of a message's part: the server's own id, which stays while the part changes."""
    return message.parts[number].id or f"{message.info.id}:{number}"


def row_of(ask: Ask, transcript: Transcript) -> str:
    """The key of the tool call a request belongs to, else of the subagent's `task` call.

    "" where neither has been seen: a request may come before the call.
    """
    if call := asked_call(ask, transcript):
        return item_key(*call)
    return task_row_of(ask.session_id, transcript)


def task_row_of(session_id: str, transcript: Transcript) -> str:
    """The key of the `task` call a subagent's session was started by; "" where it is not known."""
    started_by = transcript.parents.get(session_id, "")
    for message in transcript.messages(started_by) if started_by else ():
        for number, part in enumerate(message.parts):
            if isinstance(part, ToolPart) and part.child == session_id:
                return item_key(message, number)
    return ""
