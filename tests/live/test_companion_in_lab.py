"""What the companion adds to static outputs, in a real JupyterLab."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.conftest import OpenNotebook
from tests.live.test_accessible_in_lab import faults

START = """\
from IPython.display import display
from opencode_magic.live.page.companion import Companions
from opencode_magic.render.blocks import Code, Diff, Item, Markdown
from opencode_magic.render.html import document_html, hosted
companion = Companions(get_ipython()).get()
"""
SHOW = """\
diff = "@@ -1,3 +1,3 @@ def add\\n same\\n-return a - b\\n+return a + b\\n-gone\\n tail"
items = [
    Item("a", Markdown("Look:\\n\\n```python\\nprint(1)\\n```\\n")),
    Item("b", Diff(diff, "calc.py")),
]
display({"text/html": document_html(items), "text/plain": "-"}, raw=True)
"""
SIDES = """table => [...table.querySelectorAll('tbody tr')].map(
  row => [...row.cells].map(cell => cell.textContent))"""


def test_code_is_copied_and_a_diff_compared(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([START, SHOW], fresh=True)
    notebook.context.grant_permissions(["clipboard-read", "clipboard-write"])
    notebook.run_all()
    notebook.wait_for(1, "print(1)")
    copies = notebook.output(1).get_by_role("button", name="Copy this text")
    expect(copies).to_have_count(2)
    assert "Copy" not in notebook.text(1)

    height = "area => area.getBoundingClientRect().height"
    before = notebook.output(1).evaluate(height)
    copies.first.focus()
    notebook.page.keyboard.press("Enter")
    expect(notebook.output(1).get_by_role("button", name="Copied")).to_have_count(1)
    assert notebook.page.evaluate("navigator.clipboard.readText()") == "print(1)\n"
    assert notebook.output(1).evaluate(height) == before

    notebook.output(1).locator("pre.ocm-diff").hover()
    notebook.screenshot("companion-bar")
    notebook.click("Show old and new side by side", cell=1)
    table = notebook.output(1).locator("table.ocm-side")
    expect(table).to_be_visible()
    assert table.evaluate(SIDES) == [
        ["@@ -1,3 +1,3 @@ def add"],
        ["same", "same"],
        ["return a - b", "return a + b"],
        ["gone", ""],
        ["tail", "tail"],
    ]
    notebook.screenshot("companion-sides")
    notebook.click("Show one text with all changes", cell=1)
    expect(table).to_have_count(0)
    expect(notebook.output(1).locator("pre.ocm-diff")).to_be_visible()

    notebook.save()
    assert "ocm-tools" not in str(notebook.saved())
    notebook.reopen_without_kernel()
    assert "return a + b" in notebook.text(1)
    assert notebook.output(1).get_by_role("button").count() == 0


MORE = """\
from opencode_magic.live.page.rest import of_static
from opencode_magic.render import StaticForm
from opencode_magic.render.limits import Limit
text = "".join(f"line {n}\\n" for n in range(30_000))
cuts = []
html = document_html([Item("a", Code(text))], Limit(2_000), cuts)
form = StaticForm({}, Limit(2_000), tuple(cuts))
display({"text/html": hosted(html, companion.register(of_static(form))), "text/plain": "-"},
        raw=True)
"""

DIFF = """\
from opencode_magic.render.diff import of_patch
patch = "@@ -1,6000 +1,6000 @@\\n" + "".join(
    f"-price {n} = old\\n+price {n} = new\\n" for n in range(6_000))
cuts = []
html = document_html([Item("a", of_patch(patch, "shop.py"))], Limit(2_000), cuts)
form = StaticForm({}, Limit(2_000), tuple(cuts))
display({"text/html": hosted(html, companion.register(of_static(form))), "text/plain": "-"},
        raw=True)
"""


def test_a_long_text_or_diff_is_fetched_piece_by_piece(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([START, MORE, DIFF])
    notebook.run_all()
    diff = notebook.output(2)
    summary = "12,000 changed lines: the first 400 lines of the diff are shown"
    expect(diff).to_contain_text(summary)
    diff.get_by_role("button", name="Show more").click()
    expect(diff.locator(".ocm-piece")).to_have_count(1)
    expect(diff).to_contain_text("10,601 lines not shown")
    lines = "\n".join(diff.locator("pre.ocm-diff").all_text_contents()).split("\n")
    assert len(lines) == 1_400
    assert lines[399:401] == ["-price 199 = old", "+price 199 = new"]
    diff.locator(".ocm-piece pre").hover()
    sides = diff.locator(".ocm-piece").get_by_role("button", name="side by side")
    sides.click()
    row = diff.locator(".ocm-piece tr", has_text="price 500 ")
    assert row.evaluate("r => [...r.cells].map(c => c.textContent)") == [
        "price 500 = old",
        "price 500 = new",
    ]
    notebook.screenshot("diff-more")
    more = notebook.output(1).get_by_role("button", name="Show more")
    expect(notebook.output(1)).to_contain_text("29,950 lines (")
    more.click()
    piece = notebook.output(1).locator(".ocm-piece")
    expect(piece).to_have_count(1)
    expect(piece).to_contain_text("line 5000")
    assert "line 29000" not in notebook.text(1)
    while more.count():
        count = piece.count()
        more.click()
        expect(piece).to_have_count(count + 1)
        expect(notebook.output(1).get_by_text("waiting for the kernel")).to_have_count(0)
    shown = notebook.output(1).locator("pre").all_text_contents()
    assert "".join(shown).split() == "".join(f"line {n}\n" for n in range(30_000)).split()
    notebook.restart()
    notebook.save()
    assert "line 15000" not in str(notebook.saved())


FILES = """\
from opencode_magic.render.blocks import ChangedFiles
names = ["src/app/main.py", "src/app/util.py", "src/app/deep/er/x.py", "README.md"]
patch = "@@ -1 +1 @@\\n-old {}\\n+new {}"
files = ChangedFiles(tuple(Diff(patch.format(n, n), n, 1, 1) for n in names))
display({"text/html": document_html([Item("f", files)]), "text/plain": "-"}, raw=True)
"""


def test_changed_files_are_a_tree_that_opens_their_diffs(same_notebook: OpenNotebook) -> None:
    notebook = same_notebook([START, SHOW, FILES])
    notebook.run_all()
    output = notebook.output(2)
    tree = output.get_by_role("tree", name="changed files", exact=True)
    expect(tree).to_be_visible()
    items = tree.get_by_role("treeitem")
    expect(items).to_have_count(5)
    labels = [item.get_attribute("aria-label") for item in items.all()]
    assert labels == [
        "src/app/, 3 files, +3 -3",
        "deep/er/x.py, +1 -1",
        "main.py, +1 -1",
        "util.py, +1 -1",
        "README.md, +1 -1",
    ]
    items.first.focus()
    for key in ("ArrowDown", "Enter"):
        notebook.page.keyboard.press(key)
    below = output.get_by_role("region")
    expect(below).to_contain_text("+new src/app/deep/er/x.py")
    assert faults(notebook, ".ocm-files") == []
    notebook.screenshot("tree-changed-files")
    notebook.page.keyboard.press("Escape")
    expect(below).to_have_count(0)
    output.get_by_role("searchbox").fill("util")
    expect(output.get_by_role("status")).to_have_text("1 file matches")
    notebook.save()
    assert "treeitem" not in str(notebook.saved())
