"""What changed in a notebook is told by its cells."""

from __future__ import annotations

import difflib
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from opencode_magic.changes.hunks import apply
from opencode_magic.changes.patch import parse_one
from opencode_magic.model.files import FileDiff
from opencode_magic.render import diff, notebooks


def cell(source: str, *outputs: Any, kind: str = "code") -> dict[str, Any]:
    code = {"outputs": list(outputs), "execution_count": 1} if kind == "code" else {}
    lines = source.splitlines(keepends=True)
    return {"cell_type": kind, "id": "x", "metadata": {}, "source": lines, **code}


def notebook(*cells: dict[str, Any], **more: Any) -> str:
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, **more}, indent=1) + "\n"


PICTURE = {"output_type": "display_data", "data": {"text/plain": "p", "image/png": "iVBO" * 999}}
OLD = notebook(cell("a = 1\nb = 2"), cell("# Words", kind="markdown"), cell("a", PICTURE))
NEW = notebook(
    cell("a = 1\nb = 3"), cell("# Words", kind="markdown"), cell("print(a)"), cell("a", PICTURE)
)


def whole(before: str, after: str) -> str:
    """A patch with the whole file in it, as the server sends it."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    return "".join(difflib.unified_diff(old, new, "n.ipynb", "n.ipynb", n=10**6))


def test_a_diff_shows_cells() -> None:
    block = diff.changed_file(FileDiff("n.ipynb", patch=whole(OLD, NEW), additions=30, deletions=1))
    assert block.patch.splitlines() == [
        "@@ -1,8 +1,10 @@ cell 1",
        " # %% code",
        " a = 1",
        "-b = 2",
        "+b = 3",
        " # %% markdown",
        " # Words",
        "+# %% code",
        "+print(a)",
        " # %% code",
        " a",
        " # (1 output: image/png)",
    ]
    assert (block.additions, block.deletions, block.note) == (3, 1, "4 cells, +1")
    assert "iVBO" not in block.patch


def test_the_first_changed_cell_names_the_hunk() -> None:
    many = [cell(f"x{n} = {n}\n" * 9) for n in range(9)]
    changed = [*many[:6], cell("y"), *many[7:]]
    block = diff.from_texts(notebook(*many), notebook(*changed), "n.ipynb")
    assert "@@ cell 7" in block.patch
    assert "@@ cell 1" not in block.patch


def test_outputs_alone_are_told() -> None:
    more = notebook(cell("a"), extra=1)
    block = diff.from_texts(notebook(cell("a")), more, "n.ipynb")
    assert (block.patch, block.note) == ("", notebooks.SAME)


def test_a_new_notebook_is_its_cells() -> None:
    block = diff.from_texts("", NEW, "n.ipynb")
    assert block.status == "added"
    assert block.patch.splitlines()[1:4] == ["+# %% code", "+a = 1", "+b = 3"]


def test_a_part_of_a_notebook_is_json_and_says_so() -> None:
    part = '@@ -7,3 +7,3 @@\n    "a = 1\\n",\n-   "b = 2"\n+   "b = 3"\n   ]'
    block = diff.of_patch(part, "n.ipynb")
    assert notebooks.PART in block.note
    assert '+   "b = 3"' in block.patch
    broken = diff.from_texts("{}", "not json", "n.ipynb")
    assert "not json" in broken.patch
    assert diff.from_texts(OLD, NEW, "n.json").patch.count("%%") == 0


kinds = st.sampled_from(["code", "markdown", "raw"])
cells = st.lists(st.builds(lambda s, k: cell(s, kind=k), st.text(max_size=40), kinds), max_size=6)


@given(cells, cells)
def test_the_patch_of_a_notebook_is_a_patch(old: list[Any], new: list[Any]) -> None:
    before, after = notebook(*old), notebook(*new)
    block = notebooks.of_texts(before, after, "n.ipynb")
    assert block is not None
    texts = [notebooks._text(notebooks._cells(t) or []) for t in (before, after)]
    assert apply(texts[0], parse_one(block.patch).hunks) == texts[1]
    if before != after:
        assert notebooks.of_patch(parse_one(whole(before, after)), "n.ipynb") == block
