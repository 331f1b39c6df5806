"""Runs scripted turns on a managed server of OpenCode 2, by its bare routes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from opencode_magic.demo.script import Step, script
from opencode_magic.server.managed import ManagedServer
from tests.harness.machine import MODEL_ID

Ask = Mapping[str, Any]
Reply = Callable[[Ask], str]

REFUSED = "not now"
"""With a message a turn goes on after a rejection."""


def once(_: Ask) -> str:
    """Allow whatever is asked."""
    return "once"


def never(_: Ask) -> str:
    """Refuse whatever is asked; the turn goes on."""
    return "reject"


@dataclass(frozen=True)
class Done:
    """A tool call as the server keeps it, and what was asked about it, in order."""

    part: dict[str, Any]
    asks: list[Ask]

    @property
    def asked(self) -> list[tuple[str, tuple[str, ...]]]:
        """Action and resources of every ask."""
        return [(ask["action"], tuple(ask["resources"])) for ask in self.asks]

    @property
    def status(self) -> str:
        return str(self.part["state"]["status"])

    @property
    def said(self) -> str:
        """The part as one text: what the model gave, and what it was told."""
        return json.dumps(self.part)


def http2(server: ManagedServer) -> httpx.Client:
    """A client that knows the password."""
    auth = (server.username, server.password)
    return httpx.Client(base_url=server.url, auth=auth, timeout=60, trust_env=False)


def begin_session(
    http: httpx.Client,
    server: ManagedServer,
    *,
    agent: str = "build",
    permissions: Sequence[Mapping[str, str]] = (),
) -> str:
    """Begin a session in the server's folder."""
    provider, _, model = MODEL_ID.partition("/")
    body = {
        "title": "t",
        "agent": agent,
        "model": {"providerID": provider, "id": model},
        "location": {"directory": str(server.directory)},
        "permissions": list(permissions),
    }
    made = http.post("/api/session", json=body).raise_for_status().json()
    return str(made["data"]["id"])


def messages(http: httpx.Client, session: str) -> list[dict[str, Any]]:
    """All messages of a session, oldest first."""
    params = {"order": "asc", "limit": 200}
    found = http.get(f"/api/session/{session}/message", params=params)
    return list(found.json()["data"])


def calls_in(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The tool calls in messages, in order."""
    answers = [message for message in found if message["type"] == "assistant"]
    return [part for answer in answers for part in answer["content"] if part["type"] == "tool"]


def follow2(
    server: ManagedServer,
    *steps: Step,
    reply: Reply = never,
    agent: str = "build",
    permissions: Sequence[Mapping[str, str]] = (),
    within_s: float = 90,
) -> list[Done]:
    """Run a turn to its end, answering what is asked: its calls, then those of its subagents."""
    with http2(server) as http:
        session = begin_session(http, server, agent=agent, permissions=permissions)
        said = {"text": script(*steps)}
        http.post(f"/api/session/{session}/prompt", json=said).raise_for_status()
        asks: list[Ask] = []
        until = time.monotonic() + within_s
        while True:
            assert time.monotonic() < until, (asks, messages(http, session))
            answer_all(http, server, reply, asks)
            found = messages(http, session)
            if any(message["type"] == "idle" for message in found):
                break
            time.sleep(0.05)
        children = http.get("/api/session", params={"parentID": session}).json()["data"]
        for child in children:
            found += messages(http, child["id"])
    parts = calls_in(found)
    return [
        Done(part, [ask for ask in asks if ask.get("source", {}).get("id") == part["id"]])
        for part in parts
    ]


def answer_all(http: httpx.Client, server: ManagedServer, reply: Reply, asks: list[Ask]) -> None:
    """Answer what waits in the server's folder, and keep what was asked."""
    params = {"location[directory]": str(server.directory)}
    for ask in http.get("/api/permission/request", params=params).json()["data"]:
        asks.append(ask)
        body = {"decision": reply(ask), "message": REFUSED}
        http.post(f"/api/session/{ask['sessionID']}/permission/{ask['id']}/reply", json=body)
