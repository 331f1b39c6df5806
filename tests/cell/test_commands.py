"""The commands of files, models, project, tools and the terminal client, in a real kernel."""

from __future__ import annotations

import base64
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from opencode_magic.demo.script import Call, Say
from tests.cell.cells import LOAD, ask
from tests.cell.running import run, shown
from tests.harness import mcp_weather
from tests.harness.machine import Machine, make_machine
from tests.render.test_pictures import PICTURES

MCP = f"{sys.executable} {mcp_weather.__file__}"

GOOD = {
    "/cat greet.py": "def greet(name)",
    "/cat greet.py 2-9": "lines 2-2",
    "/cat blob.bin": "3 bytes that are no text (application/octet-stream).",
    "/cat my notes 2.txt": "my own",
    "/cat my notes 2.txt 2-9": "lines 2-2",
    '/cat "chapter 2"': "the end",
    "/cat 'chapter 2' 1": "lines 1-1",
    "/cat latin.txt": "café <b>Zebra",
    "/cat latin.txt 1": "a guess",
    "/cat utf16.txt": "The file is UTF-16, not UTF-8",
    "/cat drawing.svg": "<svg",
    "/cat nothing.txt": "The file is empty",
    "/cat big.png": "pictures are shown up to 1.0 MB",
    "/find Hello": "1 line in 1 file",
    "/find Hello --context 0": "1 line in 1 file",
    "/find ünïcode": "2 lines in 1 file",
    "/find nothing-like-it": "no line matches",
    r"/find \p{Lu}ello": "1 line in 1 file",
    "/find -- --not-ours": "1 line in 1 file",
    "/find many": "The server stops at 10 lines: a narrower pattern shows others.",
    "/find Zebra": "Missing are matching lines that are not UTF-8",
    "/files greet": "greet.py",
    "/files data --folders": "data/",
    "/symbols greet": "no language server runs",
    "/changes": "not committed",
    "/changes --branch": "nothing is different",
    "/models": "fake/demo",
    "/models script": "Scripted model",
    "/model": "fake/demo",
    "/model fake/demo": "chosen for this notebook",
    "/agents": "subagent",
    "/agent plan": "plan",
    "/agent build": "build",
    "/providers": "Scripted",
    "/auth": "ways to log in",
    "/auth anthropic": "API key",
    "/auth nobody --remove --yes": "is forgotten",
    "/commands rev": "/review",
    "/project": "version control",
    "/projects": "this one",
    "/path": "works in",
    "/vcs": "main",
    "/config": "autoupdate",
    "/config provider.fake.options": "••••",
    "/config username ada --yes": "ends every running turn",
    "/tools": "apply_patch",
    "/tools --model fake/demo": "filePath",
    f"/mcp add echo {MCP} --stdio": "connected",
    "/mcp disconnect echo": "disabled",
    "/mcp connect echo": "connected",
    "/lsp": "none runs",
    "/formatters": "none is set up",
    "/doctor": "Nothing to fix",
    "/tui append hello": "does not tell whether",
    "/tui toast hi --variant info": "does not tell whether",
    "/tui open help": "does not tell whether",
    "/tui submit": "told the terminal client",
}
BAD = {
    "/cat nope.py": "no file 'nope.py'",
    "/cat ../secret": "outside of the project",
    "/cat data": "is a folder",
    "/cat greet.py 9": "has 2 lines",
    '/cat "greet.py" ten': "are no lines",
    "/cat greet.py 9-2": "are no lines",
    "/cat chapter 2": "no file 'chapter' in the project; where 2 belongs to its name, put quotes",
    "/cat blob.bin 1": "has no lines: it is no text",
    "/cat out.txt": "no file 'out.txt'",
    "/find (": "no regular expression that ripgrep reads",
    "/find (?=x)": "no regular expression that ripgrep reads",
    "/files x --limit many": "limit is a number",
    "/files x --limit 500": "1 to 200",
    "/model fake/nope": "no model 'fake/nope'",
    "/agent coder": "no agent 'coder'",
    "/auth anthropic --key": "nobody is there to ask for the key",
    "/auth anthropic --login 7": "has no login 7",
    "/auth nobody --remove": "nobody is there to ask",
    "/config no.such.key": "no 'no.such.key'",
    "/config username ada": "nobody is there to ask",
    "/mcp add": "needs NAME",
    "/mcp fly away": "is one of list, add",
    '/mcp add x run "it': "cannot be split into words",
    "/mcp add plan run": "could pass for plan_enter",
    "/tui open door": "takes one of help",
    "/tui dance": "is one of append",
}


def write_files(project: Path) -> None:
    """What the commands look into."""
    (project / "blob.bin").write_bytes(b"\0\1\2")
    (project / "words.txt").write_text("ä ünïcode <b>\nünïcode twice: ünïcode\n")
    (project / "many.txt").write_text("many\n" * 30)
    (project / "latin.txt").write_bytes("café <b>Zebra\n".encode("latin-1"))
    (project / "utf16.txt").write_bytes("ä\n".encode("utf-16"))
    (project / "my notes 2.txt").write_text("mine\nmy own --not-ours\n")
    (project / "chapter 2").write_text("the end\n")
    (project / "nothing.txt").write_text("")
    (project / "drawing.svg").write_text("<svg onload='alert(1)'/>")
    (project / "plot.dat").write_bytes(PICTURES["png"])
    (project / "big.png").write_bytes(PICTURES["png"] + bytes(1_000_000))
    secret = project.parent / "secret.txt"
    secret.write_text("not for you\n")
    (project / "out.txt").symlink_to(secret)


@pytest.fixture(scope="module")
def outputs(
    tmp_path_factory: pytest.TempPathFactory, opencode_executable: Path, model: Any
) -> dict[str, Any]:
    """What each command left behind, all run in one kernel."""
    root = tmp_path_factory.mktemp("commands") / "machine"
    machine: Machine = make_machine(root, opencode=opencode_executable, model_url=model.url)
    project = machine.project()
    write_files(project)
    commands = [*GOOD, *BAD]
    asks = ask("echo", Call("echo_forecast", {"city": "Oslo"}), Say("on"))
    cells = [LOAD, *(f"%opencode {c}" for c in commands), PICTURE, asks, FRAME]
    done = run(cells, project, machine)
    return dict(zip(["load", *commands, PICTURE, "mcp turn", "frame"], done.cells, strict=True))


PICTURE = "%opencode /cat plot.dat"
FRAME = """\
value = %opencode /models
import sys
sys.modules["pandas"] = None
try:
    value.df()
except Exception as error:
    print(type(error).__name__, error)
print(type(value[0]).__name__, len(value), value[0].name)"""


def _text(cell: Any) -> str:
    """What the cell says as plain text, without markup."""
    return re.sub(r"\\u001b\[[0-9;]*m|<[^>]+>", "", shown(cell))


@pytest.mark.parametrize("command", GOOD)
def test_a_command_shows_what_it_found(outputs: dict[str, Any], command: str) -> None:
    cell = outputs[command]
    assert [o.output_type for o in cell.outputs] == ["execute_result"] or (
        [o.output_type for o in cell.outputs][-1] == "execute_result"
    )
    data = cell.outputs[-1].data
    assert set(data) == {"text/html", "text/markdown", "text/plain"}
    assert json.dumps(GOOD[command], ensure_ascii=False)[1:-1] in json.dumps(
        data["text/plain"], ensure_ascii=False
    )


@pytest.mark.parametrize("command", BAD)
def test_bad_input_is_one_line(outputs: dict[str, Any], command: str) -> None:
    [error] = outputs[command].outputs
    assert error.output_type == "error"
    assert BAD[command] in error.evalue
    assert len(error.traceback) == 1
    assert "\n" not in error.traceback[0]


def test_hits_are_marked_where_they_are(outputs: dict[str, Any]) -> None:
    html = outputs["/find ünïcode"].outputs[-1].data["text/html"]
    hit = '<strong><span class="ocm-is-hit">ünïcode</span></strong>'
    assert html.count(hit) == 3
    around = outputs["/find Hello"].outputs[-1].data
    assert "def greet(name):" in around["text/plain"]
    assert '<span class="ocm-is-quiet">def greet(name):</span>' in around["text/html"]
    assert "def greet" not in outputs["/find Hello --context 0"].outputs[-1].data["text/plain"]
    assert "&lt;b&gt;" in html


def test_a_picture_is_an_output_of_its_own_type(outputs: dict[str, Any]) -> None:
    [output] = outputs[PICTURE].outputs
    assert set(output.data) == {"image/png", "text/plain"}
    assert base64.b64decode(output.data["image/png"]) == PICTURES["png"]
    assert output.data["text/plain"] == ("plot.dat\n\nPNG picture, 300 x 2 pixels, 112 bytes.")


def test_a_tool_of_an_added_mcp_server_asks(outputs: dict[str, Any]) -> None:
    text = _text(outputs["mcp turn"])
    assert "rejected" in text
    assert "echo_forecast" in text


def test_a_table_is_a_value(outputs: dict[str, Any]) -> None:
    text = _text(outputs["frame"])
    assert "InputError pandas is not installed" in text
    assert "OfferedModel" in text
