"""Records turns of OpenCode 2 for the replay tests: `python -m tests.record2 [NAME ...]`.

They have what `tests/data/captures2` lacks, and are kept like the recordings of `tests.record`:
`tests/data/streams2/NAME.sse` has every event of `GET /api/event` that is of the session or of its
subagents, as it came; `NAME.messages.json` the final message lists of all of them.
"""

from __future__ import annotations

import base64
import json
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import httpx

from opencode_magic.demo.model import MODEL, ScriptedModel
from opencode_magic.demo.provider import provider_config
from opencode_magic.demo.script import Call, Say, Step, Wait, script
from tests.harness.calls import CALLS
from tests.harness.machine import PROVIDER, Machine, make_machine
from tests.harness.server import SERVERS, PlainServer
from tests.harness.tools import require_opencode2
from tests.record import LIMIT_BYTES, QUIET_S, TURN_S, neutral
from tests.scenarios import PATCH, PATCHING_MODEL, PIXEL

FOLDER = Path(__file__).parent / "data" / "streams2"
CALL = CALLS["2"]
Event = dict[str, Any]


@dataclass
class Stage:
    """A running scenario, for those who react to its events."""

    http: httpx.Client
    session: str
    model: ScriptedModel
    done: set[str] = field(default_factory=set)

    def once(self, name: str) -> bool:
        """True the first time it is asked for a name."""
        fresh = name not in self.done
        self.done.add(name)
        return fresh

    def post(self, path: str, **body: Any) -> None:
        self.http.post(f"/api/session/{path}", json=body).raise_for_status()


def _watch(stage: Stage, event: Event) -> None:
    """Watch only."""


def _allow(stage: Stage, event: Event) -> None:
    told = event["data"]
    if event["type"] == "permission.asked":
        stage.post(f"{told['sessionID']}/permission/{told['id']}/reply", decision="once")


def _steer(stage: Stage, event: Event) -> None:
    if event["type"] == "session.tool.called" and stage.once("steer"):
        stage.post(f"{stage.session}/prompt", text="Only the first one, please.")


FIELDS = [
    {"key": "name", "title": "Name", "description": "What is it called?", "type": "string"},
    {"key": "share", "title": "Share", "type": "number"},
    {"key": "count", "title": "Count", "type": "integer"},
    {"key": "sure", "title": "Sure", "type": "boolean"},
    {
        "key": "days",
        "title": "Days",
        "type": "multiselect",
        "options": [{"value": "mo", "label": "Monday"}, {"value": "fr", "label": "Friday"}],
    },
]
ANSWER = {"name": "squares", "share": 0.5, "count": 3, "sure": True, "days": ["mo"]}


def _fill_in(stage: Stage, event: Event) -> None:
    if event["type"] == "session.text.started" and stage.once("form"):
        stage.post(f"{stage.session}/form", title="All", mode="form", fields=FIELDS)
    if event["type"] == "form.created":
        stage.post(f"{stage.session}/form/{event['data']['form']['id']}/reply", answer=ANSWER)
        stage.model.gate("filled").set()


def _no_files(project: Path) -> Sequence[Mapping[str, str]]:
    return ()


def _pictures(project: Path) -> Sequence[Mapping[str, str]]:
    image = f"data:image/png;base64,{base64.b64encode(PIXEL).decode()}"
    return (
        {"uri": image, "name": "pixel.png"},
        {"uri": (project / "data/numbers.csv").as_uri(), "name": "numbers.csv"},
    )


@dataclass(frozen=True)
class Scenario:
    """One behaviour: what is asked, what the model plays, and what the person does meanwhile."""

    steps: Callable[[Path], Sequence[Step]]
    prompt: str
    react: Callable[[Stage, Event], None] = _watch
    rules: tuple[Mapping[str, str], ...] = ()
    model: str = MODEL
    files: Callable[[Path], Sequence[Mapping[str, str]]] = _no_files


ASK_SHELL = {"action": "shell", "resource": "*", "effect": "ask"}
ASK_EDIT = {"action": "edit", "resource": "*", "effect": "ask"}

SCENARIOS: Mapping[str, Scenario] = {
    "form_fields": Scenario(
        lambda p: [[Say("I need to know more. "), Wait("filled"), Say("Thank you.")]],
        "Ask me everything.",
        react=_fill_in,
    ),
    "patch_files": Scenario(
        lambda p: [[Call("patch", {"patchText": PATCH})], [Say("Patched.")]],
        "Change several files.",
        react=_allow,
        rules=(ASK_EDIT,),
        model=PATCHING_MODEL,
    ),
    "steer": Scenario(
        lambda p: [[CALL.shell("echo one; sleep 0.5")], [Say("Only the first one.")]],
        "Run all commands.",
        react=_steer,
    ),
    "attachments": Scenario(
        lambda p: [[Say("A dot, and three rows.")]], "What do you see?", files=_pictures
    ),
    "writes": Scenario(
        lambda p: [
            [CALL.write("notes/today.md", "# Today\n"), CALL.write("README.md", "# Another\n")],
            [CALL.edit("greet.py", "Hello", "Good morning")],
            [CALL.edit("greet.py", "no such words", "others")],
            [Say("Two files are written, and one is changed.")],
        ],
        "Write some files.",
        react=_allow,
        rules=(ASK_EDIT,),
    ),
    "subagents": Scenario(
        lambda p: [
            [
                CALL.task("Count. " + script(CALL.shell("wc -l greet.py"), Say("Two lines."))),
                CALL.task("Count. " + script(CALL.shell("wc -l README.md"), Say("One line."))),
            ],
            [Say("Two lines and one.")],
        ],
        "Let two subagents count.",
        react=_allow,
        rules=(ASK_SHELL,),
    ),
    "line_separators": Scenario(
        lambda p: [[Say("one\u2028two\u2029three\x85four\r\nfive", size=5)]],
        "Separate lines strangely.",
    ),
}


def main(names: Sequence[str]) -> None:
    """Record the named scenarios, or all of them."""
    opencode = require_opencode2()
    with tempfile.TemporaryDirectory() as folder, ScriptedModel() as model:
        machine = make_machine(Path(folder) / "machine", opencode=opencode, model_url=model.url)
        settings = provider_config(model.url, provider=PROVIDER)
        models = settings["provider"][PROVIDER]["models"]
        models[PATCHING_MODEL] = models[MODEL]
        machine.configure(**settings)
        for name in names or SCENARIOS:
            project = machine.project(name)
            server = SERVERS["2"](opencode, machine, project)
            try:
                frames, messages = record(SCENARIOS[name], server, model, name)
            finally:
                server.stop()
            _write(name, machine, project, frames, messages)


def record(
    scenario: Scenario, server: PlainServer, model: ScriptedModel, title: str
) -> tuple[list[str], dict[str, Any]]:
    """Play one scenario; its frames, and the message lists of its sessions."""
    with server.http() as http:
        frames: Queue[str] = Queue()
        threading.Thread(target=_listen, args=(server, frames), daemon=True).start()
        kept = [frames.get(timeout=30)]  # that the connection stands
        body = {
            "title": title,
            "location": {"directory": str(server.directory)},
            "model": {"providerID": PROVIDER, "id": scenario.model},
            "permissions": scenario.rules,
        }
        session = http.post("/api/session", json=body).raise_for_status().json()["data"]["id"]
        stage = Stage(http, session, model)
        text = f"{scenario.prompt} {script(*scenario.steps(server.directory))}"
        stage.post(f"{session}/prompt", text=text, files=scenario.files(server.directory))
        sessions = [session]
        for frame in _until_quiet(frames, session):
            event = json.loads(frame)
            told = event["data"]
            if told.get("parentID") in sessions:
                sessions.append(told["sessionID"])
            id = told.get("sessionID") or told.get("form", {}).get("sessionID")
            if id in sessions:
                kept.append(frame)
                scenario.react(stage, event)
        return kept, {id: _messages(http, id) for id in sessions}


def _listen(server: PlainServer, frames: Queue[str]) -> None:
    rest = b""
    with (
        suppress(httpx.TransportError),  # the server may go when it likes
        server.http() as http,
        http.stream("GET", "/api/event") as response,
    ):
        for data in response.iter_raw():
            *whole, rest = (rest + data).split(b"\n\n")
            for frame in whole:
                if frame.startswith(b"data: "):
                    frames.put(frame.removeprefix(b"data: ").decode())


def _until_quiet(frames: Queue[str], session: str) -> Iterator[str]:
    """Yield frames until the session's work was done and nothing more comes."""
    over = False
    while True:
        try:
            frame = frames.get(timeout=QUIET_S if over else TURN_S)
        except Empty:
            if over:
                return
            raise
        event = json.loads(frame)
        if event["data"].get("sessionID") == session:
            over = event["type"] == "session.execution.succeeded" or over
        yield frame


def _messages(http: httpx.Client, session: str) -> list[Any]:
    asked = {"order": "asc", "limit": "200"}
    answer = http.get(f"/api/session/{session}/message", params=asked).raise_for_status()
    return list(answer.json()["data"])


def _write(
    name: str, machine: Machine, project: Path, frames: list[str], messages: dict[str, Any]
) -> None:
    clean = neutral(machine, project)
    FOLDER.mkdir(parents=True, exist_ok=True)
    stream = "".join(f"data: {frame}\n\n" for frame in frames)
    listed = json.dumps(messages, ensure_ascii=False, indent=1) + "\n"
    for suffix, text in ((".sse", clean(stream)), (".messages.json", clean(listed))):
        assert len(text.encode()) < LIMIT_BYTES, f"{name}{suffix} is too big"
        (FOLDER / f"{name}{suffix}").write_bytes(text.encode())
    print(f"{name}: {len(frames)} events of {len(messages)} sessions")


if __name__ == "__main__":
    main(sys.argv[1:])
