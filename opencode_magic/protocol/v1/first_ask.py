"""The first request of a server about a prompt, as it spells it on the wire: nothing is omitted."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..stream import frames
from ..transport import Connection
from .asks import Permissions1
from .sessions import Sessions1


@dataclass(frozen=True)
class FirstAsk:
    """A permission and its patterns; where nothing was asked, maybe why the turn failed."""

    permission: str = ""
    patterns: tuple[str, ...] = ()
    failure: str = ""


def first_ask(connection: Connection, name: str) -> FirstAsk:
    """Send a prompt in the connection's directory, and refuse what is asked.

    Parameters
    ----------
    name:
        the name of the agent, of the model and of its provider, which is the prompt as well.
    """
    sessions = Sessions1(connection)
    params = {"directory": str(connection.directory)}
    with (
        connection.new_http() as http,
        connection.translated("GET /event"),
        http.stream("GET", "/event", params=params) as response,
    ):
        connection.guard(response)
        heard = (json.loads(data) for data in frames(response))
        next(heard, None)  # what is sent from now on will be seen
        session = sessions.create(title=name)
        sessions.prompt_async(session, name, agent=name, model=f"{name}/{name}")
        asked, failure = _first(heard, session.id)
        if asked:
            Permissions1(connection).reply(asked["id"], "reject")
        sessions.delete(session)
    patterns = tuple(asked.get("patterns", ()))
    return FirstAsk(asked.get("permission", ""), patterns, connection.redact(failure))


def _first(heard: Iterable[dict[str, Any]], session: str) -> tuple[dict[str, Any], str]:
    """Return the first request of a session, or why its turn ended without one."""
    failure = ""
    for event in heard:
        about = event.get("properties", {})
        if about.get("sessionID") != session:
            continue
        match event["type"]:
            case "permission.asked":
                return about, ""
            case "session.error":
                error = about.get("error") or {}
                failure = str((error.get("data") or {}).get("message") or error.get("name"))
            case "session.idle":
                return {}, failure
    return {}, failure or "the server closed its events"
