"""Pictures of a project in a real JupyterLab."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.cell.cells import LOAD
from tests.conftest import OpenNotebook
from tests.harness.lab import JupyterLab
from tests.render.test_pictures import PICTURES

START_S = 60
SVG = "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(2)</script></svg>"
WIDTHS = {"png": 300, "jpeg": 300, "gif": 1, "lossy": 300}


def test_pictures_are_seen_and_a_drawing_is_read(
    open_notebook: OpenNotebook, lab: JupyterLab
) -> None:
    project = lab.project("pictures", {"drawing.svg": SVG})
    for name in WIDTHS:
        (project / f"a {name}.png").write_bytes(PICTURES[name])  # the bytes say what it is
    cells = [LOAD, *(f"%opencode /cat a {n}.png" for n in WIDTHS), "%opencode /cat drawing.svg"]
    notebook = open_notebook(cells, project=project, fresh=True)
    alerts: list[str] = []
    notebook.page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    for index in range(len(cells)):
        notebook.run(index)
        notebook.wait_done(index, timeout_s=START_S)
    for index, width in enumerate(WIDTHS.values(), 1):
        picture = notebook.output(index).locator("img")
        expect(picture).to_be_visible()
        assert picture.evaluate("async i => { await i.decode(); return i.naturalWidth }") == width
    drawing = notebook.output(len(cells) - 1)
    expect(drawing).to_contain_text("onload='alert(1)'")
    # JupyterLab has icons of its own beside it.
    shown = drawing.locator(".ocm-static")
    expect(shown).to_have_count(1)
    assert shown.locator("svg, img").count() == 0
    assert alerts == []
