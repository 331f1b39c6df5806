"""IPython in a pseudo-terminal, with the extension and a server that runs already."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from opencode_magic.demo.script import Action, Step, script

from .machine import MODEL_ID
from .server import PlainServer
from .terminal import Terminal

# A prompt with its script is too long to be typed: `go("name")` runs the cell in that file.
STARTUP = """\
import pathlib
def go(name, options=""):
    text = pathlib.Path(CELLS, name).read_text()
    get_ipython().run_cell_magic("opencode", options, text)
"""


class Shell(Terminal):
    """IPython with the extension loaded, at its first prompt.

    Parameters
    ----------
    server:
        whose scripted model answers.
    folder:
        an empty one, for its settings and the cells.
    columns, rows, options, environ:
        of the terminal, of IPython, and what else stands in the environment.
    """

    def __init__(
        self,
        server: PlainServer,
        folder: Path,
        *,
        columns: int = 80,
        rows: int = 24,
        options: Sequence[str] = (),
        environ: Mapping[str, str] = {},
        program: Sequence[str] = (sys.executable, "-m", "IPython", "--no-banner"),
    ) -> None:
        self._cells = folder / "cells"
        self._cells.mkdir(parents=True, exist_ok=True)
        ipython = folder / "ipython"
        startup = ipython / "profile_default" / "startup"
        startup.mkdir(parents=True, exist_ok=True)
        (startup / "00.py").write_text(f"CELLS = {str(self._cells)!r}\n{STARTUP}")
        for name in ("ipython_config.py", "ipython_kernel_config.py"):
            (ipython / "profile_default" / name).write_text(
                "c.InteractiveShellApp.extensions = ['opencode_magic']\n"
                f"c.OpencodeMagics.model = {MODEL_ID!r}\n"
                "c.OpencodeMagics.accept_shell = True\n"
                "c.TerminalInteractiveShell.autosuggestions_provider = None\n"
                "c.TerminalInteractiveShell.confirm_exit = False\n"
            )
        env = {
            **server.machine.env,
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "IPYTHONDIR": str(ipython),
            "OPENCODE_BASE_URL": server.url,
            "OPENCODE_SERVER_PASSWORD": server.password,
            **environ,
        }
        super().__init__(
            [*program, *options],
            cwd=server.directory,
            env={name: value for name, value in env.items() if value},
            columns=columns,
            rows=rows,
        )
        self.prompts = 0
        self.ready()

    def ready(self, timeout_s: float = 60) -> None:
        """Wait for the next prompt."""
        self.prompts += 1
        self.wait_for(f"In [{self.prompts}]:", timeout_s)
        self.settle(0.2)

    def enter(self, line: str) -> None:
        """Type a line of Python."""
        self.type(line + "\r")

    def begin(self, name: str, *steps: Action | Step, options: str = "", words: str = "x") -> None:
        """Begin an agent cell whose prompt carries its script."""
        (self._cells / name).write_text(f"{words} {script(*steps)}")
        self.enter(f"go({json.dumps(name)}, {options!r})" if options else f"go({json.dumps(name)})")
        self.wait_for(f"In [{self.prompts}]: go(")

    def run(self, name: str, *steps: Action | Step, options: str = "") -> None:
        """Run an agent cell to its end."""
        self.begin(name, *steps, options=options)
        self.ready()
