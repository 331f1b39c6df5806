"""How our values are displayed in a shell: with somebody to ask for more, and not twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from IPython.display import display

from . import private

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from ..live.page.companion import Companions
    from ..live.page.handlers import Handler, Served
    from ..turns.turn import Turn


class Displayed:
    """Displays our values in a shell until the extension is unloaded.

    Classes are noted as their display is changed, so that it can be undone.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._companions: Companions | None = None
        self._shown: list[Turn] = []
        self._kinds: set[type] = set()
        self._silenced: set[type] = set()
        """Classes of values that the display hook leaves out: they are on the page already."""
        self._paged: set[type] = set()

    def companions(self) -> Companions:
        """Return what serves our outputs in the page."""
        if self._companions is None:
            from ..live.page.companion import Companions  # late: widgets

            self._companions = Companions(self._shell)
        return self._companions

    def prepare(self, value: Any) -> Any:
        """Have the value of a command displayed as well as this shell can; return the value."""
        if hasattr(value, "handler"):
            self._bundle_by(type(value), self._served)
        elif getattr(value, "whole", False) and getattr(self._shell, "kernel", None) is None:
            self._page(type(value))
        return value

    def bundle(self, turn: Turn) -> dict[str, str]:
        """Return the static form of a turn, which the page can ask for what it leaves out."""
        from ..live.page.rest import of_static  # late: widgets and renderers
        from ..render import static_form

        form = static_form(turn)
        return self._hosted(form.bundle, lambda: of_static(form)) if form.cuts else form.bundle

    def not_twice(self, shown: Turn) -> None:
        """Keep the display hook from repeating a turn of this cell: it is on the page already."""
        from ..turns.turn import Turn  # late: msgspec

        self._shown.append(shown)
        self._bundle_by(Turn, self.bundle)

        def once(value: Turn) -> None:
            left = [turn for turn in self._shown if turn is not value]
            if len(left) == len(self._shown):
                private.show_as_ever(self._shell, Turn)
                display(value)
                private.show_by(self._shell, Turn, once)
            self._shown = left

        self._silenced.add(Turn)
        private.show_by(self._shell, Turn, once)

    def forget_shown(self, _: object = None) -> None:
        """Let turns be displayed again: a new cell may show one that was kept in a variable."""
        self._shown = []
        for kind in self._silenced:
            private.show_as_ever(self._shell, kind)
        self._silenced.clear()

    def close(self) -> None:
        """Stop serving the page; values that outlive the extension are displayed by themselves."""
        if self._companions is not None:
            self._companions.close()
        self.forget_shown()
        for kind in self._kinds:
            private.bundle_as_ever(self._shell, kind)
        for kind in self._paged:
            private.show_as_ever(self._shell, kind)

    def _page(self, kind: type) -> None:
        """Let the values of a class be shown by a pager where a terminal has one."""
        from ..live.terminal.choose import show_changes  # late: only in a terminal

        if kind not in self._paged:
            self._paged.add(kind)
            private.show_by(self._shell, kind, lambda value: show_changes(self._shell, value))

    def _bundle_by(self, kind: type, bundle: Callable[[Any], dict[str, str]]) -> None:
        self._kinds.add(kind)
        private.bundle_by(self._shell, kind, bundle)

    def _served(self, value: Served) -> dict[str, str]:
        """Return the static form of a value, which the page can ask for more of it."""
        return self._hosted(value._repr_mimebundle_(), value.handler)

    def _hosted(self, bundle: dict[str, str], handler: Callable[[], Handler]) -> dict[str, str]:
        companion = self.companions().get()
        if companion is None:
            return bundle
        from ..render.html import hosted  # late: as all of the renderers

        return {**bundle, "text/html": hosted(bundle["text/html"], companion.register(handler()))}
