"""A machine without a network for servers, and what a server says of its agents."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from opencode_magic.model.agents import Agent
from opencode_magic.protocol.versions import PINS
from opencode_magic.server.find import Executable, find_opencode
from opencode_magic.server.managed import ManagedServer
from opencode_magic.server.start import start
from tests.harness.machine import Machine, make_machine
from tests.harness.tools import require_opencode2

NOWHERE = "http://127.0.0.1:9/"


@pytest.fixture(scope="session")
def executable(opencode_executable: Path) -> Executable:
    return find_opencode(str(opencode_executable))


@pytest.fixture
def offline(tmp_path: Path, opencode_executable: Path) -> Machine:
    """A machine of the test's own whose model and package registry cannot be reached."""
    machine = make_machine(
        tmp_path / "offline",
        opencode=opencode_executable,
        model_url=NOWHERE + "v1",
        virgin=True,
    )
    machine.env["npm_config_registry"] = NOWHERE
    return machine


Start = Callable[..., ManagedServer]


@pytest.fixture
def start_managed(offline: Machine, executable: Executable) -> Iterator[Start]:
    """Start managed servers on the offline machine; they end with the test."""
    started: list[ManagedServer] = []

    def start_(directory: Path, *, trusted: bool = True, **more: Any) -> ManagedServer:
        options = {"environ": offline.env, "progress": lambda _: None, **more}
        started.append(start(directory, executable=executable, trusted=trusted, **options))
        return started[-1]

    yield start_
    for server in started:
        server.stop()


def client(server: ManagedServer) -> httpx.Client:
    """A client that knows the password."""
    auth = (server.username, server.password)
    return httpx.Client(base_url=server.url, auth=auth, timeout=60, trust_env=False)


def agents(server: ManagedServer) -> dict[str, Agent]:
    """The agents as the server shows them."""
    with server.client() as oc:
        return {agent.name: agent for agent in oc.agents()}


def add_config(path: Path, **settings: Any) -> None:
    """Add settings to a JSON configuration file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    before = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**before, **settings}))


@pytest.fixture(scope="session")
def executable2() -> Executable:
    """The pinned program of OpenCode 2."""
    return Executable(require_opencode2(), PINS[2].version)


def machine2(root: Path, model_url: str = f"{NOWHERE}v1") -> Machine:
    """A machine for OpenCode 2: without a network, and without what a 1.x server has left."""
    machine = make_machine(root, model_url=model_url)
    machine.env["OPENCODE_DISABLE_MODELS_FETCH"] = "1"
    machine.env["npm_config_registry"] = NOWHERE
    return machine


@pytest.fixture
def offline2(tmp_path: Path) -> Machine:
    """A machine of the test's own for OpenCode 2."""
    return machine2(tmp_path / "offline")


def begin2(machine: Machine, executable: Executable, directory: Path, **more: Any) -> ManagedServer:
    """Start a managed server of OpenCode 2."""
    options: dict[str, Any] = {"trusted": True, "progress": lambda _: None, "timeout_s": 120}
    return start(directory, executable=executable, environ=machine.env, **{**options, **more})
