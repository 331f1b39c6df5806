"""A notebook whose folder cannot be worked in says so, and nothing happens elsewhere."""

from __future__ import annotations

from opencode_magic.demo.script import Call, Say, script
from tests.cell.running import run, shown
from tests.harness.machine import Machine

PROMPT = "%opencode --permission allow " + script(
    [Call("write", {"filePath": "made.txt", "content": "x"})], [Say("done")]
)
IN = """\
%unload_ext opencode_magic
import os
os.makedirs({0!r}, exist_ok=True)
os.chdir({0!r})
{1}
%load_ext opencode_magic
{2}"""


def test_no_prompt_goes_where_the_agent_would_work_elsewhere(machine: Machine) -> None:
    root = machine.folder("notebooks", {"a/b/there.txt": "", "c d/there.txt": ""})
    before = {*root.rglob("*")}
    there = {name: str(root / name) for name in ("a%2Fb", "c%20d", "a\\b", "gone")}
    cells = ["%load_ext opencode_magic"]
    for name, folder in there.items():
        delete = f"os.rmdir({folder!r})" if name == "gone" else ""
        cells.append(IN.format(folder, delete, PROMPT))
    notebook = run(cells, root, machine)
    for name, cell in zip(there, notebook.cells[1:], strict=True):
        said = shown(cell)
        wanted = "is gone; restart the kernel" if name == "gone" else "rename the folder"
        assert wanted in said, said
        assert repr(there[name]) in said.encode().decode("unicode_escape"), said
        assert "Traceback" not in said
    assert {*root.rglob("*")} - before == {root / name for name in there if name != "gone"}
