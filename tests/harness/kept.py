"""One notebook for many tests: page, kernel and server are most of what a test costs."""

from __future__ import annotations

from collections.abc import Sequence

from playwright.sync_api import Error

from .lab import JupyterLab
from .notebook import Notebook
from .pages import MOST_USES, SIZE, Pages

_AS_AT_FIRST = """\
magics = get_ipython().magics_manager.registry.get("OpencodeMagics")
if magics and magics.app.link:
    for line in ("/permissions --revoke all", "/new"):
        get_ipython().run_line_magic("opencode", line)"""


class KeptNotebook:
    """A notebook in a project of its own that gets other cells for each test.

    The cells, their outputs and the files are new, and the theme and the size of the page as at
    first. Where a server runs, what was allowed for good is taken back, and the session is a new
    one. What else a kernel keeps stays: variables, imports, settings.
    """

    def __init__(self, pages: Pages, lab: JupyterLab) -> None:
        self._pages = pages
        self._lab = lab
        self._notebook: Notebook | None = None
        self._uses = self._number = 0

    def put(self, cells: Sequence[str]) -> Notebook:
        """Return the notebook with these cells, none of which has run."""
        if self._uses == MOST_USES:
            self.close()
        self._uses += 1
        if self._notebook is None:
            self._number += 1
            folder = self._lab.project(f"kept-{self._number}")
            path = folder / "notebook.ipynb"
            self._notebook = Notebook.create(self._pages.take(), self._lab, path, cells)
            return self._notebook
        notebook = self._notebook
        for words in ("reset -q --hard", f"clean -ffdxq -e {notebook.path.name}"):
            self._lab.machine.run("git", *words.split(), cwd=notebook.path.parent)
        notebook.page.set_viewport_size(SIZE)  # type: ignore[arg-type]
        if notebook.page.evaluate("document.body.dataset.jpThemeName") != "JupyterLab Light":
            notebook.theme("light")
        notebook.put(cells)
        notebook.in_kernel(_AS_AT_FIRST)
        notebook.save()
        return notebook

    def close(self) -> None:
        """Close the page and end the kernel; the next test gets others."""
        notebook, self._notebook, self._uses = self._notebook, None, 0
        if notebook is not None:
            try:
                notebook.close()
            except Error:  # the test has closed the page
                notebook.end_kernel()
