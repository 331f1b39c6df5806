"""With the guard in it, a real server asks before a model's tools do anything."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Action, Call, Say, script
from opencode_magic.server.find import Executable
from opencode_magic.server.managed import ManagedServer
from opencode_magic.server.start import start
from tests.harness import mcp_weather
from tests.harness.machine import Machine, make_machine

from .conftest import NOWHERE, Start, add_config, client

MCP_SERVER = {"type": "local", "command": [sys.executable, mcp_weather.__file__]}


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, executable: Executable, model: ScriptedModel
) -> Iterator[ManagedServer]:
    root = tmp_path_factory.mktemp("asking") / "machine"
    machine = make_machine(root, opencode=executable.path, model_url=model.url, virgin=True)
    machine.env["npm_config_registry"] = NOWHERE
    server = start(
        machine.project(),
        executable=executable,
        trusted=True,
        progress=lambda _: None,
        environ=machine.env,
    )
    yield server
    server.stop()


def turn(server: ManagedServer, *steps: Action) -> tuple[list[str], list[dict[str, Any]]]:
    """Run a turn, allow what is asked; the permissions asked for, and the tool parts."""
    with client(server) as http:
        session = http.post("/session", json={"title": "t"}).json()["id"]
        said = {"agent": "build", "parts": [{"type": "text", "text": script(*steps)}]}
        assert http.post(f"/session/{session}/prompt_async", json=said).status_code == 204
        asked: list[str] = []
        until = time.monotonic() + 40
        while time.monotonic() < until:
            for ask in http.get("/permission").json():
                asked.append(ask["permission"])
                http.post(f"/permission/{ask['id']}/reply", json={"reply": "once"})
            messages = http.get(f"/session/{session}/message").json()
            last = messages[-1]["info"] if messages else {}
            if last.get("role") == "assistant" and last.get("finish") == "stop":
                break
            time.sleep(0.1)
        parts = [part for message in messages for part in message["parts"]]
    return asked, [part for part in parts if part["type"] == "tool"]


def shell(command: str) -> Call:
    return Call("bash", {"command": command, "description": "d"})


def test_running_changing_and_fetching_ask_and_looking_does_not(server: ManagedServer) -> None:
    folder = server.directory
    asked, tools = turn(
        server,
        Call("read", {"filePath": str(folder / "greet.py")}),
        shell("echo hi"),
        Call("write", {"filePath": str(folder / "new.py"), "content": "x"}),
        # Without a timeout 1.18.33 answers 400 to `GET /permission` while this ask waits.
        Call("webfetch", {"url": NOWHERE, "format": "text", "timeout": 5}),
        Say("done"),
    )
    assert asked == ["bash", "edit", "webfetch"]
    assert [part["tool"] for part in tools] == ["read", "bash", "write", "webfetch"]


@pytest.mark.parametrize("agent", ["general", "explore"])
def test_a_subagent_asks_too(server: ManagedServer, agent: str) -> None:
    inner = script(shell("echo sub"), Say("done"))
    task = {"description": "d", "prompt": inner, "subagent_type": agent}
    asked, _ = turn(server, Call("task", task), Say("done"))
    assert asked == ["task", "bash"]


def test_a_tool_of_an_mcp_server_that_came_later_asks(server: ManagedServer) -> None:
    with client(server) as http:
        added: httpx.Response = http.post("/mcp", json={"name": "late", "config": MCP_SERVER})
    assert added.json()["late"]["status"] == "connected"
    asked, tools = turn(server, Call("late_forecast", {"city": "Oslo"}), Say("done"))
    assert asked == ["late_forecast"]
    assert "Oslo" in tools[0]["state"]["output"]


def test_no_mcp_server_is_named_so_that_its_tool_would_not_ask(
    start_managed: Start, offline: Machine
) -> None:
    add_config(offline.opencode_config, mcp={"plan": MCP_SERVER, "plane": MCP_SERVER})
    with client(start_managed(offline.project())) as http:
        states = {name: state["status"] for name, state in http.get("/mcp").json().items()}
    assert states == {"plan": "disabled", "plane": "connected"}


def test_a_model_that_runs_env_sees_no_password(server: ManagedServer) -> None:
    _, tools = turn(server, shell("env"), Say("done"))
    assert "PATH=" in tools[0]["state"]["output"]
    assert server.password not in str(tools)
