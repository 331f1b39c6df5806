"""The same commands in IPython in a terminal: as text, and one line to bad input."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.cell.test_commands import BAD, GOOD, write_files
from tests.harness.machine import Machine

PICTURE = "/cat plot.dat"
PROGRAM = """\
import json
shell = get_ipython()
shell.run_line_magic("load_ext", "opencode_magic")
said = {}
import contextlib, io
for command in json.loads(open("../commands.json").read()):
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        shell.run_cell(f"%opencode {command}")
    said[command] = printed.getvalue()
open("../said.json", "w").write(json.dumps(said))
"""


def test_every_command_is_text_in_a_terminal(machine: Machine, project: Path) -> None:
    write_files(project)
    # Whoever sits at a terminal is asked; here is nobody, and an empty line is a no.
    asked = [command for command, words in BAD.items() if "nobody is there" in words]
    commands = [*GOOD, PICTURE, *(c for c in BAD if c not in asked)]
    (project.parent / "commands.json").write_text(json.dumps(commands))
    (project.parent / "all.ipy").write_text(PROGRAM)
    machine.run(sys.executable, "-m", "IPython", "--simple-prompt", "../all.ipy", cwd=project)
    said = json.loads((project.parent / "said.json").read_text())
    for command, words in {**GOOD, PICTURE: "PNG picture, 300 x 2 pixels", **BAD}.items():
        if command in asked:
            continue
        text = " ".join(said[command].split())
        assert words in text, (command, said[command])
        assert "Traceback" not in text, command
        if command in BAD:
            assert text.startswith("opencode: "), said[command]
        else:
            assert "<" not in text.replace("<b>", "").replace("<svg", ""), said[command]
