"""Turns taken back by the server: their messages, or exactly those files that are asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ...disk.places import lies_at
from ...errors import ServerError
from .bodies import at
from .sessions import Sessions1


def take_back(sessions: Sessions1, session_id: str, first: str, last: str) -> bool:
    """Delete the messages from one place to another, the newest first."""
    for message in reversed(sessions.messages(session_id)):
        if first <= message.info.order <= last:
            sessions.delete_message(session_id, message)
    return True


def put_back(
    sessions: Sessions1, session_id: str, prompt_id: str, end: str, files: Collection[str]
) -> set[str]:
    """Put files back to before the turn of that prompt; return those that had a snapshot.

    A copy of the session is rolled back and deleted. Rolling back the session itself would have
    the server restore the whole project on its next step back or forward: its snapshots hold every
    file, also those of the user.

    Parameters
    ----------
    sessions, session_id, prompt_id:
        the turn, by the message that began it.
    end:
        the first message after the turn, "" where it is the last one.
    files:
        the files, by their whole paths.
    """
    number = [m.info.id for m in sessions.messages(session_id)].index(prompt_id)
    wanted = {lies_at(file): file for file in files}
    copy = sessions.fork(session_id, message_id=end)
    try:
        messages = sessions.record(copy.id)[number:]
        if not messages or messages[0]["info"]["role"] != "user":
            raise ServerError("the copy of the session is not like the session", status=200)
        found: set[str] = set()
        for message in messages:
            found |= _narrowed(sessions, copy.id, message, wanted)
        if found:
            sessions.revert(copy.id, messages[0]["info"]["id"])
    finally:
        sessions.delete(copy.id)
    return found


def _narrowed(
    sessions: Sessions1, session_id: str, message: Mapping[str, Any], wanted: Mapping[str, str]
) -> set[str]:
    """Make the server's record of a step name only the wanted files; return those it names."""
    found: set[str] = set()
    for part in message["parts"]:
        if part["type"] == "patch":
            named = {file: lies_at(file) for file in part["files"]}
            kept = [file for file, place in named.items() if place in wanted]
            path = f"/message/{message['info']['id']}/part/{part['id']}"
            sessions.connection.request("PATCH", at(session_id, path), json={**part, "files": kept})
            found |= {wanted[named[file]] for file in kept}
    return found
