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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import httpx

from opencode_magic.demo.cues import TurnPoint
from opencode_magic.demo.model import MODEL, ScriptedModel
from opencode_magic.demo.provider import provider_config
from opencode_magic.demo.script import Say, Step, script
from tests.harness.machine import PROVIDER, Machine, make_machine
from tests.harness.server import PlainServer
from tests.harness.tools import require_opencode
from tests.scenarios import (
    PAGE,
    PAGE_PORT,
    PAGE_URL,
    PATCHING_MODEL,
    SCENARIOS,
    Event,
    Scenario,
    Stage,
)

FOLDER = Path(__file__).parent / "data" / "streams"
LIMIT_BYTES = 60_000
QUIET_S = 1.0
TURN_S = 60.0

# Said once for each server and not part of any turn; the first use alone brings 45 of them.
NOISE = frozenset(
    {"plugin.added", "catalog.updated", "reference.updated", "integration.updated"}
    | {"server.heartbeat", "project.updated", "lsp.updated", "vcs.branch.updated"}
)


def main(names: Sequence[str]) -> None:
    """Record the named scenarios, or all of them."""
    opencode = require_opencode()
    with tempfile.TemporaryDirectory() as folder, ScriptedModel(_go_on) as model, _web_page():
        machine = make_machine(Path(folder) / "machine", opencode=opencode, model_url=model.url)
        machine.env["PYTHONPATH"] = str(Path(__file__).parent.parent)
        for name in names or SCENARIOS:
            scenario = SCENARIOS[name]
            _configure(machine, model, scenario)
            project = machine.project(name)
            scenario.prepare(project)
            server = PlainServer(opencode, machine, project)
            try:
                _warm_up(server)
                stream, messages = record(scenario, server, model, name)
            finally:
                server.stop()
            _write(name, machine, project, stream, messages)


def _go_on(scene: TurnPoint) -> Step:
    """What is said after a compaction, which takes the script out of the conversation."""
    return [Say("I go on from the summary.")]


def _configure(machine: Machine, model: ScriptedModel, scenario: Scenario) -> None:
    settings = provider_config(model.url, provider=PROVIDER)
    models = settings["provider"][PROVIDER]["models"]
    models[PATCHING_MODEL] = models[MODEL]
    machine.configure(**settings, **scenario.config)


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = self.path == httpx.URL(PAGE_URL).path
        self.send_response(200 if found else 404)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(PAGE.encode() if found else b"")

    def log_message(self, format: str, *args: Any) -> None:  # the base class prints to stderr
        return


@contextmanager
def _web_page() -> Iterator[None]:
    """A page for `webfetch`, at the same address each time."""
    with ThreadingHTTPServer(("127.0.0.1", PAGE_PORT), _Page) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield
        server.shutdown()


def record(
    scenario: Scenario, server: PlainServer, model: ScriptedModel, title: str
) -> tuple[list[bytes], dict[str, Any]]:
    """Play one scenario; its frames, and the message lists of its sessions."""
    prompt = f"{scenario.prompt} {script(*scenario.steps(server.directory))}"
    with server.http() as http, Listener(server) as listener:
        listener.wait_for_connection()
        session = http.post("/session", json={"title": title, "permission": scenario.rules})
        stage = Stage(http, session.raise_for_status().json()["id"], model)
        scenario.before(stage)
        text = {"type": "text", "text": prompt}
        parts = (text, *scenario.files(server.directory))
        stage.send(*parts, model=scenario.model)
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
    clean = neutral(machine, project)
    stream = clean("".join(frame.decode() + "\n\n" for frame in frames))
    listed = clean(json.dumps(messages, ensure_ascii=False, indent=1) + "\n")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for suffix, text in ((".sse", stream), (".messages.json", listed)):
        size = len(text.encode())
        assert size < LIMIT_BYTES, f"{name}{suffix} has {size} bytes"
        (FOLDER / f"{name}{suffix}").write_bytes(text.encode())
    print(f"{name}: {len(frames)} events, {len(stream)} + {len(listed)} characters")


def neutral(machine: Machine, project: Path) -> Callable[[str], str]:
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
