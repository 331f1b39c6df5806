"""The person at this notebook, who is shown things and asked by `input()` or with buttons."""

from __future__ import annotations

from collections.abc import Callable
from getpass import getpass
from typing import TYPE_CHECKING

from IPython.display import display

from ..app.person import Person
from .private import can_answer

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from ..live.page.companion import Companions


class NotebookPerson(Person):
    """Whoever runs the cells of a shell.

    Parameters
    ----------
    companions:
        gives what serves our outputs in the page.
    redact:
        takes secrets out of a line.
    timeout_s:
        gives how long a click is waited for.
    """

    def __init__(
        self,
        shell: InteractiveShell,
        companions: Callable[[], Companions],
        redact: Callable[[str], str],
        timeout_s: Callable[[], float],
    ) -> None:
        super().__init__()
        self._shell = shell
        self._companions = companions
        self._redact = redact
        self._timeout_s = timeout_s

    def is_there(self) -> bool:
        """Return whether the front end that runs this cell takes answers."""
        return can_answer(self._shell)

    def say(self, text: str) -> None:
        """Show one line of information."""
        from ..render.notice import Said  # late: only when there is something to say

        self.show(Said(self._redact(text)))

    def show(self, value: object) -> None:
        """Show a value below the cell."""
        display(value)

    def confirms(self, preview: object, question: str) -> bool:
        """Show a value, and ask a yes-or-no question about it: with buttons where there are any."""
        from ..live.confirm import confirm  # late: widgets
        from ..live.page.private import shows_text_only

        self.show(preview)
        kernel = getattr(self._shell, "kernel", None)
        if kernel is not None and shows_text_only(kernel):
            kernel = None
        companion = self._companions().get()
        return confirm(kernel, question, timeout_s=self._timeout_s(), companion=companion)

    def trusts(self, what: str) -> bool:
        """Ask whether a folder with its own configuration may run."""
        shown = "".join(c if c.isprintable() else "?" for c in what)
        answer = input(f"{shown} Trust this folder? It can run code on this machine [y/N] ")
        return answer.strip().lower() in ("y", "yes")

    def secret(self, question: str) -> str:
        """Read what must not be seen."""
        return getpass(question)

    def words(self, question: str) -> str:
        """Read a line."""
        return input(question)
