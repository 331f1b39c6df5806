"""Drives a notebook in a real JupyterLab in a real Chromium, as a person would.

    notebook = Notebook.create(new_page(browser), lab, project / "a.ipynb", ["print(1 + 1)"])
    notebook.run_all()
    notebook.wait_for(0, "2")

Every wait is Playwright's own: on the page's state, never on the clock.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

import nbformat
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright

from .lab import JupyterLab
from .pages import page_in

SCREENSHOTS = Path(__file__).parent.parent / "screenshots"

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

CellState: TypeAlias = Literal["new", "busy", "done"]

_KERNEL_STATUS = """() => {
  const panel = window.jupyterapp?.shell.currentWidget;
  return panel?.context?.sessionContext?.session?.kernel?.status ?? null;
}"""
_SHOWS_NOTEBOOK = """path => {
  const panel = window.jupyterapp?.shell.currentWidget;
  return panel?.context?.path === path && panel.context.isReady && panel.content.widgets.length > 0;
}"""
_IS_EMPTY_LAB = """() => {
  const shell = window.jupyterapp?.shell;
  return !!shell?.widgets && [...shell.widgets('main')].length === 0;
}"""
_CELL_STATE = """index => {
  const cell = window.jupyterapp.shell.currentWidget.content.widgets[index];
  const state = cell.model.executionState ?? (cell.promptNode?.textContent ?? '');
  if (state === 'running' || state.includes('*')) return 'busy';
  return cell.model.executionCount === null ? 'new' : 'done';
}"""
_EXECUTE = """([command, args]) => {
  const done = window.jupyterapp.commands.execute(command, args);
  window.lastCommand = done;
}"""
_EXECUTE_AND_WAIT = """async ([command, args]) => {
  await window.jupyterapp.commands.execute(command, args);
}"""
_SELECT = """index => {
  const content = window.jupyterapp.shell.currentWidget.content;
  content.deselectAll();
  content.activeCellIndex = index;
  return content.scrollToItem(index, 'smart');
}"""
_FORGET = """indices => {
  const cells = window.jupyterapp.shell.currentWidget.content.widgets;
  for (const index of indices ?? cells.keys()) cells[index].model.clearExecution?.();
}"""
_PUT = """cells => {
  const content = window.jupyterapp.shell.currentWidget.content;
  const shared = content.model.sharedModel;
  const before = shared.cells.length;
  shared.transact(() => {
    // First in, then out: a notebook without a cell would get one of its own.
    shared.insertCells(0, cells.map((source, index) => ({
      cell_type: 'code', id: `cell-${index}-${Date.now()}`, source,
      metadata: { trusted: true }, outputs: [], execution_count: null,
    })));
    shared.deleteCellRange(cells.length, cells.length + before);
  });
  content.deselectAll();
  content.activeCellIndex = 0;
}"""
_IN_KERNEL = """async code => {
  const { kernel } = window.jupyterapp.shell.currentWidget.context.sessionContext.session;
  const reply = await kernel.requestExecute({ code, silent: true, store_history: false }).done;
  return reply.content.status;
}"""
_POLL_MS = 50
"""To look in each frame, as is the default, would have the page draw all the time."""
_DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
_RESTART = """async () => {
  await window.jupyterapp.shell.currentWidget.context.sessionContext.restartKernel();
}"""


def start_chromium(playwright: Playwright, executable: Path) -> Browser:
    return playwright.chromium.launch(executable_path=executable, args=_ARGUMENTS)


class Notebook:
    """One notebook on one page; `page` is Playwright's, for what is not here."""

    def __init__(self, page: Page, lab: JupyterLab, path: Path) -> None:
        self.lab = lab
        self.path = path
        self.page = page

    @classmethod
    def create(cls, page: Page, lab: JupyterLab, path: Path, cells: Sequence[str] = ()) -> Notebook:
        """Write a notebook with these code cells and open it with its kernel.

        A page that shows the Lab and no document is not loaded anew.
        """
        notebook = cls(page, lab, path)
        notebook.write(cells)
        notebook.open()
        return notebook

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    def write(self, cells: Sequence[str]) -> None:
        """Write its file, with these code cells."""
        write_notebook(self.path, cells)

    def put(self, cells: Sequence[str]) -> None:
        """Put these code cells in the place of all it has; page and kernel stay as they are."""
        self.page.evaluate(_PUT, list(cells))

    # -- the page

    def open(self) -> None:
        """Open the notebook and wait until its kernel is idle."""
        self._goto()
        self.wait_for_kernel("idle")

    def reopen_without_kernel(self) -> None:
        """What a reader sees later: the saved file on a new page, the old kernel gone.

        The kernel that JupyterLab starts for an opened notebook knows nothing of the old one.
        """
        self.lab.shut_down_kernels(self.path)
        context = self.context
        self.page.close()
        self.page = page_in(context)
        self.open()

    def theme(self, name: Literal["light", "dark"]) -> None:
        """Switch JupyterLab's theme, and wait until the page can be seen again."""
        title = f"JupyterLab {name.capitalize()}"
        self.command("apputils:change-theme", theme=title)
        body = f"body[data-jp-theme-name='{title}']"
        self.page.wait_for_selector(body, state="attached")  # Lab's body has no height: "hidden"
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")

    def screenshot(self, name: str, *, of: Locator | None = None) -> Path:
        """Save a picture to tests/screenshots/NAME.png (not under version control)."""
        SCREENSHOTS.mkdir(exist_ok=True)
        file = SCREENSHOTS / f"{name}.png"
        if of is None:
            self.page.screenshot(path=file)
        else:
            of.screenshot(path=file)
        return file

    def close(self) -> None:
        """Close the page and end the notebook's kernel."""
        self.context.close()
        self.end_kernel()

    def end_kernel(self) -> None:
        """End the kernel that the Lab has for this file."""
        self.lab.shut_down_kernels(self.path)

    # -- cells

    def run_all(self) -> None:
        """Start all cells; does not wait for them."""
        self._forget(None)
        self.start_command("notebook:run-all-cells")

    def run(self, index: int) -> None:
        """Start one cell; does not wait for it."""
        self._forget([index])
        self.page.evaluate(_SELECT, index)
        self.start_command("notebook:run-cell")

    def cell(self, index: int) -> Locator:
        return self.page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{index}']")

    def output(self, index: int) -> Locator:
        """The output area of a cell."""
        return self.cell(index).locator(".jp-Cell-outputArea")

    def text(self, index: int) -> str:
        """The text a reader sees in a cell's output."""
        return self.output(index).inner_text()

    def state(self, index: int) -> CellState:
        """Whether a cell waits to be run, runs (or is queued), or has run."""
        state: CellState = self.page.evaluate(_CELL_STATE, index)
        return state

    def wait_for(self, index: int, text: str, *, timeout_s: float = 30) -> Locator:
        """Wait until a text is visible in a cell's output."""
        # The same text may also stand in something folded or hidden, which does not count.
        found = self.output(index).get_by_text(text).locator("visible=true").first
        found.wait_for(timeout=timeout_s * 1000)
        return found

    def wait_state(self, index: int, state: CellState, *, timeout_s: float = 60) -> None:
        condition = f"([index, state]) => ({_CELL_STATE})(index) === state"
        self._wait(condition, [index, state], timeout_s)

    def wait_done(self, index: int, *, timeout_s: float = 60) -> None:
        """Wait until a cell has run."""
        self.wait_state(index, "done", timeout_s=timeout_s)

    def click(self, name: str, *, role: str = "button", cell: int | None = None) -> None:
        """Click the control of this role and accessible name, in a cell's output or anywhere."""
        scope = self.page if cell is None else self.output(cell)
        scope.get_by_role(role, name=name, exact=True).first.click()  # type: ignore[arg-type]

    # -- the kernel

    def interrupt(self) -> None:
        """Kernel > Interrupt."""
        self.start_command("kernelmenu:interrupt")

    def restart(self) -> None:
        """Kernel > Restart, without its question."""
        self.page.evaluate(_RESTART)
        self.wait_for_kernel("idle")

    def wait_for_kernel(self, status: str, *, timeout_s: float = 60) -> None:
        self._wait(f"status => ({_KERNEL_STATUS})() === status", status, timeout_s)

    def in_kernel(self, code: str) -> None:
        """Run code that no cell shows, to its end."""
        assert self.page.evaluate(_IN_KERNEL, code) == "ok", code

    # -- the file

    def save(self) -> None:
        self.command("docmanager:save")

    def saved(self) -> Any:
        """The notebook as it stands in its file."""
        return json.loads(self.path.read_text("utf-8"))

    def saved_outputs(self, index: int) -> list[dict[str, Any]]:
        return list(self.saved()["cells"][index].get("outputs", []))

    # -- JupyterLab's commands

    def command(self, name: str, **arguments: Any) -> None:
        """Execute one of JupyterLab's commands and wait until it is done."""
        self.page.evaluate(_EXECUTE_AND_WAIT, [name, arguments])

    def start_command(self, name: str, **arguments: Any) -> None:
        """Execute one of JupyterLab's commands and do not wait."""
        self.page.evaluate(_EXECUTE, [name, arguments])

    def _forget(self, indices: list[int] | None) -> None:
        """Drop the results of earlier runs now, as Lab does soon: no wait may be met by them."""
        self.page.evaluate(_FORGET, indices)

    def _goto(self) -> None:
        path = str(self.path.relative_to(self.lab.root))
        if self.page.evaluate(_IS_EMPTY_LAB):
            self.command("docmanager:open", path=path, factory="Notebook")
        else:
            self.page.goto(self.lab.page(self.path))
        self._wait(_SHOWS_NOTEBOOK, path, 60)

    def _wait(self, condition: str, argument: Any, timeout_s: float) -> None:
        self.page.wait_for_function(
            condition, arg=argument, timeout=timeout_s * 1000, polling=_POLL_MS
        )
        self.page.evaluate(_DRAWN)


def write_notebook(path: Path, cells: Sequence[str]) -> None:
    """Write a notebook of code cells."""
    notebook = nbformat.v4.new_notebook(  # type: ignore[no-untyped-call]
        cells=[nbformat.v4.new_code_cell(cell, id=f"cell-{i}") for i, cell in enumerate(cells)],
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        },
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]
