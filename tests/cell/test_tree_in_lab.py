"""A tree in a real JupyterLab: walked with keys, opened as it is seen, filtered."""

from __future__ import annotations

from playwright.sync_api import expect

from opencode_magic.demo.model import ScriptedModel
from opencode_magic.demo.script import Say, Wait
from tests.cell.cells import LOAD, ask
from tests.conftest import OpenNotebook
from tests.harness.lab import JupyterLab
from tests.live.test_accessible_in_lab import THEMES, faults

START_S = 60
FILES = {
    ".gitignore": "*.log\n",
    "README.md": "# Hello\n",
    "app.py": "def add(a, b):\n    return a - b\n",
    "deep/down/needle.txt": "found me\n",
    "old.txt": "going\n",
    **{f"many/file{n:03}.txt": f"{n}\n" for n in range(250)},
}
CHANGES = """\
from pathlib import Path
Path("app.py").write_text("def add(a, b):\\n    return a + b\\n")
Path("old.txt").unlink()
Path("data.bin").write_bytes(bytes(range(256)))
Path("<img src=x onerror=alert(1)>").write_text("<script>alert(2)</script>")
Path("noise.log").write_text("x" * 300_000)"""


def test_a_tree_is_walked_filtered_and_shows_files(
    open_notebook: OpenNotebook, lab: JupyterLab, model: ScriptedModel
) -> None:
    project = lab.project("walked", FILES)
    waiting = ask("wait", [Wait("tree"), Say("done")])
    notebook = open_notebook(
        [LOAD, CHANGES, "%opencode /tree", waiting], project=project, fresh=True
    )
    page = notebook.page
    alerts: list[str] = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    for index in range(3):
        notebook.run(index)
        notebook.wait_done(index, timeout_s=START_S)
    output = notebook.output(2)
    tree = output.get_by_role("tree")
    expect(tree).to_be_visible()
    item = lambda name: output.get_by_role("treeitem", name=name, exact=True)  # noqa: E731
    focused = output.locator("[role=treeitem]:focus")

    def press(*keys: str) -> None:
        for key in keys:
            page.keyboard.press(key)

    def at(name: str) -> None:
        expect(focused).to_have_attribute("aria-label", name)

    # Folders first; Down, Right, Left, Home, End and letters move; the notebook stays put.
    item("deep/").click()
    at("deep/")
    expect(item("down/")).to_be_visible()
    press("ArrowRight")
    at("down/")
    press("ArrowRight", "ArrowRight")
    expect(item("needle.txt, 9 bytes")).to_be_visible()
    press("ArrowRight")
    at("needle.txt, 9 bytes")
    assert focused.get_attribute("aria-level") == "3"
    press("ArrowLeft", "ArrowLeft", "ArrowLeft")
    at("deep/")
    press("ArrowLeft")
    expect(item("deep/")).to_have_attribute("aria-expanded", "false")
    press("ArrowDown")
    at("many/")
    press("a")
    at("app.py, modified, 32 bytes")
    press("End")
    at("README.md, 8 bytes")
    press("Home")
    expect(focused).to_have_attribute("aria-posinset", "1")

    # A large folder comes in parts.
    press("m", "ArrowRight")
    more = item("Show more (50 left)")
    expect(more).to_have_count(1)
    assert item("file000.txt, 2 bytes").get_attribute("aria-setsize") == "250"
    assert item("file249.txt, 4 bytes").count() == 0
    more.click()
    expect(item("file249.txt, 4 bytes")).to_have_count(1)
    at("file200.txt, 4 bytes")
    press("ArrowLeft", "ArrowLeft")

    # What a file holds, and what changed in it; what cannot be shown says why.
    below = output.get_by_role("region")
    press("a", "Enter")
    expect(below).to_contain_text("return a + b")
    expect(below.locator(".ocm-del")).to_contain_text("return a - b")
    at("app.py, modified, 32 bytes")
    notebook.screenshot("tree-light")
    for name, said in {
        "old.txt, deleted": "not there any more",
        "data.bin, added, 256 bytes": "256 bytes that are no text",
        "noise.log, ignored, 300.0 kB": "of 300.0 kB",
        "<img src=x onerror=alert(1)>, added, 25 bytes": "<script>alert(2)</script>",
    }.items():
        item(name).click()
        expect(below).to_contain_text(said)
    press("Escape")
    expect(below).to_have_count(0)
    at("<img src=x onerror=alert(1)>, added, 25 bytes")

    # The filter finds what was never opened; Escape brings the tree back.
    output.get_by_role("searchbox").fill("NEEDLE down")
    expect(item("deep/down/needle.txt, 9 bytes")).to_be_visible()
    expect(output.get_by_role("status")).to_contain_text("1 file matches")
    press("ArrowDown")
    at("deep/down/needle.txt, 9 bytes")
    press(" ")
    expect(below).to_contain_text("found me")
    press("Escape", "Escape")
    expect(item("many/")).to_be_visible()
    assert page.evaluate("document.activeElement.type") == "search"

    item("app.py, modified, 32 bytes").click()
    expect(below).to_contain_text("return a + b")
    for theme in THEMES:
        notebook.command("apputils:change-theme", theme=theme)
        page.wait_for_selector(f"body[data-jp-theme-name='{theme}']", state="attached")
        assert faults(notebook, ".ocm-tree") == []
        notebook.screenshot(f"tree-{THEMES.index(theme)}")
    page.set_viewport_size({"width": 620, "height": 800})
    item("deep/").scroll_into_view_if_needed()
    notebook.screenshot("tree-narrow")
    page.set_viewport_size({"width": 1200, "height": 900})

    # While another cell runs it is served too.
    notebook.run(3)
    notebook.wait_state(3, "busy")
    item("README.md, 8 bytes").click()
    expect(below).to_contain_text("# Hello")
    assert notebook.state(3) == "busy"
    model.gate("tree").set()
    notebook.wait_done(3)

    notebook.save()
    saved = str(notebook.saved_outputs(2))
    assert "treeitem" not in saved
    assert "return a + b" not in saved
    assert "<details>" in saved
    assert alerts == []
    notebook.reopen_without_kernel()
    assert "app.py" in notebook.text(2)
    assert notebook.output(2).get_by_role("tree").count() == 0
