"""Pages that show a JupyterLab, to be used again: loading one costs six seconds of processor."""

from __future__ import annotations

from playwright.sync_api import Browser, BrowserContext, Error, Page

from .lab import JupyterLab

MOST_USES = 20
SIZE = {"width": 1200, "height": 900}

_CLEAR = """async () => {
  const { shell, commands } = window.jupyterapp;
  for (const widget of [...shell.widgets('main')]) {
    if (widget.context) widget.context.model.dirty = false;
    widget.dispose();
  }
  if (document.body.dataset.jpThemeName !== 'JupyterLab Light')
    await commands.execute('apputils:change-theme', { theme: 'JupyterLab Light' });
  return document.querySelector('.jp-Dialog') === null;
}"""


class Pages:
    """The pages of one browser on one Lab, each used by one notebook at a time."""

    def __init__(self, browser: Browser, lab: JupyterLab) -> None:
        self.lab = lab
        self._browser = browser
        self._free: list[tuple[Page, int]] = []
        self._uses: dict[Page, int] = {}

    def take(self) -> Page:
        """A page that shows the Lab and no document, or a new one."""
        page, uses = self._free.pop() if self._free else (new_page(self._browser), 0)
        self._uses[page] = uses + 1
        return page

    def give_back(self, page: Page) -> None:
        """Close what is open in it, so that another notebook may be opened there."""
        uses = self._uses.pop(page, MOST_USES)
        try:
            if uses < MOST_USES and not page.is_closed() and page.evaluate(_CLEAR):
                page.set_viewport_size(SIZE)  # type: ignore[arg-type]
                self._free.append((page, uses))
                return
        except Error:
            pass  # it is not what it was: away with it
        page.context.close()

    def close(self) -> None:
        """Close those that nobody uses."""
        while self._free:
            self._free.pop()[0].context.close()


def new_page(browser: Browser) -> Page:
    """A page in a context of its own."""
    return page_in(browser.new_context(viewport=SIZE))  # type: ignore[arg-type]


def page_in(context: BrowserContext) -> Page:
    """A page beside those that a context has."""
    page = context.new_page()
    page.set_default_timeout(30_000)
    return page
