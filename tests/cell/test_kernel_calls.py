"""Who may call the kernel's tools, what is written down of them, and what they show."""

from __future__ import annotations

import json
from pathlib import Path

from opencode_magic.demo.cues import ModelRequest
from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Call, Say, script
from tests.cell.cells import APP, LOAD, RUN, ask, bash, code
from tests.cell.running import KeptKernel, run, shown
from tests.conftest import StartServer
from tests.harness.machine import Machine

from .test_kernel_tools import LEFT, results

LOOKS = Call("kernel_*_list_variables", {})
FIGURE = """\
import matplotlib; matplotlib.use("agg")
import matplotlib.pyplot as plt
plt.plot([1, 2, 3]); plt.title({title!r}); figure = plt.gcf()"""


def asked(model: ScriptedModel, words: str) -> list[ModelRequest]:
    """The requests with tools that a prompt with these words has made."""
    return [request for request in model.requests if request.tools and words in request.prompt]


def kernel_tools(request: ModelRequest) -> list[str]:
    return [name for name in request.tools if name.startswith("kernel_")]


def test_a_call_of_another_session_is_refused_whoever_allows_it_there(
    kept_kernel: KeptKernel, model: ScriptedModel
) -> None:
    """Another session of the same server, whose own client allows whatever it asks."""
    foreign = script(Call("kernel_*_run_code", {"code": "stolen = 1"}), Say("foreign end"))
    other = f"""\
import pathlib, threading, time
{APP}
oc = app.link.client.another()
theirs = oc.session.create(title="theirs")
said = []
def allow():
    while not said:
        for ask in oc.permission.list():
            if ask.session_id == theirs.id:
                oc.permission.reply(ask.id, "once")
        time.sleep(0.05)
def prompt():
    with oc.another() as second:
        second.session.prompt(theirs, {foreign!r}, model="fake/demo")
        said.append(str(second.session.record(theirs)))
    pathlib.Path("theirs-ended").touch()
for act in (allow, prompt):
    threading.Thread(target=act, name=act.__name__).start()"""
    cells = [
        LOAD,
        # The tools are there from the first prompt on; the second one waits for the others.
        ask("offer", Say("offered"), options=RUN),
        other,
        ask(
            "wait", bash("until test -e theirs-ended; do sleep 0.1; done"), Say("end"), options=RUN
        ),
        "print('stolen' in dir(), 'Nobody has allowed' in said[0], 'foreign end' in said[0])",
    ]
    done = kept_kernel.run(cells)
    assert "False True True" in shown(done.cells[4])


def test_what_a_folder_allows_is_asked_for_all_the_same(machine: Machine, project: Path) -> None:
    """A folder that is trusted, and then says that the kernel's tools need no asking."""
    allowed = {"permission": {"*": "allow", "kernel_*": "allow"}}
    (project / "opencode.json").write_text(json.dumps(allowed))
    cells = [
        LOAD,
        "%opencode /trust --yes",
        ask("x", code("z = 1"), Say("end"), options="--kernel run"),
        "print('z' in dir(), _oc.state)",
    ]
    done = run(cells, project, machine)
    assert "False completed" in shown(done.cells[3])


def test_the_token_is_nowhere_to_be_read(kept_kernel: KeptKernel) -> None:
    cells = [
        LOAD,
        ask("x", LOOKS, Say("end"), options=RUN),
        "%opencode /api GET /mcp",
        "%opencode /api GET /config",
        "%opencode /mcp",
        f"""\
{APP}
token, name = app.offering.living._server.token, app.offering.living.name
raw = "".join(str(app.link.client.request("GET", path)) for path in ("/mcp", "/config"))
print("IN", token in raw, name in raw)
open("token", "w").write(token);""",
    ]
    done = kept_kernel.run(cells)
    token = (kept_kernel.project / "token").read_text()
    assert len(token) > 20
    assert "IN False True" in shown(done.cells[5])
    assert token not in json.dumps([shown(cell) for cell in done.cells])


def test_the_tools_come_back_after_the_server_has_forgotten_them(
    machine: Machine, project: Path, model: ScriptedModel
) -> None:
    cells = [
        LOAD,
        "answer = 4242",
        ask("look once", LOOKS, Say("end")),
        "%opencode /dispose --yes",
        ask("look again", LOOKS, Say("end")),
        "%opencode /kernel off",
        ask("look no more", Say("end")),
        LEFT,
    ]
    done = run(cells, project, machine)
    assert "none" in shown(done.cells[3])  # nothing that would be lost
    before, after, off = (asked(model, words) for words in ("look once", "look again", "look no"))
    for requests in (before, after):
        assert len(requests) == 2
        assert "answer: int" in json.dumps(requests[-1].messages)
    assert not kernel_tools(off[0])
    assert "THREADS []" in shown(done.cells[7])


def test_a_subagents_call_asks_and_runs_like_one_of_the_agent(kept_kernel: KeptKernel) -> None:
    inner = script(code("found = 'by a subagent'"), Say("did it"))
    task = {"description": "run it", "prompt": f"Run it. {inner}", "subagent_type": "general"}
    cells = [
        LOAD,
        ask("x", Call("task", task), Say("end"), options=RUN),
        "print('found', found)",
    ]
    done = kept_kernel.run(cells)
    assert "found by a subagent" in shown(done.cells[2])


def test_the_figure_is_looked_at_unless_a_secret_is_written_in_it(
    kept_kernel: KeptKernel, model: ScriptedModel
) -> None:
    titles = {"plain": "a title", "secret": "sk-ant-api03-0123456789abcdefghijklmnop"}
    cells = [LOAD]
    for words, title in titles.items():
        look = Call("kernel_*_look_at_figure", {})
        cells.append(FIGURE.format(title=title))
        cells.append(ask(f"a {words} one", look, Say("end"), options="--kernel read --new 'x'"))
    kept_kernel.run(cells)
    said = [json.dumps(request.messages) for request in model.requests if request.tools]
    sent = {w: [text for text in said if f"a {w} one" in text][-1] for w in titles}
    assert "data:image/png;base64," in sent["plain"]
    assert titles["plain"] in sent["plain"]
    assert "data:image" not in sent["secret"]
    assert titles["secret"] not in sent["secret"]
    assert "a secret is written in it" in sent["secret"]


CONNECTED = """\
import os
os.environ["OPENCODE_SERVER_PASSWORD"] = "s3cret"
%opencode /connect {url}"""


def test_on_a_server_of_others_nothing_is_offered_until_the_user_agrees(
    machine: Machine, project: Path, model: ScriptedModel, start_server: StartServer
) -> None:
    server = start_server(project, password="s3cret")
    cells = [
        LOAD,
        CONNECTED.format(url=server.url),
        ask("not agreed", Say("end")),
        ask("x", Say("end"), options="--kernel read"),
        "%opencode /kernel read",
        "%opencode /kernel read --yes",
        "answer = 4242",
        ask("x", LOOKS, Say("end")),
        "%opencode /stop",
    ]
    done = run(cells, project, machine)
    assert not kernel_tools(asked(model, "not agreed")[0])
    assert "every session of this server would see" in shown(done.cells[3])
    assert "nobody is there to ask, so nothing was done" in shown(done.cells[4])
    assert "answer: int" in results(model)
    with server.http() as http:
        left = http.get("/mcp").json()
    assert [state["status"] for state in left.values()] in ([], ["disabled"])


WITHOUT = """\
import importlib.util
find = importlib.util.find_spec
def none(name, package=None):
    return None if name == "mcp" else find(name, package)
import opencode_magic.kernel.offering as offering
offering.find_spec = none"""


def test_without_the_extra_it_is_off_and_asking_for_it_says_what_to_install(
    machine: Machine, project: Path, model: ScriptedModel
) -> None:
    cells = [
        LOAD,
        WITHOUT,
        ask("no library", Say("end")),
        ask("x", Say("end"), options="--kernel run"),
        "%opencode /kernel run",
        "%opencode /kernel",
    ]
    done = run(cells, project, machine)
    assert not kernel_tools(asked(model, "no library")[0])
    assert "kernel" not in shown(done.cells[2])
    for cell in done.cells[3:5]:
        assert "pip install 'opencode-magic[kernel]'" in shown(cell)
    assert "nothing listens" in shown(done.cells[5])
