"""What the browser tests of the agent cell are made of."""

from __future__ import annotations

import json

from opencode_magic.demo.script import Call, script
from tests.harness.notebook import Notebook

LOAD = "%load_ext opencode_magic"
CONSENT = "%config OpencodeMagics.accept_shell = True"
"""Said by a user who uses a server of others, and lets the agent have a shell there."""
RUN = "--kernel run --permission allow"
APP = 'app = get_ipython().magics_manager.registry["OpencodeMagics"].app'
STATE = f"""\
import json
{APP}
print("STATE", json.dumps({{
    "turn": _oc.state,
    "busy": list(app.link.client.session.statuses()),
    "password": app.link.managed.password in repr(vars(app.link)) + repr(_oc) + str(_oc.text),
}}))"""


def ask(words: str, *steps: object, options: str = "") -> str:
    """An agent cell whose prompt carries its script."""
    return f"%%opencode {options}\n{words} {script(*steps)}"  # type: ignore[arg-type]


def state(notebook: Notebook, index: int) -> dict[str, object]:
    """What a cell with `STATE` says, once it has run."""
    notebook.wait_done(index)
    line = next(x for x in notebook.text(index).splitlines() if x.startswith("STATE"))
    found: dict[str, object] = json.loads(line.partition(" ")[2])
    return found


def bash(command: str) -> Call:
    """A call of the bash tool."""
    return Call("bash", {"command": command, "description": "runs it"})


def code(text: str) -> Call:
    """A call that runs code in the kernel."""
    return Call("kernel_*_run_code", {"code": text})
