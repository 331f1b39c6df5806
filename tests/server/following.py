"""Runs scripted turns on a managed server, and keeps what was asked and what the tools said."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from opencode_magic.demo.model import MODEL
from opencode_magic.demo.script import Step, script
from opencode_magic.server.managed import ManagedServer
from tests.harness.machine import PROVIDER

from .conftest import client

Ask = Mapping[str, Any]
Reply = Callable[[Ask], str]

REFUSED = "not now"


@dataclass(frozen=True)
class Made:
    """A tool call: its part as the server keeps it, and what was asked about it, in order."""

    part: dict[str, Any]
    asks: list[Ask]

    @property
    def asked(self) -> list[tuple[str, str]]:
        """Permission and first pattern of every ask."""
        return [(ask["permission"], ask["patterns"][0]) for ask in self.asks]

    @property
    def given(self) -> dict[str, Any]:
        """The arguments, as they are kept."""
        found: dict[str, Any] = self.part["state"]["input"]
        return found

    @property
    def said(self) -> str:
        """What the model was told."""
        state = self.part["state"]
        return str(state.get("output") or state.get("error") or "")

    @property
    def everything(self) -> str:
        """The part and the asks as one text."""
        return json.dumps([self.part, self.asks])


def once(_: Ask) -> str:
    """Allow whatever is asked."""
    return "once"


def never(_: Ask) -> str:
    """Refuse whatever is asked; the turn goes on."""
    return "reject"


def follow(
    server: ManagedServer,
    *steps: Step,
    reply: Reply = never,
    agent: str = "build",
    model: str = MODEL,
    within_s: float = 60,
) -> list[Made]:
    """Run a turn to its end, answering what is asked: its calls, then those of its subagents."""
    with client(server) as http:
        session = http.post("/session", json={"title": "t"}).json()["id"]
        text = {"type": "text", "text": script(*steps)}
        chosen = {"providerID": PROVIDER, "modelID": model}
        said = {"agent": agent, "model": chosen, "parts": [text]}
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
    parts = [part for message in messages for part in message["parts"] if part["type"] == "tool"]
    return [
        Made(part, [ask for ask in asks if ask.get("tool", {}).get("callID") == part["callID"]])
        for part in parts
    ]
