"""The commands of sessions, turns and the server, in a real kernel on a real server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from opencode_magic.demo.script import Call, Say
from tests.cell.cells import LOAD, ask
from tests.cell.running import run, shown
from tests.harness.machine import Machine

TASKS = [
    {"content": "read it", "status": "completed", "priority": "high"},
    {"content": "mend it", "status": "in_progress", "priority": "high"},
]
WORK = ask(
    "work",
    Call("todowrite", {"todos": TASKS}),
    Call("write", {"filePath": "made.txt", "content": "one\ntwo\n"}),
    Say("all **written**"),
    options="--permission allow",
)
TYPE = "; print('TYPE', type(x).__name__, len(x))"


def played(cells: Mapping[str, str], project: Path, machine: Machine) -> dict[str, str]:
    """What each of the named cells left behind."""
    done = run(list(cells.values()), project, machine)
    return {name: shown(cell) for name, cell in zip(cells, done.cells, strict=True)}


def is_one_line(said: str, words: str) -> bool:
    """True for an error that is shown as its one line."""
    outputs: list[dict[str, Any]] = json.loads(said)
    lines = [o["traceback"] for o in outputs if o["output_type"] == "error"]
    return len(lines) == 1 and len(lines[0]) == 1 and words in lines[0][0]


def test_sessions_and_what_was_said_in_them(machine: Machine, project: Path) -> None:
    cells = {
        "load": LOAD,
        "none": "%opencode /messages",
        "new": "%opencode /new first of all",
        "empty": "%opencode /todo",
        "work": WORK,
        "rename": "%opencode /rename a <b>better</b> title",
        "sessions": f"x = %opencode /sessions\ndisplay(x){TYPE}",
        "messages": f"x = %opencode /messages 3\ndisplay(x){TYPE}",
        "one": "%opencode /messages 1",
        "zero": "%opencode /messages 0",
        "todo": f"x = %opencode /todo\ndisplay(x){TYPE}",
        "diff": f"x = %opencode /diff\ndisplay(x){TYPE}",
        "diff9": "%opencode /diff 9",
        "status": f"x = %opencode /status\ndisplay(x){TYPE}",
        "export": "%opencode /export out.md",
        "again": "%opencode /export out.md",
        "html": "%opencode /export out.html",
        "json": "%opencode /export --json",
        "ending": "%opencode /export out.pdf",
        "compact": "%opencode /compact",
        "kept": "%opencode /sessions nothing like it",
        "delete?": "%opencode /delete",
        "resume": "app = get_ipython().magics_manager.registry['OpencodeMagics'].app\n"
        "app.sessions.leave()\n%opencode /resume",
        "delete": "%opencode /delete --yes",
        "gone": "%opencode /todo",
        "nothing": "%opencode /resume",
    }
    said = played(cells, project, machine)
    assert is_one_line(said["none"], "this notebook has no session yet")
    assert "has made no task list" in said["empty"]
    assert "a <b>better</b> title" in json.loads(said["rename"])[0]["data"]["text/plain"]
    assert "&lt;b&gt;better" in json.loads(said["rename"])[0]["data"]["text/html"]
    assert "TYPE Table 1" in said["sessions"]
    assert "current" in said["sessions"]
    assert "just now" in said["sessions"]
    assert "fake/demo" in said["sessions"]
    assert "TYPE Shown 3" in said["messages"]
    assert "all **written**" in said["messages"]
    assert "Earlier messages are not shown" in said["one"]
    assert is_one_line(said["zero"], "number is 1 or more, not 0")
    assert "TYPE Shown 2" in said["todo"]
    assert "mend it" in said["todo"]
    assert "in progress" in said["todo"]
    assert "TYPE ChangeList 1" in said["diff"]
    assert "Turn 1 of 1 changed 1 file" in said["diff"]
    assert is_one_line(said["diff9"], "no turn 9; this session has 1")
    assert "nothing is running" in said["status"]
    assert is_one_line(said["again"], "out.md exists; --force overwrites it")
    assert is_one_line(said["ending"], "the ending is one of .md, .html, .json")
    markdown = (project / "out.md").read_text()
    assert "all **written**" in markdown
    assert "made.txt" in markdown
    page = (project / "out.html").read_text()
    assert "<strong>written</strong>" in page
    assert "<b>better" not in page
    kept = json.loads((project / "a-b-better-b-title.json").read_text())
    assert kept["messages"][0]["info"]["role"] == "user"
    assert "tokens were read and summed up in" in said["compact"]
    assert "no title has" in said["kept"]
    assert is_one_line(
        said["delete?"], "nobody is there to ask, so nothing was done; `/delete --yes`"
    )
    assert "turn 1 of 1 of this session" in said["resume"]
    assert "Done" in said["resume"]
    assert "deleted" in said["delete"]
    assert is_one_line(said["gone"], "this notebook has no session yet")
    assert is_one_line(said["nothing"], "no session of this notebook in")


def test_the_server_and_what_happens_on_it(machine: Machine, project: Path) -> None:
    config = json.loads(machine.opencode_config.read_text())
    config["provider"]["fake"]["options"]["apiKey"] = "sk-very-secret-key"
    machine.opencode_config.write_text(json.dumps(config))
    cells = {
        "load": LOAD,
        "quiet": "%opencode /help",
        "health": f"x = %opencode /health\ndisplay(x){TYPE}",
        "help": "%opencode /help",
        "review": "%opencode /review --help",
        "nope": "%opencode /nope --help",
        "log": "%opencode /log --level warn from the notebook",
        "get": "x = %opencode /api GET /config\ndisplay(x); print('VALUE', type(x.value).__name__)",
        "query": "%opencode /api GET /session?limit=1",
        "route": "%opencode /api GET /no-such-route",
        "post": '%opencode /api POST /session {"title": "by hand"}',
        "posted": '%opencode /api POST /session {"title": "by hand"} --yes',
        "events": "import threading\n"
        "app = get_ipython().magics_manager.registry['OpencodeMagics'].app\n"
        "threading.Timer(0.5, lambda: app.link.client.session.create(title='seen')).start()\n"
        f"x = %opencode /events --count 1 session.created\ndisplay(x){TYPE}",
        "forever": "%opencode /events",
        "new": "%opencode /new",
        "share": "%opencode /share --yes",
        "dispose?": "%opencode /dispose",
        "dispose": "%opencode /dispose --yes",
        "after": ask(
            "after", Call("bash", {"command": "touch unasked", "description": "d"}), Say("x")
        ),
        "open": "%opencode /serve --hostname 0.0.0.0",
        "serve": "import os; os.environ['OPENCODE_SERVER_PASSWORD'] = 'for-my-friends'\n"
        "%opencode /serve --port 0 --username friend",
        "guarded": ask(
            "more", Call("bash", {"command": "touch unasked", "description": "d"}), Say("y")
        ),
        "friend": "import httpx; link = app.link\n"
        "print([httpx.get(link.client.base_url + '/global/health', auth=a).status_code for a in"
        " (('friend', 'for-my-friends'), ('friend', 'x'), ('opencode', 'for-my-friends'))])",
        "stop": "%opencode /stop",
        "alone": "print(app.servers._listening)",
    }
    said = played(cells, project, machine)
    assert "/review" not in said["quiet"]
    assert "TYPE Table 7" in said["health"]
    assert "healthy" in said["health"]
    assert "/review ARGUMENTS" in said["help"]
    assert "it is sent as a turn" in said["review"]
    assert is_one_line(said["nope"], "no command 'nope'; nearest:")
    assert "from the notebook" in said["log"]
    assert "VALUE dict" in said["get"]
    assert "••••" in json.loads(said["get"])[0]["data"]["text/plain"]
    assert "sk-very-secret-key" not in said["get"]
    assert "[]" in json.loads(said["query"])[0]["data"]["text/plain"]
    assert is_one_line(said["route"], "does not know GET /no-such-route; check the path")
    assert is_one_line(said["post"], "nobody is there to ask")
    assert "by hand" in said["posted"]
    assert "TYPE Table 1" in said["events"]
    assert "session.created" in said["events"]
    assert is_one_line(said["forever"], "use --seconds or --count")
    assert is_one_line(said["share"], "sharing is switched off on this notebook's own server")
    assert is_one_line(said["dispose?"], "`/dispose --yes` does it")
    assert "running turns that end" in said["dispose"]
    assert is_one_line(said["open"], "letting others in needs a password")
    assert "the one you gave" in said["serve"]
    assert "for-my-friends" not in said["serve"]
    assert "[200, 401, 401]" in said["friend"]
    assert not (project / "unasked").exists()
    assert "rejected" in said["guarded"]
    assert "port=0, hostname='', " in said["alone"]
