"""Records real turns for the replay tests: `python -m tests.record [NAME ...]`.

For each scenario a real opencode plays a script. `tests/data/streams/NAME.sse` gets every event of
`GET /event` as it came, from the connection to quiet after the turn; `NAME.messages.json` gets the
final message lists of the session and of its children. See the README there for what is left out.
"""

from __future__ import annotations

import json
import re
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import httpx

from opencode_magic.demo.model import MODEL, ScriptedModel
from opencode_magic.demo.script import Call, Fail, Say, Step, Think, Wait, script
from tests.harness.machine import PROVIDER, Machine, make_machine
from tests.harness.server import PlainServer
from tests.harness.tools import require_opencode

FOLDER = Path(__file__).parent / "data" / "streams"
LIMIT_BYTES = 60_000
QUIET_S = 1.0
TURN_S = 60.0

# Said once for each server and not part of any turn; the first use alone brings 45 of them.
NOISE = frozenset(
    {"plugin.added", "catalog.updated", "reference.updated", "integration.updated"}
    | {"server.heartbeat", "project.updated", "lsp.updated", "vcs.branch.updated"}
)

Event = dict[str, Any]
React = Callable[["Stage", Event], None]


def _nothing(stage: Stage, event: Event) -> None:
    """Watch only."""


@dataclass(frozen=True)
class Scenario:
    """One behaviour: what is asked, what the model plays, and what the person does meanwhile."""

    steps: Callable[[Path], Sequence[Step]]
    prompt: str
    react: React = _nothing
    rules: tuple[Mapping[str, str], ...] = ()


@dataclass
class Stage:
    """The running scenario, for those who react to its events."""

    http: httpx.Client
    session: str
    model: ScriptedModel
    done: set[str] = field(default_factory=set)

    def once(self, name: str) -> bool:
        """True the first time it is asked for a name."""
        fresh = name not in self.done
        self.done.add(name)
        return fresh

    def reply(self, ask: Event, **answer: str) -> None:
        self.http.post(f"/permission/{ask['properties']['id']}/reply", json=answer)

    def abort(self) -> None:
        self.http.post(f"/session/{self.session}/abort").raise_for_status()


def _answer(**answer: str) -> React:
    def react(stage: Stage, event: Event) -> None:
        if event["type"] == "permission.asked":
            stage.reply(event, **answer)

    return react


def _abort_in_text(stage: Stage, event: Event) -> None:
    if event["type"] == "message.part.delta" and stage.once("abort"):
        stage.abort()


def _abort_in_tool(stage: Stage, event: Event) -> None:
    state = event["properties"].get("part", {}).get("state", {})
    begun = "begun" in str(state.get("metadata", {}).get("output", ""))
    if state.get("status") == "running" and begun and stage.once("abort"):
        stage.abort()


ASK_EDIT = {"permission": "edit", "pattern": "*", "action": "ask"}
ASK_BASH = {"permission": "bash", "pattern": "*", "action": "ask"}

MARKDOWN = """## Squares

A *short* answer with `code`, a list and a block:

1. first
2. second, with "quotes", {braces}, $x^2$ and a snowman: \N{SNOWMAN}

```python
squares = {n: n**2 for n in range(3)}
```

| n | square |
|---|---|
| 3 | 9 |
"""


def _bash(command: str, description: str) -> Call:
    return Call("bash", {"command": command, "description": description})


def _todo(content: str, status: str, priority: str) -> dict[str, str]:
    return {"content": content, "status": status, "priority": priority}


def _edit(project: Path, old: str, new: str) -> Call:
    return Call("edit", {"filePath": str(project / "greet.py"), "oldString": old, "newString": new})


SCENARIOS: Mapping[str, Scenario] = {
    "plain": Scenario(lambda p: [[Say(MARKDOWN, size=12)]], "Show me squares."),
    "line_separators": Scenario(
        # Valid inside JSON and inside a line of SSE, and sent raw: only some decoders know.
        lambda p: [[Say("one\u2028two\u2029three\x85four\r\nfive", size=5)]],
        "Separate lines strangely.",
    ),
    "reasoning": Scenario(
        lambda p: [[Think("The user wants a number. Seven is one."), Say("Seven.")]],
        "Name a number.",
    ),
    "bash": Scenario(
        lambda p: [
            [Say("I look."), _bash("cat data/numbers.csv; ls nowhere", "Show the numbers")],
            [Say("Three rows, and no folder named nowhere.")],
        ],
        "What is in the data?",
    ),
    "edit_asked": Scenario(
        lambda p: [[_edit(p, '"Hello " + name', 'f"Hello {name}!"')], [Say("Changed.")]],
        "Use an f-string.",
        react=_answer(reply="once"),
        rules=(ASK_EDIT,),
    ),
    "edit_rejected": Scenario(
        lambda p: [[_edit(p, "return", "yield")], [Say("Never said.")]],
        "Make it a generator.",
        react=_answer(reply="reject"),
        rules=(ASK_EDIT,),
    ),
    "bash_rejected_with_message": Scenario(
        lambda p: [
            [_bash("rm greet.py", "Delete the module")],
            [Say("I keep the file, as you wish.")],
        ],
        "Delete the module.",
        react=_answer(reply="reject", message="Keep the file."),
        rules=(ASK_BASH,),
    ),
    "subagent": Scenario(
        lambda p: [
            [
                Call(
                    "task",
                    {
                        "description": "count rows",
                        "subagent_type": "general",
                        "prompt": "Count the rows. "
                        + script(
                            [_bash("wc -l data/numbers.csv", "Count rows")],
                            Say("Four lines."),
                        ),
                    },
                )
            ],
            [Say("The subagent counted four lines.")],
        ],
        "Let a subagent count the rows.",
    ),
    "abort_text": Scenario(
        lambda p: [[Say("One, two, three"), Wait("abort_text", 20), Say("four")]],
        "Count slowly.",
        react=_abort_in_text,
    ),
    "abort_tool": Scenario(
        lambda p: [[_bash("echo begun; sleep 60", "Sleep")], [Say("Never said.")]],
        "Sleep for a minute.",
        react=_abort_in_tool,
    ),
    "retry": Scenario(
        lambda p: [[Fail(429, "Slow down, please", times=1, retry_after_s=1), Say("Here.")]],
        "Answer when you can.",
    ),
    "unauthorized": Scenario(lambda p: [[Fail(401, "Incorrect API key")]], "Answer me."),
    "steps": Scenario(
        lambda p: [
            [
                Think("First I read."),
                Say("I read the module. "),
                Call("read", {"filePath": str(p / "greet.py")}),
                Call("read", {"filePath": str(p / "README.md")}),
            ],
            [
                Call(
                    "todowrite",
                    {
                        "todos": [
                            _todo("greet politely", "in_progress", "high"),
                            _todo("run it", "pending", "low"),
                        ]
                    },
                )
            ],
            [
                Call(
                    "write",
                    {"filePath": str(p / "main.py"), "content": "import greet\n"},
                )
            ],
            [_bash("cat main.py", "Show the program")],
            [Say("Written and shown.")],
        ],
        "Write a program that greets me.",
    ),
}


def main(names: Sequence[str]) -> None:
    """Record the named scenarios, or all of them."""
    opencode = require_opencode()
    with tempfile.TemporaryDirectory() as folder, ScriptedModel() as model:
        machine = make_machine(Path(folder) / "machine", opencode=opencode, model_url=model.url)
        for name in names or SCENARIOS:
            project = machine.project(name)
            server = PlainServer(opencode, machine, project)
            try:
                _warm_up(server)
                stream, messages = record(SCENARIOS[name], server, model, name)
            finally:
                server.stop()
            _write(name, machine, project, stream, messages)


def record(
    scenario: Scenario, server: PlainServer, model: ScriptedModel, title: str
) -> tuple[list[bytes], dict[str, Any]]:
    """Play one scenario; its frames, and the message lists of its sessions."""
    prompt = f"{scenario.prompt} {script(*scenario.steps(server.directory))}"
    with server.http() as http, Listener(server) as listener:
        listener.wait_for_connection()
        session = http.post("/session", json={"title": title, "permission": scenario.rules})
        stage = Stage(http, session.raise_for_status().json()["id"], model)
        body = {
            "parts": [{"type": "text", "text": prompt}],
            "model": {"providerID": PROVIDER, "modelID": MODEL},
        }
        http.post(f"/session/{stage.session}/prompt_async", json=body).raise_for_status()
        for event in listener.until_quiet(stage.session):
            scenario.react(stage, event)
        return listener.frames, _messages(http, stage.session)


class Listener:
    """Reads `/event` in a thread and keeps every frame."""

    def __init__(self, server: PlainServer) -> None:
        self.frames: list[bytes] = []
        self._events: Queue[Event] = Queue()
        self._server = server
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Listener:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()

    def wait_for_connection(self) -> None:
        assert self._events.get(timeout=30)["type"] == "server.connected"

    def until_quiet(self, session: str) -> Iterator[Event]:
        """The events until the session was idle after being busy and nothing more comes."""
        idle = False
        while True:
            try:
                event = self._events.get(timeout=QUIET_S if idle else TURN_S)
            except Empty:
                if idle:
                    return
                raise
            if event["properties"].get("sessionID") == session:
                idle = event["type"] == "session.idle" or (idle and not _busy(event))
            yield event

    def _read(self) -> None:
        try:
            self._follow()
        except httpx.TransportError:
            if not self._stop.is_set():  # afterwards the server may go when it likes
                raise

    def _follow(self) -> None:
        with self._server.http(timeout_s=30) as http, http.stream("GET", "/event") as response:
            rest = b""
            for data in response.iter_raw():
                *frames, rest = (rest + data).split(b"\n\n")
                for frame in frames:
                    self._keep(frame)
                if self._stop.is_set():
                    return

    def _keep(self, frame: bytes) -> None:
        event = json.loads(frame.removeprefix(b"data: "))
        if event["type"] not in NOISE:
            self.frames.append(frame)
            self._events.put(event)


def _busy(event: Event) -> bool:
    status = event["properties"].get("status", {})
    return event["type"] == "session.status" and status.get("type") != "idle"


def _warm_up(server: PlainServer) -> None:
    """Let the server say what it says only at its first use."""
    with server.http() as http:
        http.get("/agent").raise_for_status()


def _messages(http: httpx.Client, session: str) -> dict[str, Any]:
    lists = {session: http.get(f"/session/{session}/message").raise_for_status().json()}
    for child in http.get(f"/session/{session}/children").raise_for_status().json():
        lists |= _messages(http, child["id"])
    return lists


def _write(
    name: str, machine: Machine, project: Path, frames: list[bytes], messages: dict[str, Any]
) -> None:
    clean = _neutral(machine, project)
    stream = clean("".join(frame.decode() + "\n\n" for frame in frames))
    listed = clean(json.dumps(messages, ensure_ascii=False, indent=1) + "\n")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for suffix, text in ((".sse", stream), (".messages.json", listed)):
        size = len(text.encode())
        assert size < LIMIT_BYTES, f"{name}{suffix} has {size} bytes"
        (FOLDER / f"{name}{suffix}").write_bytes(text.encode())
    print(f"{name}: {len(frames)} events, {len(stream)} + {len(listed)} characters")


def _neutral(machine: Machine, project: Path) -> Callable[[str], str]:
    """What hides this machine, the same way in the stream and in the lists."""
    hidden = {
        re.escape(str(project)): "/project",
        re.escape(str(machine.home)): "/home/user",
        re.escape(str(machine.root)): "/machine",
        rf"\b{re.escape(socket.gethostname())}\b": "host",
    }

    def clean(text: str) -> str:
        text = re.sub(r" ?SB64:[A-Za-z0-9+/=]+:", "", text)
        for found, shown in hidden.items():
            text = re.sub(found, shown, text)
        return text

    return clean


if __name__ == "__main__":
    main(sys.argv[1:])
