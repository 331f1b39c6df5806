"""Pages that show a JupyterLab, to be used again: loading one costs six seconds of processor."""

from __future__ import annotations

from collections import Counter

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
        self._free: list[Page] = []
        self._uses: Counter[Page] = Counter()

    def take(self) -> Page:
        """A page that shows the Lab and no document, or a new one."""
        page = self._free.pop() if self._free else new_page(self._browser)
        self._uses[page] += 1
        return page

    def give_back(self, page: Page) -> None:
        """Close what is open in it, so that another notebook may be opened there."""
        try:
            if self._uses[page] < MOST_USES and not page.is_closed() and page.evaluate(_CLEAR):
                page.set_viewport_size(SIZE)  # type: ignore[arg-type]
                self._free.append(page)
                return
        except Error:
            pass  # it is not what it was: away with it
        del self._uses[page]
        page.context.close()

    def close(self) -> None:
        """Close those that nobody uses."""
        while self._free:
            self._free.pop().context.close()


def new_page(browser: Browser) -> Page:
    """A page in a context of its own."""
    return page_in(browser.new_context(viewport=SIZE))  # type: ignore[arg-type]


def page_in(context: BrowserContext) -> Page:
    """A page beside those that a context has."""
    page = context.new_page()
    page.set_default_timeout(30_000)
    return page
