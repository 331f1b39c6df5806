"""`/undo` and `/redo`: what they show, ask, touch and leave alone, on a real server."""

from __future__ import annotations

import json
import re

from opencode_magic.demo.script import Call, Say
from tests.cell.cells import LOAD, ask
from tests.cell.running import KeptKernel, shown

EDIT = (
    [Call("read", {"filePath": "greet.py"})],
    Call("edit", {"filePath": "greet.py", "oldString": '"Hello "', "newString": '"Bye "'}),
)
WORK = ask("edit", *EDIT, Say("edited"), options="--permission allow")
FILE = "from pathlib import Path; file = Path('greet.py')"


def test_undo_shows_first_and_does_it_only_when_told(kept_kernel: KeptKernel) -> None:
    (kept_kernel.project / "mine.txt").write_text("one")
    cells = [
        LOAD,
        WORK,
        f"{FILE}; Path('mine.txt').write_text('two')",
        "%opencode /undo --preview",
        "%opencode /undo",
        "print('Bye' in file.read_text())",
        "%opencode /undo --yes",
        "print('Hello' in file.read_text(), Path('mine.txt').read_text())",
        "%opencode /redo --yes",
        "print('Bye' in file.read_text(), Path('mine.txt').read_text())",
    ]
    done = kept_kernel.run(cells)
    said = [shown(cell) for cell in done.cells]
    assert "This would be taken out of your files" in said[3]
    assert "greet.py" in said[3]
    assert "Bye" in re.sub("<[^>]+>", "", json.dumps(done.cells[3].outputs))
    assert "nobody is there to ask" in said[4]
    assert "/undo --yes" in said[4]
    assert "True" in said[5]
    assert "Undone" in said[6]
    assert "True two" in said[7]
    assert "Redone" in said[8]
    assert "True two" in said[9]


def test_what_the_user_changed_since_is_not_overwritten(kept_kernel: KeptKernel) -> None:
    cells = [
        LOAD,
        WORK,
        f"{FILE}; _ = file.write_text(file.read_text().replace('Bye', 'Cheers'))",
        "%opencode /undo --yes",
        "print(file.read_text())",
        "%opencode /undo --yes --force",
        "print(file.read_text()); _ = file.write_text('mine')",
        "%opencode /redo --yes",
        "print(file.read_text())",
    ]
    said = [shown(cell) for cell in kept_kernel.run(cells).cells]
    assert "greet.py: changed since" in said[3]
    assert "Cheers" in said[4]
    assert "Undone" in said[5]
    assert "Hello" in said[6]
    assert "greet.py: changed since" in said[7]
    assert "mine" in said[8]
