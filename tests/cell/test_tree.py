"""`/tree`: a project's files as a value, on a real server."""

from __future__ import annotations

from tests.cell.cells import LOAD
from tests.cell.running import KeptKernel, shown

CHANGES = """\
from pathlib import Path
Path("new.txt").write_text("one")
Path("greet.py").write_text("changed")
Path("data/numbers.csv").unlink()
Path(".gitignore").write_text("*.log")
Path("noise.log").write_text("")
Path("out").symlink_to("/etc")"""


def test_a_tree_shows_what_changed_and_bad_input_is_one_line(kept_kernel: KeptKernel) -> None:
    cells = [
        LOAD,
        CHANGES,
        "%opencode /tree",
        "tree = %opencode /tree data\nprint(tree)",
        "%opencode /tree greet.py",
        "%opencode /tree ../..",
        "%opencode /tree nowhere",
        "%opencode /tree out",
        "%opencode /tree .git",
        "%opencode /tree --help",
    ]
    done = kept_kernel.run(cells)
    bundle = done.cells[2].outputs[-1].data
    assert set(bundle) == {"text/html", "text/markdown", "text/plain"}
    assert bundle["text/plain"].splitlines() == [
        "project/ (7 entries)",
        "├── data/ (1 changed)",
        "│   └── D numbers.csv (deleted)",
        "├── A .gitignore (added, 5 bytes)",
        "├── M greet.py (modified, 7 bytes)",
        "├── A new.txt (added, 3 bytes)",
        "├── I noise.log (ignored, 0 bytes)",
        "├── A out (added, link)",
        "└── README.md (18 bytes)",
    ]
    assert "<details><summary><code>data/</code> (1 changed)</summary>" in bundle["text/html"]
    assert "ocm-host" not in bundle["text/html"]  # nobody is there to ask
    assert "- M `greet.py` (modified, 7 bytes)" in bundle["text/markdown"]
    said = [shown(cell) for cell in done.cells]
    assert "project/data/ (1 entry)" in said[3]
    assert "greet.py is a file; `/tree .` shows its folder" in said[4]
    assert "is outside of the project" in said[5]
    assert "no folder 'nowhere' in the project" in said[6]
    assert "out is not shown: it is, or lies behind, a symbolic link" in said[7]
    assert "git keeps its own things there" in said[8]
    assert "/tree [PATH]" in said[9]
    assert not any("Traceback" in one for one in said)
