"""A turn in a terminal: what is finished is printed once, what is open is drawn below it.

Questions are answered by one letter, or a line; Ctrl-C stops.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from rich.text import Text

from ...changes.review import Changes, Verdict
from ...model.transcript import Ask
from ...render.blocks import Block, Checklist, Code, Diff, Files, Fold, Item, Markdown, Notice, Row
from ...render.changes import ChangeList
from ...render.lines import (
    block_lines,
    code_lines,
    diff_lines,
    files_lines,
    indented,
    item_lines,
    wrapped,
)
from ...render.reviews import listing
from ...signals import held
from ...text.amounts import seconds_words
from ...text.splitter import Splitter
from ...text.visible import visible
from ..described import describe
from ..surface import STOPPING, Action, Answer, Bundle, Picture
from ..typed import (
    REVIEW,
    Read,
    Talk,
    Wanted,
    ask_aloud,
    asking,
    by_input,
    rejected,
    review_aloud,
    reviewing,
    unreviewed,
)
from .keyboard import HungUpError, Keyboard
from .pager import page
from .paper import Ink, Paper, Screen, Scroll

WHOLE_CHARS = 8_000  # of an open chunk; of a longer one only the end is laid out again and again
END_CHARS = 4_000
KEPT_LINES = 8  # of the screen, for what stands around a diff that is asked about
SAID = {"once": "Allowed once.", "always": "Always allowed.", "reject": "Rejected."}
GONE = "It was answered elsewhere, or is no longer asked."


class PrintedSurface:
    """Prints what is finished, in order, and never again; questions by `read`.

    For a stream nothing can be taken back from: a dumb terminal, a pipe, `jupyter console`.
    """

    def __init__(self, paper: Paper, *, read: Read = by_input) -> None:
        self._paper = paper
        self._read = read
        self._picture: Picture | None = None
        self._printed: set[str] = set()
        self._flows: dict[str, _Flow] = {}
        self._lists: dict[str, Checklist] = {}
        self._diffs: set[str] = set()  # seen in a question already
        self._head_shown = False
        self._after_row = False
        self._begun = False
        self._finished = False

    def draw(self, picture: Picture) -> None:
        """Print what is finished: nothing overtakes a call that still runs."""
        self._picture = picture
        with held():  # what is noted as printed has been printed
            self._print([*self._head(picture), *self._closed(picture.items)])

    def actions(self, timeout_s: float) -> list[Action]:
        """Nothing: Ctrl-C is the way to stop."""
        return []

    def stop_waits(self) -> bool:
        """There is no button: an interrupt stops."""
        return False

    def ask(self, request: Ask) -> Answer | None:
        """Print what is asked, and read the answer."""
        self._print(self._question(request)[0])
        return ask_aloud(request, self._read)

    def review(self, asked: Changes) -> Verdict | None:
        """Print the changes, and read which of them shall go."""
        self._print(self._review(asked))
        return review_aloud(asked, self._read)

    def finish(self, bundle: Bundle, items: Sequence[Item] = ()) -> None:
        """Print the rest, down to what it took."""
        if self._finished:
            return
        self._finished = True
        # An interrupt that strikes in here has nothing left to stop.
        with suppress(KeyboardInterrupt), held():
            self._print(self._closed(items, to_the_end=True))

    def show_changes(self, changes: ChangeList) -> None:
        """Print changes outside any turn."""
        self._print(_changes_lines(changes, self._paper.columns))

    def _print(self, lines: list[Text]) -> None:
        self._paper.draw(lines, ())

    # -- what is to be printed -----------------------------------------------------------------

    def _head(self, picture: Picture) -> list[Text]:
        who = " · ".join(filter(None, (picture.header.model, picture.header.agent)))
        if not who or self._head_shown:
            return []
        self._head_shown = self._begun = True
        return [Text(visible(who), "dim")]

    def _closed(self, items: Sequence[Item], *, to_the_end: bool = False) -> list[Text]:
        """The lines of what is finished and not printed yet."""
        found: list[Text] = []
        for item in items:
            if item.key == "header":
                continue
            if item.key in self._printed:
                found += self._again(item)
                continue
            lines, done = self._lines(item, to_the_end=to_the_end)
            found += lines
            if not done:
                break
            self._printed.add(item.key)
        return found

    def _lines(self, item: Item, *, to_the_end: bool) -> tuple[list[Text], bool]:
        if isinstance(item.block, Markdown):
            done = to_the_end or not item.block.open
            chunks = self._flow(item).closed(item.block.source, to_the_end=done)
            lines = [line for chunk in chunks for line in self._spaced(self._chunk(item, chunk))]
            return lines, done
        if not (to_the_end or _settled(item)):
            return [], False
        if isinstance(item.block, Checklist):
            self._lists[item.key] = item.block
        return self._spaced(item_lines(self._trimmed(item), self._paper.columns), item), True

    def _again(self, item: Item) -> list[Text]:
        """A list that has changed: what is printed stays, so all of it follows once more."""
        known = self._lists.get(item.key)
        if known is None or item.block == known or not isinstance(item.block, Checklist):
            return []
        self._lists[item.key] = item.block
        return self._spaced(item_lines(item, self._paper.columns))

    def _trimmed(self, item: Item) -> Item:
        """A call without the diff that was shown, whole, when it was asked about."""
        if item.key not in self._diffs or not isinstance(item.block, Row):
            return item
        body = tuple(block for block in item.block.body if not isinstance(block, Diff))
        return replace(item, block=replace(item.block, body=body))

    def _flow(self, item: Item) -> _Flow:
        return self._flows.setdefault(item.key, _Flow())

    def _chunk(self, item: Item, source: str) -> list[Text]:
        return item_lines(Item(item.key, Markdown(source), item.parent), self._paper.columns)

    def _spaced(self, lines: list[Text], item: Item | None = None) -> list[Text]:
        """The lines with an empty one before, but for a call that follows a call."""
        if not lines:
            return []
        is_row = item is not None and isinstance(item.block, Row)
        close = (is_row and self._after_row) or not self._begun
        self._after_row, self._begun = is_row, True
        return lines if close else [Text(), *lines]

    def _question(self, request: Ask, most: int | None = None) -> tuple[list[Text], list[Diff]]:
        """What is asked, and the diffs of which only the beginning is among these lines."""
        picture = self._picture
        text = picture.describe(request) if picture else describe(request)
        title = [Text(visible(text.title), "bold yellow")]
        who = [Text(visible(text.who), "dim")] if text.who else []
        body: list[Text] = []
        cut: list[Diff] = []
        for block in text.body:
            if isinstance(block, Diff):
                lines = diff_lines(block, most)
                body += [*block_lines(Diff("", block.file, block.additions, block.deletions,
                                           block.status, block.old, block.note), 80),
                         *indented(lines)]  # fmt: skip
                if most is not None and len(lines) > most:
                    cut.append(block)
                elif picture is not None and (row := picture.row(request)):
                    self._diffs.add(row)
            else:
                body += block_lines(block, self._paper.columns - 2)
        return self._spaced([*title, *who, *indented(body)]), cut

    def _review(self, asked: Changes) -> list[Text]:
        lines = [line for block in listing(asked) for line in _listed(block)]
        rest = self._closed(self._picture.items, to_the_end=True) if self._picture else []
        return [*rest, *self._spaced([Text(REVIEW, "bold yellow"), *indented(lines)])]


class TerminalSurface(PrintedSurface):
    """A terminal that can be drawn on: what is open, and how far the turn is, stand in its tail.

    Keys are taken while the turn goes on: an answer given elsewhere, and the time to answer that
    is over, count here too.
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
        self._queue: list[Ask] = []
        self._asked: Ask | Changes | None = None
        self._talk: Talk[Any] | None = None
        self._wanted: Wanted | None = None
        self._typing = False
        self._laid_out: tuple[tuple[str, int], list[Text]] = (("", 0), [])

    def draw(self, picture: Picture) -> None:
        """Print what is finished, and draw what is not below it."""
        self._keyboard.open()
        self._picture = picture
        self._drop_what_is_gone(picture)
        if self._typing:
            return
        with held():
            closed = self._closed([i for i in picture.items if not _is_plan(i)])
            self._screen.draw([*self._head(picture), *closed], self._tail(picture))

    def ask(self, request: Ask) -> Answer | None:
        """Print what is asked; the answer comes by `actions`."""
        if not self._keyboard.is_open:
            return super().ask(request)
        self._queue.append(request)
        self._ask_next()
        return None

    def review(self, asked: Changes) -> Verdict | None:
        """Print the changes; the verdict comes by `actions`."""
        if not self._keyboard.is_open:
            return super().review(asked)
        lines = self._review(asked)
        self._begin(asked, lines, reviewing(asked))
        return None

    def actions(self, timeout_s: float) -> list[Action]:
        """What was answered by the keys typed since the last call."""
        if self._talk is None or self._wanted is None:
            if timeout_s:
                time.sleep(timeout_s)
            return []
        try:
            typed = self._keyboard.read(timeout_s)
        except HungUpError:
            return self._hung_up()
        if not typed:
            return []
        if self._wanted.keys:
            return self._answered(_key(typed))
        self._typing = False
        self._screen.forget()
        return self._answered(typed)

    def finish(self, bundle: Bundle, items: Sequence[Item] = ()) -> None:
        """Print the rest, take the tail away, and leave the keyboard as it was."""
        if self._finished:
            return
        self._finished = True
        with suppress(KeyboardInterrupt), held():
            try:
                if self._typing:
                    self._screen.leave()
                self._screen.draw(self._closed(items, to_the_end=True), ())
            finally:
                self._keyboard.close()

    def show_changes(self, changes: ChangeList) -> None:
        """Print changes outside any turn, or show them in the pager where they are long."""
        lines = _changes_lines(changes, self._screen.columns)
        if len(lines) < self._screen.rows or not changes.whole:
            self._print(lines)
        else:
            self._page(lines)

    # -- questions -----------------------------------------------------------------------------

    def _ask_next(self) -> None:
        if self._talk is None and self._queue:
            request = self._queue.pop(0)
            most = max(10, self._screen.rows - KEPT_LINES)
            lines, cut = self._question(request, most)
            show_all = (lambda: self._page(files_lines(cut))) if cut else None
            self._begin(request, lines, asking(request, show_all))

    def _begin(self, asked: Ask | Changes, lines: list[Text], talk: Talk[Any]) -> None:
        self._asked, self._talk = asked, talk
        self._wanted = next(talk)
        self._screen.draw(lines, ())
        self._listen()

    def _listen(self) -> None:
        """Have the next key or line typed. While a line is typed nothing is drawn."""
        if self._wanted is None:
            self._keyboard.listen("quiet")
        elif self._wanted.keys:
            self._keyboard.listen("key")
        else:
            # Listening comes first: it drops what was typed before the words could be seen.
            self._keyboard.listen("line")
            self._screen.draw((), _words(self._wanted, self._screen.columns))
            self._typing = True

    def _answered(self, typed: str) -> list[Action]:
        if self._talk is None:
            return []
        try:
            self._wanted = self._talk.send(typed)
        except StopIteration as end:
            answer: Action = end.value
            self._end(_said(answer))
            return [answer]
        self._listen()
        return []

    def _hung_up(self) -> list[Action]:
        asked = self._asked
        if self._typing:
            self._screen.leave()
        self._end("")
        if isinstance(asked, Changes):
            return [unreviewed(asked)]
        return [rejected(asked)] if asked is not None else []

    def _drop_what_is_gone(self, picture: Picture) -> None:
        """Ask no more what was answered elsewhere, or is no longer asked."""
        open_ = {ask.id for ask in picture.asks}
        self._queue = [ask for ask in self._queue if ask.id in open_]
        asked = self._asked
        if asked is None or asked.id in open_ or asked is picture.review:
            return
        if self._typing:
            self._screen.leave()
        self._end(GONE)

    def _end(self, said: str) -> None:
        self._typing = False
        self._asked = self._talk = self._wanted = None
        self._keyboard.listen("quiet")
        self._screen.draw([Text(f"  {said}", "dim")] if said else (), ())
        self._ask_next()

    def _page(self, lines: list[Text]) -> None:
        """Show lines in the pager; where there is none, here."""
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

    # -- the tail ------------------------------------------------------------------------------

    def _tail(self, picture: Picture) -> list[Text]:
        lines = list(self._unfinished(picture.items))
        plans = [item for item in picture.items if _is_plan(item)]
        for item in plans:
            lines += [Text(), *item_lines(item, self._screen.columns)]
        keys = "Ctrl-C again gives up" if picture.phase == STOPPING else "Ctrl-C stops"
        status = f"{picture.phase} · {_clock_words(picture.elapsed_s)} · {keys}"
        lines += [Text(), _one_row(Text(visible(status), "dim"), self._screen.columns)]
        if self._wanted is not None:
            lines += _words(self._wanted, self._screen.columns)
        return lines

    def _unfinished(self, items: Sequence[Item]) -> Iterator[Text]:
        after_row = self._after_row
        for item in items:
            if item.key in self._printed or _is_plan(item):
                continue
            lines = self._open_lines(item)
            if lines:
                is_row = isinstance(item.block, Row)
                if not (is_row and after_row):
                    yield Text()
                after_row = is_row
                yield from lines

    def _open_lines(self, item: Item) -> list[Text]:
        match item.block:
            case Markdown():
                source = self._flow(item).tail
                return self._laid(item, source) if source.strip() else []
            case Fold(body=(Markdown() as thought,)) as fold:
                short = Fold(fold.summary, (Code(thought.source[-END_CHARS:], exact=True),))
                return item_lines(Item(item.key, short, item.parent), self._screen.columns)
            case Row(state="pending") as row:  # what it wants is in the question
                return item_lines(replace(item, block=replace(row, body=())), self._screen.columns)
            case _:
                return item_lines(item, self._screen.columns)

    def _laid(self, item: Item, source: str) -> list[Text]:
        wanted = (source, self._screen.columns)
        if self._laid_out[0] != wanted:
            if len(source) <= WHOLE_CHARS:
                lines = self._chunk(item, source)
            else:
                lines = code_lines(source[-END_CHARS:])
            self._laid_out = wanted, lines
        return self._laid_out[1]


class _Flow:
    """Growing Markdown: what of it is closed, and what may still change."""

    def __init__(self) -> None:
        self._splitter = Splitter()
        self._source = ""
        self._given = 0

    @property
    def tail(self) -> str:
        return self._splitter.tail

    def closed(self, source: str, *, to_the_end: bool) -> list[str]:
        """The chunks that are closed since the last call."""
        if source.startswith(self._source):
            found = list(self._splitter.feed(source[len(self._source) :]))
        else:  # the server's own record says it otherwise; what is printed stays
            self._splitter = Splitter()
            found = list(self._splitter.feed(source))[self._given :]
        self._source = source
        if to_the_end and self._splitter.tail.strip():
            found.append(self._splitter.tail)
            self._splitter = Splitter()
        self._given += len(found)
        return found


def terminal_surface(shell: Any) -> PrintedSurface:
    """The surface for IPython in a terminal, as much as this terminal can do."""
    stream, environ = sys.stdout, os.environ
    dumb = environ.get("TERM", "dumb") in ("", "dumb", "unknown")
    ink = Ink(stream, environ, styled=stream.isatty() and not dumb, coloured=_coloured(shell))
    if not stream.isatty():
        return PrintedSurface(Scroll(stream, ink))
    if dumb or not _can_be_watched():
        columns = Screen(stream, ink, reflows=False).columns
        return PrintedSurface(Scroll(stream, ink, columns))
    return TerminalSurface(Screen(stream, ink, reflows=_reflows(environ)),
                           Keyboard(sys.stdin.fileno()), ink)  # fmt: skip


def text_surface(shell: Any) -> PrintedSurface:
    """The surface for a front end that shows text alone and in colour, however wide it is."""
    ink = Ink(sys.stdout, os.environ, styled=True, coloured=_coloured(shell))
    return PrintedSurface(Scroll(sys.stdout, ink))


def show_changes(shell: Any, changes: ChangeList) -> None:
    """Show changes in colour: a diff that was asked for whole in the pager, if it is long."""
    surface = terminal_surface(shell)
    surface.show_changes(changes)


def _coloured(shell: Any) -> bool:
    return str(getattr(shell, "colors", "")).lower() != "nocolor"


def _can_be_watched() -> bool:
    """Whether keys can be taken one by one."""
    with suppress(ImportError, AttributeError, ValueError, OSError):
        import termios  # noqa: F401  # not on Windows

        return os.isatty(sys.stdin.fileno())
    return False


def _reflows(environ: Mapping[str, str]) -> bool:
    """Whether the terminal wraps its lines anew when it is resized; a few old ones do not."""
    plain = environ.get("TERM", "").startswith(("rxvt", "screen")) and "TMUX" not in environ
    return not plain and "XTERM_VERSION" not in environ


def _changes_lines(changes: ChangeList, columns: int) -> list[Text]:
    files = (
        files_lines(changes.blocks)
        if changes.whole
        else block_lines(Files(changes.blocks), columns)
    )
    notes = [line for note in changes.notes for line in block_lines(Notice(note), columns)]
    title = block_lines(Notice(changes.title), columns)
    return [
        *title,
        *([Text(), *files] if changes.diff else []),
        *([Text(), *notes] if notes else []),
    ]


def _settled(item: Item) -> bool:
    match item.block:
        case Row(state="pending" | "running"):
            return False
        case Fold(body=body):
            return not any(isinstance(block, Markdown) and block.open for block in body)
    return True


def _is_plan(item: Item) -> bool:
    """True for the agent's task list, which changes to the end."""
    return isinstance(item.block, Checklist) and not item.key.startswith("review:")


def _listed(block: Block) -> list[Text]:
    return diff_lines(block) if isinstance(block, Diff) else block_lines(block, 80)


def _words(wanted: Wanted, columns: int) -> list[Text]:
    *above, last = wanted.words.split("\n")
    lines = [line for words in above for line in wrapped(Text(words), columns)]
    lines.append(Text(last))  # behind which one types
    for line in lines:
        line.highlight_regex(r"^\([a-z]\)", "bold")
    return lines


def _key(typed: str) -> str:
    """One key; what came in a burst was pasted, or is a key like an arrow: no letter of ours."""
    return typed if len(typed.rstrip("\r\n")) == 1 else ""


def _said(answer: Action) -> str:
    """What was answered, where the key alone does not stay on the screen."""
    return SAID.get(answer.reply, "") if isinstance(answer, Answer) and not answer.message else ""


def _clock_words(seconds: float) -> str:
    """Whole seconds: tenths would draw the line ten times as often."""
    return seconds_words(int(seconds)) if seconds >= 10 else f"{int(seconds)} s"


def _one_row(line: Text, columns: int) -> Text:
    line.truncate(columns - 1, overflow="ellipsis")
    return line
