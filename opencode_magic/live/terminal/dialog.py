"""Questions in a terminal: asked one after the other, answered by keys while the turn goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from rich.text import Text

from ...changes.review import Changes
from ...model.transcript import Ask
from ..surface import Action, Answer, Snapshot
from ..typed import Talk, Wanted, rejected, reviewing, unreviewed
from .keyboard import HungUpError, Keyboard
from .paper import Screen
from .tail import asking_lines

SAID = {"once": "Allowed once.", "always": "Always allowed.", "reject": "Rejected."}


class Dialog:
    """The questions that wait, and the one that is being asked.

    They also end by an answer given elsewhere, and when the time to answer is over.

    Parameters
    ----------
    put:
        returns the lines of a request, and the talk that asks it.
    """

    def __init__(
        self,
        screen: Screen,
        keyboard: Keyboard,
        put: Callable[[Ask], tuple[list[Text], Talk[Answer]]],
    ) -> None:
        self.wanted: Wanted | None = None
        """What is to be typed now."""
        self.typing = False
        """Whether a line is being typed: nothing is drawn meanwhile."""
        self._screen = screen
        self._keyboard = keyboard
        self._put = put
        self._queue: list[Ask] = []
        self._asked: Ask | Changes | None = None
        self._talk: Talk[Any] | None = None

    def ask(self, request: Ask) -> None:
        """Ask a request, once those before it are answered."""
        self._queue.append(request)
        self._ask_next()

    def review(self, asked: Changes, lines: list[Text]) -> None:
        """Ask which changes stay."""
        self._begin(asked, lines, reviewing(asked))

    def leave(self) -> None:
        """Go to the line below the one that is being typed."""
        if self.typing:
            self._screen.leave()

    def actions(self, timeout_s: float) -> list[Action]:
        """Return the answers that the keys typed since the last call gave."""
        if self._talk is None or self.wanted is None:
            if timeout_s:
                time.sleep(timeout_s)
            return []
        try:
            typed = self._keyboard.read(timeout_s)
        except HungUpError:
            return self._hung_up()
        if not typed:
            return []
        if self.wanted.keys:
            return self._answered(_key(typed))
        self.typing = False
        self._screen.forget()
        return self._answered(typed)

    def drop_what_is_gone(self, picture: Snapshot) -> None:
        """Stop asking what was answered elsewhere, or is no longer asked."""
        open_ = {ask.id for ask in picture.asks}
        self._queue = [ask for ask in self._queue if ask.id in open_]
        asked = self._asked
        if asked is None or asked.id in open_ or asked is picture.review:
            return
        self.leave()
        self._end("It was answered elsewhere, or is no longer asked.")

    def _ask_next(self) -> None:
        if self._talk is None and self._queue:
            request = self._queue.pop(0)
            self._begin(request, *self._put(request))

    def _begin(self, asked: Ask | Changes, lines: list[Text], talk: Talk[Any]) -> None:
        self._asked, self._talk = asked, talk
        self.wanted = next(talk)
        self._screen.draw(lines, ())
        self._listen()

    def _listen(self) -> None:
        """Listen for the next key or line. While a line is typed nothing is drawn."""
        if self.wanted is None:
            self._keyboard.listen("quiet")
        elif self.wanted.keys:
            self._keyboard.listen("key")
        else:
            # Listening comes first: it drops what was typed before the words could be seen.
            self._keyboard.listen("line")
            self._screen.draw((), asking_lines(self.wanted, self._screen.columns))
            self.typing = True

    def _answered(self, typed: str) -> list[Action]:
        if self._talk is None:
            return []
        try:
            self.wanted = self._talk.send(typed)
        except StopIteration as end:
            answer: Action = end.value
            self._end(_said(answer))
            return [answer]
        self._listen()
        return []

    def _hung_up(self) -> list[Action]:
        asked = self._asked
        self.leave()
        self._end("")
        if isinstance(asked, Changes):
            return [unreviewed(asked)]
        return [rejected(asked)] if asked is not None else []

    def _end(self, said: str) -> None:
        self.typing = False
        self._asked = self._talk = self.wanted = None
        self._keyboard.listen("quiet")
        self._screen.draw([Text(f"  {said}", "dim")] if said else (), ())
        self._ask_next()


def _key(typed: str) -> str:
    """Return a single key; a burst was pasted, or is a key like an arrow: no letter of ours."""
    return typed if len(typed.rstrip("\r\n")) == 1 else ""


def _said(answer: Action) -> str:
    """Return the answer in words, because a key alone does not stay on the screen."""
    return SAID.get(answer.reply, "") if isinstance(answer, Answer) and not answer.message else ""
