"""Asks a 2.x server what it would do with a request, and what it has loaded; runs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ...errors import OpencodeError
from ...model.agents import Agent
from ...model.sessions import Rule
from ...model.tools import OUTSIDE, SHELL, TASK
from .bodies import rules
from .names import their_action
from .session import rules_of

if TYPE_CHECKING:
    from ..transport import Connection

PROBE = "opencode_magic_probe"
"""An action that only the guard knows."""
_GUARDED = (SHELL, "edit", "webfetch", "websearch", TASK, OUTSIDE, "browser")
UNLIKELY = "\ue000"
"""A resource that no rule names."""
TO_ASK = (*(Rule(action, UNLIKELY) for action in _GUARDED), Rule("\ue000_\ue001", UNLIKELY))
"""What no agent may do unasked; the last is a tool of an MCP server that nobody knows."""


def agents(connection: Connection) -> list[Agent]:
    """Return the agents with their rules; none while the server still loads the folder."""
    return [
        Agent(each["id"], mode=each["mode"], permission=rules_of(each.get("permissions") or ()))
        for each in _listed(connection, "/api/agent")
    ]


def read_rules(spelt: Mapping[str, Any]) -> dict[str, list[Rule]]:
    """Return lists of rules by agent from what `spell` made of them."""
    return {name: rules_of(found) for name, found in spelt.items()}


def spell(lists: Mapping[str, Sequence[Rule]]) -> dict[str, Any]:
    """Return lists of rules by agent as the server spells them."""
    return {name: rules(found) for name, found in lists.items()}


def plugins(connection: Connection) -> dict[str, bool]:
    """Return the plugins the server has loaded, and whether each is active.

    One that failed has no id, and stands under its place.
    """
    return {
        str(each.get("id") or each.get("source")): each.get("state", {}).get("status") == "active"
        for each in _listed(connection, "/api/plugin")
    }


def documents(connection: Connection) -> list[str]:
    """Return the files and folders its configuration is read from, and nothing of what they say."""
    found = connection.call("GET", "/api/config", object)
    entries = found if isinstance(found, list) else []
    return [str(entry["path"]) for entry in entries if entry.get("path")]


class ThrowawaySession:
    """A session that is thrown away, in which requests are judged and never granted.

    Parameters
    ----------
    connection:
        a client of the server, in the folder whose rules are asked for.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._asked = ""
        body = {"title": PROBE, "location": {"directory": str(connection.directory)}}
        made: Any = connection.request("POST", "/api/session", json=body)
        self._path = f"/api/session/{made['data']['id']}"

    def __enter__(self) -> ThrowawaySession:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OpencodeError):  # the server may be gone, or answer no more
            if self._asked:  # one rejection ends all that wait in the session
                reply = f"{self._path}/permission/{self._asked}/reply"
                self._send("POST", reply, {"decision": "reject"})
        with suppress(OpencodeError):
            self._send("DELETE", self._path, None)

    def effect(self, action: str, resource: str, agent: str | None = None) -> str:
        """Return what the server would do: `allow`, `ask` or `deny`."""
        body = {"action": their_action(action), "resources": [resource]}
        body |= {"agent": agent} if agent else {}
        made: Any = self._connection.request("POST", f"{self._path}/permission", json=body)
        effect = str(made["data"]["effect"])
        if effect == "ask":
            self._asked = str(made["data"]["id"])
        return effect

    def weaker(self, agent: str, least: Iterable[Rule]) -> list[Rule]:
        """Return those of these requests for which the agent's rules say less than they must.

        Parameters
        ----------
        agent:
            the name of the agent.
        least:
            requests, and what must at least happen: `ask` or `deny`.
        """
        found = []
        for rule in least:
            effect = self.effect(rule.permission, rule.pattern, agent)
            if effect == "allow" or (rule.action == "deny" and effect != "deny"):
                found.append(rule)
        return found

    def shell(self, command: str) -> str:
        """Run a command of the user's own, and return what the server kept of its text."""
        self._send("POST", f"{self._path}/shell", {"command": command})
        found: Any = self._connection.request("GET", f"{self._path}/message")
        ran = [each["command"] for each in found["data"] if each.get("type") == "shell"]
        return str(ran[0]) if ran else ""

    def words(self) -> str:
        """Return what the guard said with the last request that asks; "" for nothing."""
        found: Any = self._connection.request("GET", f"{self._path}/permission")
        said = [each.get("message") for each in found["data"] if each["id"] == self._asked]
        return str(said[0] or "") if said else ""

    def _send(self, method: str, path: str, body: Any) -> None:
        self._connection.call(method, path, type(None), json=body)


TELL = ": opencode_magic_probe"
"""A command that does nothing; where the guard sees it, it becomes one with the guard's word."""


def guard_answers(connection: Connection, nonce: str) -> bool:
    """Return whether the guard that knows this word judges what is asked in the folder."""
    with ThrowawaySession(connection) as trial:
        return trial.effect(PROBE, UNLIKELY) == "ask" and trial.words() == nonce


def _listed(connection: Connection, path: str) -> list[Any]:
    found: Any = connection.request("GET", path)
    return list(found.get("data") or ()) if isinstance(found, dict) else []
