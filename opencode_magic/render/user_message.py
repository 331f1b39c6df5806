"""What is shown of messages that people sent, whose own words stand in the cell already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..model.messages import AgentPart, CompactionPart, FilePart, Message, SubtaskPart, TextPart
from ..model.sessions import KEY
from ..text.visible import one_line
from .attached import attached
from .blocks import Block, Code, Fold, Notice, Plain
from .reviews import NOTE

ADDED = "You added:"
QUEUED = "Another prompt was sent meanwhile, and the agent goes on with it:"
MOST_NOTED = 300


def first_prompt(messages: Iterable[Message]) -> str:
    """Return the id of the message that began a turn, "" for none.

    What a server has to add to a prompt may stand before it.
    """
    of_users = [m for m in messages if m.info.role == "user"]
    began = (m.info.id for m in of_users if m.origin != "server")
    return next(began, of_users[0].info.id if of_users else "")


def words_of(message: Message) -> str:
    """Return what a person wrote, without what the server adds by itself."""
    return "\n".join(text for text in message.texts if text.strip())


def sent(message: Message, *, queued: bool) -> Iterator[tuple[str, Block]]:
    """Yield the blocks of a user message with their keys; a `queued` one came during the turn."""
    said = one_line(words_of(message), chars=500) if queued else ""
    if said:
        yield f"{message.info.id}:sent", Notice(ADDED if message.added else QUEUED, quote=said)
    for part in message.parts:
        match part:
            case FilePart():
                yield part.id, Plain(attached(part))
            case AgentPart():
                yield part.id, Plain(f"Asked for the agent: {one_line(part.name)}")
            case SubtaskPart() if queued:
                work = one_line(part.description or part.prompt)
                yield part.id, Notice(QUEUED, quote=f"{one_line(part.agent)}: {work}")
            case CompactionPart():
                yield part.id, made_room(part)
            case TextPart() if line := noted(part.metadata):
                yield part.id, Plain(f"Attached: {line}")
            case TextPart(synthetic=True) if part.text.startswith(NOTE):
                summary = "Some of these changes were undone in a review"
                yield part.id, Fold(summary, (Code(part.text),), "review")
            case _:
                pass


def noted(metadata: Mapping[str, Any] | None) -> str:
    """Return the line about what was attached from the notebook; any client may write it."""
    ours = (metadata or {}).get(KEY)
    line = ours.get("attached") if isinstance(ours, dict) else None
    return one_line(line, chars=MOST_NOTED) if isinstance(line, str) else ""


def made_room(part: CompactionPart) -> Notice:
    """Return the line for a conversation that was summarised."""
    if part.failed:
        return Notice("The conversation was to be summarised to make room for more.")
    long = "had become too long for the model and " if part.overflow else ""
    return Notice(f"The conversation {long}was summarised to make room for more.")
