"""Turns taken back by the server: their messages, or exactly those files that are asked for."""

from __future__ import annotations

from collections.abc import Collection
from itertools import takewhile

from ...disk.places import lies_at
from ...errors import ServerError
from ...model.messages import Message
from .sessions import Sessions2


def take_back(sessions: Sessions2, session_id: str, first: str, last: str) -> bool:
    """Remove the messages from one place to another; return False where something came later.

    The server only cuts the end of a session off, with what waits to be told to the model (output
    of the user's shell, a review). Files stay as they are.
    """
    messages = sessions.messages_after(session_id, "")
    if any(m.info.order > last for m in messages):
        return False
    gone = next((m for m in messages if m.info.order >= first), None)
    if gone is not None:
        sessions.stage(session_id, gone, files=False)
        sessions.commit(session_id)
    return True


def put_back(
    sessions: Sessions2, session_id: str, prompt_id: str, end: str, files: Collection[str]
) -> set[str]:
    """Put files back to before the turn of that prompt; return those it was done for.

    The server puts all files of a turn back or none: nothing is done where it has changed others,
    too. A copy of the session is rolled back and deleted, so that the session stays as it is.

    Parameters
    ----------
    sessions, session_id, prompt_id:
        the turn, by the message that began it.
    end:
        the first message after the turn, "" where it is the last one.
    files:
        the files, by their whole paths.
    """
    messages = sessions.messages(sessions.get(session_id))
    place = [m.info.id for m in messages].index(prompt_id)
    turn = takewhile(lambda m: m.info.id != end, messages[place:])
    changed = {lies_at(file) for m in turn for patch in m.patches for file in patch.files}
    wanted = {lies_at(file): file for file in files}
    if not changed or not changed <= wanted.keys():
        return set()
    copy = sessions.fork(session_id, message_id=end)
    try:
        sessions.stage(copy, _same(sessions.messages(copy), place), files=True)
    finally:
        sessions.delete(copy)
    return {wanted[place] for place in changed}


def _same(copied: Collection[Message], place: int) -> Message:
    """Return the message of a copy that stands where it stands in the session."""
    found = list(copied)[place : place + 1]
    if not found or found[0].info.role != "user":
        raise ServerError("the copy of the session is not like the session", status=200)
    return found[0]
