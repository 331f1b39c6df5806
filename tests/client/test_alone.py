"""The client works where neither IPython nor widgets are installed."""

from __future__ import annotations

import subprocess
import sys

from opencode_magic.demo.script import Say, script
from tests.harness.machine import MODEL_ID
from tests.harness.server import PlainServer

PROGRAM = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"IPython", "ipywidgets", "anywidget", "traitlets", "comm"}:
            raise ModuleNotFoundError(f"no module {name}", name=name)

sys.meta_path.insert(0, Missing())
from opencode_magic import OpenCode

url, password, prompt, model = sys.argv[1:]
with OpenCode(url, password=password) as oc:
    turn = oc.ask(prompt, model=model)
    print(turn.state, turn.text)
    print(oc.session.get(turn.session).id == turn.session)
    print(type(next(oc.event.subscribe())).__name__)
"""


def test_a_script_needs_neither_ipython_nor_widgets(plain_server: PlainServer) -> None:
    arguments = [plain_server.url, plain_server.password, script(Say("alone")), MODEL_ID]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.stdout.splitlines() == ["completed alone", "True", "Connected"], done.stderr
