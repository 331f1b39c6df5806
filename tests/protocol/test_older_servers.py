"""Turns on older servers, for real: sent, streamed, asked, answered, stopped, taken back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from opencode_magic import OpenCode
from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Call, Say, Think, Wait, script
from opencode_magic.errors import UnsupportedError
from opencode_magic.model.asks import PermissionRequest, QuestionRequest
from opencode_magic.model.prompt import Prompt
from opencode_magic.turns.frame import Frame
from opencode_magic.turns.run import TurnRun
from opencode_magic.turns.turn import Turn
from tests.cell.cells import LOAD, ask
from tests.cell.running import run, shown
from tests.harness.machine import MODEL_ID, Machine, make_machine
from tests.harness.server import PlainServer
from tests.harness.tools import require_version

DEFAULT = "1.2.27"
OTHERS = ("1.1.65", "1.3.2", "1.14.41", "1.17.19")
RULES = [
    {"permission": name, "pattern": "*", "action": "ask"} for name in ("bash", "edit", "webfetch")
]
ASK = {
    "questions": [
        {
            "question": "Which?",
            "header": "Colour",
            "options": [
                {"label": "red", "description": "r"},
                {"label": "blue", "description": "b"},
            ],
        }
    ]
}


def bash(command: str) -> Call:
    return Call("bash", {"command": command, "description": "runs it"})


@dataclass(frozen=True)
class Older:
    """An older server, and the machine it runs on."""

    server: PlainServer
    machine: Machine


@pytest.fixture(
    scope="module", params=[DEFAULT, *(pytest.param(v, marks=pytest.mark.long) for v in OTHERS)]
)
def older(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, model: ScriptedModel
) -> Iterator[Older]:
    """A server of that version."""
    program = require_version(request.param)
    root = tmp_path_factory.mktemp("older") / "machine"
    machine = make_machine(root, opencode=program, model_url=model.url, virgin=True)
    server = PlainServer(program, machine, machine.project(), password="s3cret-older")
    yield Older(server, machine)
    server.stop()


@pytest.fixture(scope="module")
def oc(older: Older) -> Iterator[OpenCode]:
    """A client of that server."""
    server = older.server
    with server.client() as oc:
        oc.probe()
        yield oc


def follow(oc: OpenCode, session: str, prompt: str) -> tuple[Turn, list[Frame]]:
    """A turn with all its frames."""
    frames = []
    with TurnRun(oc, oc.session.get(session), Prompt(prompt, "text", MODEL_ID, "build")) as run:
        while not run.done:
            frames.append(run.step(0.5))
        return run.settle(), frames


def test_a_turn_streams_and_its_change_is_taken_back_and_brought_again(oc: OpenCode) -> None:
    session = oc.session.create(title="streams").id
    words = "a long answer " * 40
    write = Call("write", {"filePath": "made.txt", "content": "one\n"})
    # Up to 1.3 a call that comes at once may be faster than the snapshot its diff is made from.
    think = Think("I will write a file now.", size=2, delay_s=0.1)
    steps = script([think, write], Say(words, size=20, delay_s=0.01))
    turn, frames = follow(oc, session, "write " + steps)
    assert (turn.text.strip(), turn.state, turn.confirmed) == (words.strip(), "completed", True)
    seen = {str(frame.shown.by_id) for frame in frames if words[:30] in str(frame.shown.by_id)}
    assert len(seen) > 3  # it grew
    file = Path(oc.directory or "", "made.txt")
    assert turn.files == ["made.txt"]
    assert [f.file for f in oc.session.diff(session, turn.prompt_id)] == ["made.txt"]
    oc.session.revert(session, turn.prompt_id)
    assert not file.exists()
    oc.session.unrevert(session)
    assert file.read_text() == "one\n"
    ids = [m.info.id for m in oc.session.messages(session)]
    pages = [[m.info.id for m in page] for page in oc.session.pages(session, size=2)]
    assert [id for page in reversed(pages) for id in page] == ids
    assert len(oc.session.messages(oc.session.fork(session))) == len(ids)


def test_an_answer_has_the_form_that_was_asked_for(oc: OpenCode) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    calls = [Call("StructuredOutput", {"n": n}) for n in ("x", 7)]
    before = len(oc.session.list())
    assert oc.ask(f"rows {script(*calls)}", schema=schema, model=MODEL_ID) == {"n": 7}
    assert len(oc.session.list()) == before


def test_permissions_and_questions_are_asked_and_answered(oc: OpenCode) -> None:
    session = oc.session.create(title="asks", permission=RULES).id
    seen: list[str] = []

    def permit(request: PermissionRequest) -> str:
        seen.append(str(request.metadata.get("command") or request.patterns))
        return "once" if "first" in seen[-1] else "use another way"

    def choose(request: QuestionRequest) -> list[list[str]]:
        return [[request.questions[0].options[1].label]]

    steps = script(bash("echo first"), bash("echo second"), Call("question", ASK), Say("end"))
    turn = oc.ask("go " + steps, session=session, model=MODEL_ID, on_permission=permit,
                  on_question=choose)  # fmt: skip
    assert (turn.text, turn.state) == ("end", "completed")
    assert [d.reply for d in turn.decisions] == ["once", "reject", "answer"]
    assert [t.state.status for t in turn.tools] == ["completed", "error", "completed"]
    assert "first" in turn.tools[0].state.output
    assert "use another way" in turn.tools[1].state.error
    assert "blue" in str(turn.tools[2].state.metadata)
    refused = oc.ask("no " + script(bash("echo third"), Say("not reached")), session=session,
                     model=MODEL_ID, on_permission=lambda _: "reject")  # fmt: skip
    assert refused.state == "stopped"
    assert oc.pending() == []


def test_a_turn_is_stopped_and_the_next_works(oc: OpenCode, model: ScriptedModel) -> None:
    session = oc.session.create(title="stops").id
    gate = f"older {oc.version}"
    steps = script([Say("half"), Wait(gate), Say("never")])
    with TurnRun(oc, oc.session.get(session), Prompt("x " + steps, "text", MODEL_ID)) as run:
        while not run.done:
            frame = run.step(0.5)
            if frame.phase == "running" and "half" in str(frame.shown.by_id):
                run.abort()
        turn = run.settle()
    model.gate(gate).set()
    assert turn.state == "stopped"
    assert session not in oc.session.statuses()
    again, _ = follow(oc, session, "y " + script(Say("fine")))
    assert (again.text, again.state) == ("fine", "completed")


def test_a_subagent_works_inside_the_turn(oc: OpenCode) -> None:
    session = oc.session.create(title="helps").id
    inner = script(Say("counted"))
    task = Call("task", {"description": "count", "prompt": f"count {inner}",
                         "subagent_type": "general"})  # fmt: skip
    turn, _ = follow(oc, session, "z " + script(task, Say("told")))
    assert (turn.text, turn.state) == ("told", "completed")
    [child] = oc.session.children(session)
    assert child.id in turn.transcript
    assert "counted" in str(turn.transcript.messages(child.id))


def test_what_it_cannot_do_is_said_before_anything_is_sent(oc: OpenCode) -> None:
    before = threading.active_count()
    calls = {
        "vcs-diff": lambda: oc.vcs.diff(),
        "session-metadata": lambda: oc.session.create(title="m", metadata={"k": 1}),
        "message-delete": lambda: oc.session.delete_message("ses_x", "msg_x"),
    }
    for capability, call in calls.items():
        if capability not in oc.capabilities:
            with pytest.raises(UnsupportedError, match=rf"opencode {oc.version} .*npm install"):
                call()
    assert isinstance(oc.vcs.status(), list)
    assert threading.active_count() == before


def test_in_a_notebook_it_asks_before_it_acts(older: Older) -> None:
    url = older.server.url
    project = older.server.directory
    cells = [
        "import os; os.environ['OPENCODE_SERVER_PASSWORD'] = 's3cret-older'",
        LOAD,
        f"%opencode /connect {url} --shell",
        ask("one", bash("touch unasked"), Say("on")),
        ask("two", bash("touch unasked"), Say("again"), options="-a plan"),
        ask("three", bash("echo allowed"), Say("well"), options="--permission allow"),
    ]
    done = [shown(cell) for cell in run(cells, project, older.machine).cells]
    assert "a server this notebook does not manage" in done[2]
    assert "rejected" in done[3]
    assert "rejected" in done[4]
    assert not (project / "unasked").exists()
    assert "well" in done[5]
    assert "s3cret-older" not in "".join(done[1:])
