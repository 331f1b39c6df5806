"""Mentions in a real kernel with a real server: what the model gets, and what the reader sees."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Say, script
from tests.cell.cells import LOAD
from tests.cell.running import run, shown
from tests.harness.machine import Machine

SAY = "import json; say = lambda *what: print('SAID', json.dumps(what))"
RECORDED = """\
app = get_ipython().magics_manager.registry['OpencodeMagics'].app
http = app.connect().session
bodies, send = [], http.prompt_async
def recorded(session, content, **options):
    bodies.append([{k: v for k, v in part.items() if k != 'id'} for part in content])
    return send(session, content, **options)
http.prompt_async = recorded"""


def told(cell: Any) -> list[Any]:
    """What a cell printed as JSON, behind its mark."""
    text = "".join(o.get("text", "") for o in cell.outputs)
    found: list[Any] = json.loads(text.partition("SAID ")[2])
    return found


def asked(model: ScriptedModel, words: str) -> list[dict[str, Any]]:
    """The parts of the newest prompt the model was asked that has these words."""
    for request in reversed(model.requests):
        for message in reversed(request.body["messages"]):
            content = message["content"]
            parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
            if message["role"] == "user" and words in str(parts):
                return parts
    raise AssertionError(f"the model was never asked {words!r}")


def test_what_is_mentioned_reaches_the_model_and_is_told(
    machine: Machine, project: Path, model: ScriptedModel
) -> None:
    (project / "a.py").write_text("".join(f"line {n}\n" for n in range(1, 31)))
    (project / "conf.env").write_text("DEBUG=1\nAPI_TOKEN=planted-in-a-file-1\n")
    words = "mentioning @df @note @{6 * 7} @a.py#L3-5 @conf.env @error @In[2] @fig"
    cells = [
        f"{LOAD}\n{SAY}",
        (
            "import pandas as pd\ndf = pd.DataFrame({'n': [1, 2, 40]})\n"
            "note = {'password': 'planted-in-a-value-1'}"
        ),
        "import matplotlib.pyplot as plt\n_ = plt.plot([1, 2])\nplt.show()",
        "def f(x):\n    return 1 / x\nf(0)",
        f"%%opencode -o answer\n{words} {script(Say('seen'))}",
        "%opencode /show",
        "say(answer.prompt, [p.id for p in answer.transcript.messages()[0].parts])",
        f"%%opencode\nnothing is mentioned by a@b.c, `@df` and {{}} {script(Say('plain'))}",
    ]
    done = run(cells, project, machine).cells
    parts = asked(model, "mentioning")
    texts = "\n".join(part.get("text", "") for part in parts)
    assert "mentioning @df @note 42 @a.py#L3-5" in texts
    assert "n: int64, 1 to 40, mean 14.3333" in texts
    assert "line 5" in texts
    assert "line 6" not in texts
    assert "DEBUG=1" in texts
    assert "ZeroDivisionError" in texts
    assert "x = 0" in texts
    assert "planted-in-a-" not in json.dumps(model.requests[-1].body) + texts
    assert [p["image_url"]["url"][:22] for p in parts if p["type"] == "image_url"] == [
        "data:image/png;base64,"
    ]
    for cell in (done[4], done[5]):
        seen = shown(cell)
        assert "Attached: df: DataFrame 3 x 1, " in seen
        assert "1 secret left out (password)" in seen
        assert "Attached: a.py (text/plain, lines 3-5)" in seen
        assert "Attached: conf.env: 2 lines, " in seen
        assert "Attached: error: ZeroDivisionError" in seen
        assert "Attached: fig.png (image/png, " in seen
        assert "planted-in-a-" not in seen
    prompt, ids = told(done[6])
    assert prompt.startswith("mentioning @df @note 42")
    assert ids == sorted(ids)
    plain = asked(model, "nothing is mentioned")
    assert len(plain) == 1
    assert plain[0]["text"].startswith("nothing is mentioned by a@b.c, `@df` and {} ")


def test_what_is_shown_before_is_what_is_sent(machine: Machine, project: Path) -> None:
    (project / "a.py").write_text("x = 1\n")
    prompt = f"look @df @a.py @general @{{df}} {script(Say('seen'))}"
    cells = [
        f"{LOAD}\n{SAY}\ndf = [1, 2, 3]",
        f"%%opencode --dry-run -o dry\n{prompt}",
        f"before = %opencode /context {prompt}",
        "say(_oc if '_oc' in globals() else None)",
        RECORDED,
        f"%%opencode\n{prompt}",
        "say(bodies, [dict(p) for p in dry], [dict(p) for p in before])",
        "%opencode /context",
    ]
    done = run(cells, project, machine).cells
    assert "Not sent. This would be 4 parts" in shown(done[1])
    assert told(done[3]) == [None]
    bodies, dry, before = told(done[6])
    assert bodies == [dry]
    assert dry == before
    assert [part["type"] for part in dry] == ["text", "text", "file", "agent"]
    assert "The conversation fills 30 tokens of 100,000" in shown(done[7])


def test_bad_mentions_are_one_line_and_nothing_is_sent(
    machine: Machine, project: Path, model: ScriptedModel
) -> None:
    (project / "a.py").write_text("x = 1\n")
    wrong = {
        "@{1/0}": "@{1/0}: ZeroDivisionError: division by zero; nothing was sent",
        "@a.py#L50-60": "@a.py has 1 line: there is no line 50; nothing was sent",
        "@error": "no cell has failed in this kernel yet",
        "@fig": "no figure was drawn in this kernel yet",
        "@Out[77]": "no @Out[77]",
    }
    cells = [LOAD, *(f"%opencode wrongly {word}" for word in wrong)]
    done = run(cells, project, machine).cells
    for cell, said in zip(done[1:], wrong.values(), strict=True):
        assert said in shown(cell)
        assert [len(o["traceback"]) for o in cell.outputs] == [1]
    assert not [r for r in model.requests if "wrongly" in json.dumps(r.body)]
