"""The lessons, played by a real opencode on the real demo project."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opencode_magic.demo.cues import TurnPoint
from opencode_magic.demo.lessons import Lessons
from opencode_magic.demo.model import MODEL, ScriptedModel
from opencode_magic.demo.project import lay_out
from opencode_magic.demo.script import Say
from tests.harness.machine import PROVIDER, Machine, make_machine
from tests.harness.server import PlainServer

DENIED = [{"permission": "bash", "pattern": "rm *", "action": "deny"}]


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, opencode_executable: Path
) -> Iterator[PlainServer]:
    """A server on the demo project, with a model that knows the lessons."""
    root = tmp_path_factory.mktemp("lessons")
    project = lay_out(root / "project")
    with ScriptedModel(Lessons(project, pace_s=0)) as model:
        machine: Machine = make_machine(
            root / "machine", opencode=opencode_executable, model_url=model.url
        )
        server = PlainServer(opencode_executable, machine, project)
        yield server
        server.stop()


def ask(server: PlainServer, prompt: str, rules: Any = ()) -> list[dict[str, Any]]:
    """The parts of all answers to a prompt in a session of its own."""
    body = {
        "parts": [{"type": "text", "text": prompt}],
        "model": {"providerID": PROVIDER, "modelID": MODEL},
    }
    with server.http(timeout_s=60) as http:
        session = http.post("/session", json={"title": "lesson", "permission": rules}).json()["id"]
        http.post(f"/session/{session}/message", json=body).raise_for_status()
        messages = http.get(f"/session/{session}/message").json()
    return [part for m in messages if m["info"]["role"] == "assistant" for part in m["parts"]]


def tools(parts: list[dict[str, Any]]) -> list[str]:
    return [f"{p['tool']} {p['state']['status']}" for p in parts if p["type"] == "tool"]


def text(parts: list[dict[str, Any]]) -> str:
    return "\n".join(part["text"] for part in parts if part["type"] == "text")


def project_passes(project: Path) -> bool:
    done = subprocess.run([sys.executable, "-m", "unittest"], cwd=project, capture_output=True)
    return done.returncode == 0


def test_it_explains_a_file_after_reading_it(server: PlainServer) -> None:
    parts = ask(server, "Explain what stats.py does.")
    assert tools(parts) == ["read completed"]
    assert "read_temperatures" in text(parts)


def test_it_mends_the_failing_test_and_sees_when_nothing_is_left_to_mend(
    server: PlainServer,
) -> None:
    assert not project_passes(server.directory)
    parts = ask(server, "The tests fail. Find out why, fix it, and run them again.")
    assert tools(parts) == [
        "bash completed",
        "read completed",
        "edit completed",
        "bash completed",
    ]
    assert "all tests pass" in text(parts)
    assert project_passes(server.directory)
    assert "pass already" in text(ask(server, "The tests fail. Fix it."))


def test_what_is_denied_stays_undone_and_is_said_so(server: PlainServer) -> None:
    parts = ask(server, "Delete the file scratch.tmp.", DENIED)
    assert tools(parts) == ["bash error"]
    assert "stays where it is" in text(parts)
    assert (server.directory / "scratch.tmp").exists()
    assert "is gone" in text(ask(server, "Delete the file scratch.tmp."))
    assert not (server.directory / "scratch.tmp").exists()


def test_other_prompts_are_told_what_it_can_play(tmp_path: Path) -> None:
    (said,) = Lessons(tmp_path)(TurnPoint("What is the weather?", 0, ()))
    assert isinstance(said, Say)
    assert "scripted model" in said.text
    assert "Explain what stats.py does." in said.text


def test_the_examples_it_names_are_prompts_it_knows(tmp_path: Path) -> None:
    lessons = Lessons(tmp_path)
    (unknown,) = lessons(TurnPoint("", 0, ()))
    assert isinstance(unknown, Say)
    examples = [line[2:] for line in unknown.text.splitlines() if line.startswith("- ")]
    assert len(examples) == 3
    assert all(list(lessons(TurnPoint(example, 0, ()))) != [unknown] for example in examples)
