"""Runs scripted turns on a managed server, and keeps what was asked and what the tools said."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opencode_magic.demo.script import Action, script
from opencode_magic.server.managed import ManagedServer

from .conftest import client

Ask = Mapping[str, Any]

REFUSED = "not now"


@dataclass(frozen=True)
class Followed:
    """What a turn asked, in order, and its tool parts, those of its subagents too."""

    asks: list[Ask]
    tools: list[dict[str, Any]]

    @property
    def asked(self) -> list[tuple[str, str]]:
        """Permission and first pattern of every ask."""
        return [(ask["permission"], ask["patterns"][0]) for ask in self.asks]

    @property
    def told(self) -> str:
        """Everything the model was told by its tools."""
        states = [part["state"] for part in self.tools]
        return "\n".join(state.get("output") or state.get("error") or "" for state in states)

    @property
    def everything(self) -> str:
        """Asks and tool parts as one text."""
        return json.dumps([self.asks, self.tools])


def once(_: Ask) -> str:
    """Allow whatever is asked."""
    return "once"


def never(_: Ask) -> str:
    """Refuse whatever is asked; the turn goes on."""
    return "reject"


def follow(
    server: ManagedServer,
    *steps: Action,
    reply: Callable[[Ask], str] = never,
    agent: str = "build",
    within_s: float = 60,
) -> Followed:
    """Run a turn to its end, answering what is asked."""
    with client(server) as http:
        session = http.post("/session", json={"title": "t"}).json()["id"]
        said = {"agent": agent, "parts": [{"type": "text", "text": script(*steps)}]}
        assert http.post(f"/session/{session}/prompt_async", json=said).status_code == 204
        asks: list[Ask] = []
        until = time.monotonic() + within_s
        while True:
            for ask in http.get("/permission").json():
                asks.append(ask)
                answer = {"reply": reply(ask), "message": REFUSED}
                http.post(f"/permission/{ask['id']}/reply", json=answer)
            messages = http.get(f"/session/{session}/message").json()
            last = messages[-1]["info"] if messages else {}
            if last.get("role") == "assistant" and last.get("finish") == "stop":
                break
            assert time.monotonic() < until, (asks, messages)
            time.sleep(0.05)
        children = [child["id"] for child in http.get(f"/session/{session}/children").json()]
        for child in children:
            messages += http.get(f"/session/{child}/message").json()
    parts = [part for message in messages for part in message["parts"]]
    return Followed(asks, [part for part in parts if part["type"] == "tool"])


def at(folder: Path, *names: str) -> str:
    """A path below a folder, as text."""
    return str(folder.joinpath(*names))
