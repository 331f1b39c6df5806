"""The keys by which a turn's blocks, and the questions on them, are found."""

from __future__ import annotations

from ..model.messages import Message, ToolPart
from ..model.transcript import Ask, Transcript, asked_call


def item_key(message: Message, number: int) -> str:
    """Return the key of a message's part: the server's id, which stays while the part changes."""
    return message.parts[number].id or f"{message.info.id}:{number}"


def row_of(ask: Ask, transcript: Transcript) -> str:
    """Return the key of the tool call a request belongs to, else of the subagent's `task` call.

    "" where neither has been seen: a request may come before the call.
    """
    if call := asked_call(ask, transcript):
        return item_key(*call)
    started_by = transcript.parents.get(ask.session_id, "")
    for message in transcript.messages(started_by) if started_by else ():
        for number, part in enumerate(message.parts):
            if isinstance(part, ToolPart) and part.child == ask.session_id:
                return item_key(message, number)
    return ""
