"""A turn in a terminal: finished things are printed once, open ones are drawn below.

Questions are answered by one letter, or a line; Ctrl-C stops.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from rich.text import Text

from ...changes.review import Changes, ReviewVerdict
from ...model.transcript import Ask
from ...render.blocks import ChangedFiles, Item, Notice
from ...render.changes import ChangeList
from ...render.lines import block_lines, files_lines
from ...signals import held
from ..surface import Action, Answer, Bundle, Buttonless, Snapshot
from ..typed import Read, Talk, ask_aloud, asking, by_input, review_aloud
from .dialog import Dialog
from .keyboard import Keyboard
from .pager import page
from .paper import Ink, Paper, Screen
from .printout import Printout
from .tail import Tail, is_plan

KEPT_LINES = 8  # of the screen, for what stands around a diff that is asked about


class PrintedSurface(Buttonless):
    """Prints what is finished, in order and once, and asks questions by `read`.

    For streams on which nothing can be changed: a dumb terminal, a pipe, `jupyter console`.
    """

    def __init__(self, paper: Paper, *, read: Read = by_input) -> None:
        self._paper = paper
        self._read = read
        self._picture: Snapshot | None = None
        self._printout = Printout(paper)
        self._finished = False

    def draw(self, picture: Snapshot) -> None:
        """Print what is finished: nothing overtakes a call that still runs."""
        self._picture = picture
        with held():  # else something could be noted as printed that is not
            self._print([*self._printout.head(picture), *self._printout.closed(picture.items)])

    def ask(self, request: Ask) -> Answer | None:
        """Print what is asked, and read the answer."""
        self._print(self._printout.question(request, self._picture)[0])
        return ask_aloud(request, self._read)

    def review(self, asked: Changes) -> ReviewVerdict | None:
        """Print the changes, and read which of them are to be undone."""
        self._print(self._printout.review(asked, self._picture))
        return review_aloud(asked, self._read)

    def finish(self, bundle: Bundle, items: Sequence[Item] = ()) -> None:
        """Print the rest, down to what it took."""
        if self._finished:
            return
        self._finished = True
        # An interrupt that strikes in here has nothing left to stop.
        with suppress(KeyboardInterrupt), held():
            self._end(items)

    def show_changes(self, changes: ChangeList) -> None:
        """Print changes outside any turn."""
        self._print(_changes_lines(changes, self._paper.columns))

    def _end(self, items: Sequence[Item]) -> None:
        self._print(self._printout.closed(items, to_the_end=True))

    def _print(self, lines: list[Text]) -> None:
        self._paper.draw(lines, ())


class TerminalSurface(PrintedSurface):
    """A terminal that can be drawn on: its tail shows what is open, and how far the turn is.

    Keys are read while the turn goes on. `show` shows a long text; False if it could not.
    """

    def __init__(
        self,
        screen: Screen,
        keyboard: Keyboard,
        ink: Ink,
        *,
        show: Callable[[str], bool] = page,
    ) -> None:
        super().__init__(screen)
        self._screen = screen
        self._keyboard = keyboard
        self._ink = ink
        self._show = show
        self._tail = Tail(screen, self._printout)
        self._dialog = Dialog(screen, keyboard, self._put)

    def draw(self, picture: Snapshot) -> None:
        """Print what is finished, and draw what is not below it."""
        self._keyboard.open()
        self._picture = picture
        self._dialog.drop_what_is_gone(picture)
        if self._dialog.typing:
            return
        with held():
            closed = self._printout.closed([i for i in picture.items if not is_plan(i)])
            tail = self._tail.lines(picture, self._dialog.wanted)
            self._screen.draw([*self._printout.head(picture), *closed], tail)

    def ask(self, request: Ask) -> Answer | None:
        """Print what is asked; the answer comes by `actions`."""
        if not self._keyboard.is_open:
            return super().ask(request)
        self._dialog.ask(request)
        return None

    def review(self, asked: Changes) -> ReviewVerdict | None:
        """Print the changes; the verdict comes by `actions`."""
        if not self._keyboard.is_open:
            return super().review(asked)
        self._dialog.review(asked, self._printout.review(asked, self._picture))
        return None

    def actions(self, timeout_s: float) -> list[Action]:
        """Return the answers that the keys typed since the last call gave."""
        return self._dialog.actions(timeout_s)

    def show_changes(self, changes: ChangeList) -> None:
        """Print changes outside any turn, or show them in the pager where they are long."""
        lines = _changes_lines(changes, self._screen.columns)
        if len(lines) < self._screen.rows or not changes.whole:
            self._print(lines)
        else:
            self._page(lines)

    def _end(self, items: Sequence[Item]) -> None:
        try:
            self._dialog.leave()
            super()._end(items)
        finally:
            self._keyboard.close()

    def _put(self, request: Ask) -> tuple[list[Text], Talk[Answer]]:
        most = max(10, self._screen.rows - KEPT_LINES)
        lines, cut = self._printout.question(request, self._picture, most)
        return lines, asking(request, (lambda: self._page(files_lines(cut))) if cut else None)

    def _page(self, lines: list[Text]) -> None:
        """Show lines in the pager, or here if there is none."""
        self._screen.draw((), ())
        is_open = self._keyboard.is_open
        self._keyboard.close()
        try:
            shown = self._show("".join(self._ink(line) + "\n" for line in lines))
        finally:
            if is_open:
                self._keyboard.open()
        if not shown:
            self._screen.draw(lines, ())


def _changes_lines(changes: ChangeList, columns: int) -> list[Text]:
    lines = block_lines(Notice(changes.title), columns)
    if changes.diff:
        whole, blocks = changes.whole, changes.blocks
        files = files_lines(blocks) if whole else block_lines(ChangedFiles(blocks), columns)
        lines += [Text(), *files]
    if changes.notes:
        lines.append(Text())
    for note in changes.notes:
        lines += block_lines(Notice(note), columns)
    return lines
