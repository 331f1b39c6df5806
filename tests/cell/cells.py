"""What the browser tests of the agent cell are made of."""

from __future__ import annotations

import json
from dataclasses import dataclass

from opencode_magic.demo.script import Call, script
from tests.harness.calls import spelt
from tests.harness.notebook import Notebook
from tests.harness.server import PlainServer

LOAD = "%load_ext opencode_magic"
CONSENT = "%config OpencodeMagics.accept_shell = True"
"""Said by a user who uses a server of others, and lets the agent have a shell there."""
RUN = "--kernel run --permission allow"
APP = 'app = get_ipython().magics_manager.registry["OpencodeMagics"].app'
STATE = f"""\
import json, os
{APP}
password = app.link.managed.password if app.link.managed else os.environ["OPENCODE_PASSWORD"]
print("STATE", json.dumps({{
    "turn": _oc.state,
    "busy": list(app.link.client.session.statuses()),
    "password": password in repr(vars(app.link)) + repr(_oc) + str(_oc.text),
}}))"""


@dataclass(frozen=True)
class Cells:
    """Cells for a server of one major: of our own, or one that runs already."""

    major: str
    server: PlainServer | None = None

    @property
    def load(self) -> str:
        """The first cell."""
        if self.server is None:
            return LOAD
        password = self.server.password
        environ = {
            "OPENCODE_BASE_URL": self.server.url,
            "OPENCODE_PASSWORD": password,
            "OPENCODE_SERVER_PASSWORD": password,
        }
        return f"import os; os.environ |= {environ}\n{LOAD}\n{CONSENT}"

    def ask(self, words: str, *steps: object, options: str = "") -> str:
        """An agent cell whose prompt carries its script, written as for OpenCode 1."""
        return ask(words, *(spelt(step, self.major) for step in steps), options=options)


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
