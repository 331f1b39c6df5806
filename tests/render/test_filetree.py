"""Folders as trees: what is shown of them, and within how many bytes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from opencode_magic.render.blocks import ChangedFiles, Diff, Entries, Entry, FileTree, Item
from opencode_magic.render.filetree import MOST_ENTRIES, tree_html, tree_markdown, tree_text
from opencode_magic.render.folders import compacted
from opencode_magic.render.html import block_html, document_html
from opencode_magic.render.preview import preview
from opencode_magic.render.text import document_markdown, document_text
from tests.render.judge import faults, invisible

CORPUS = [
    p["text"]
    for p in json.loads((Path(__file__).parents[1] / "data/hostile.json").read_text("utf-8"))
]
RAW = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
MOST_BYTES = 10_000


def listed(*entries: Entry) -> Entries:
    return Entries(entries, len(entries))


SMALL = FileTree(
    "project/",
    {
        "": Entries((Entry("src", "folder", changed=2), Entry("a.py", size=1234)), 5),
        "src": listed(Entry("gone.py", mark="deleted"), Entry("deep", "folder")),
    },
)


def test_a_tree_has_three_forms() -> None:
    assert tree_text(SMALL).splitlines() == [
        "project/ (5 entries)",
        "├── src/ (2 changed)",
        "│   ├── D gone.py (deleted)",
        "│   └── deep/",
        "├── a.py (1.2 kB)",
        "└── … 3 more are not shown",
    ]
    assert tree_markdown(SMALL).splitlines() == [
        "`project/` (5 entries)",
        "",
        "- `src/` (2 changed)",
        "  - D `gone.py` (deleted)",
        "  - `deep/`",
        "- `a.py` (1.2 kB)",
        "- … 3 more are not shown",
    ]
    assert (
        "<li><details><summary><code>src/</code> (2 changed)</summary>"
        "<ul><li><strong>D</strong> <code>gone.py</code> (deleted)</li>"
        "<li><code>deep/</code></li></ul></details></li>"
    ) in block_html(SMALL)


def test_an_empty_folder_can_be_opened_and_says_so() -> None:
    tree = FileTree("p/", {"": listed(Entry("void", "folder")), "void": listed()})
    assert "<details><summary><code>void/</code></summary>(empty)</details>" in tree_html(tree)


@pytest.mark.parametrize("width", [40, 400, 100_000])
def test_a_large_tree_stays_small_and_says_what_is_missing(width: int) -> None:
    page = tuple(Entry(f"folder{n:06}", "folder") for n in range(min(width, 200)))
    below = listed(*(Entry(f"file{n:06}.py", size=n) for n in range(100)))
    tree = FileTree("p/", {"": Entries(page, width), **{f"folder{n:06}": below for n in range(40)}})
    items = [Item("t", tree)]
    forms = (document_html(items), document_markdown(items), document_text(items))
    assert sum(len(form.encode()) for form in forms) <= MOST_BYTES
    assert all("are not shown" in form for form in forms)
    assert forms[0].count("<li>") <= MOST_ENTRIES + 41


@pytest.mark.parametrize("name", CORPUS, ids=range(len(CORPUS)))
def test_hostile_names_are_text(name: str) -> None:
    tree = FileTree(name, {"": listed(Entry(name, "folder"), Entry(name, mark="added", size=1)),
                           name: listed(Entry(name, "link"))})  # fmt: skip
    items = [Item("t", tree)]
    shown = preview(name, name.encode("utf-8", "replace"), len(name.encode("utf-8", "replace")))
    assert faults(document_html(items)) == set()
    assert faults(RAW.render(document_markdown(items))) == set()
    assert not invisible(document_text(items))
    assert faults("".join(map(block_html, shown))) == set()
    changed = ChangedFiles(tuple(Diff("", f"{name}/{n}/{name}", 1) for n in range(5)))
    assert faults(block_html(changed)) == set()


def test_folders_with_nothing_else_in_them_are_one() -> None:
    some = ["src/app/b.py", "src/app/a.py", "top.py", "src/app/x/y/z.py", "/odd"]
    branch = compacted([*some, "src/app/x/y/w.py", "lone/one.py"])
    ((name, app),) = branch.folders
    assert name == "src/app"
    assert app.files == (("a.py", 1), ("b.py", 0))
    assert [(n, inner.files) for n, inner in app.folders] == [("x/y", (("w.py", 5), ("z.py", 3)))]
    assert branch.files == (("/odd", 4), ("lone/one.py", 6), ("top.py", 2))
    assert sorted(branch.all_files()) == list(range(7))


def test_a_path_of_very_many_steps_ends() -> None:
    assert list(compacted(["a/" * 5_000 + "b"]).all_files()) == [0]


def test_few_changed_files_are_a_list_and_more_stand_in_their_folders() -> None:
    few = block_html(ChangedFiles(tuple(Diff("", f"src/{n}.py", 1) for n in range(3))))
    many = block_html(ChangedFiles(tuple(Diff("", f"src/{n}.py", 1, 2) for n in range(4))))
    assert "ocm-folder" not in few
    assert "<code>src/2.py</code>" in few
    assert "<code>src/</code> (4 files, +4 -8)" in many
    assert "<code>2.py</code> (+1 -2)" in many


@pytest.mark.parametrize(
    ("data", "size", "said"),
    [
        (b"", 0, "The file is empty."),
        (b"a\0b", 3, "3 bytes that are no text."),
        (b"\xff\xfe!", 3, "3 bytes that are no text."),
        (b"ab\xc3", 10, "The first 2 bytes of 10 bytes."),
        (b"x\n" * 50_000, 3_000_000, "of 3.0 MB."),
    ],
)
def test_a_preview_says_what_it_does_not_show(data: bytes, size: int, said: str) -> None:
    blocks = preview("a.py", data, size)
    assert said in document_text([Item(str(n), block) for n, block in enumerate(blocks)])
    assert len("".join(map(block_html, blocks))) < 100_000


def test_a_preview_is_highlighted_and_shows_what_changed_first() -> None:
    change = Diff("@@ -1 +1 @@\n-x\n+y", "a.py", 1, 1)
    said, diff, _, code = preview("a.py", b"def f(): ...\n", 13, change)
    assert "Since the last commit (+1 -1)" in block_html(said)
    assert "ocm-add" in block_html(diff)
    assert '<span class="k">def</span>' in block_html(code)
