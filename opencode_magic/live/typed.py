"""Questions answered by typing, where there are no buttons: one letter, or numbers.

A question is a generator: it yields what is to be typed, is sent what was typed, and returns the
answer. So the caller may wait for a line, as `input()` does, or come back when one was typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeVar, cast

from ..changes.review import Changes, Piece, ReviewVerdict, every
from ..model.asks import QuestionItem, QuestionRequest
from ..model.transcript import Ask
from ..text.visible import one_line, visible
from .described import describe
from .surface import Answer

Read = Callable[[str], str]
T = TypeVar("T")


@dataclass(frozen=True)
class Wanted:
    """What is to be typed after these words: a line, or one of the `keys`."""

    words: str
    keys: str = ""


Talk = Generator[Wanted, str, T]

NOBODY = "Nobody is there to ask. Go on without it, or say what you would need it for."
REPLIES = {"o": "once", "a": "always", "r": "reject"}
# `input` without a person: the kernel's StdinNotImplementedError is a RuntimeError.
UNREADABLE = (EOFError, RuntimeError)
NOBODY_BY = "nobody is there to ask"
REVIEW = "Review the changes of this turn"


def by_input(words: str) -> str:
    """Call `input`, looked up only now: a kernel replaces it for each cell."""
    return input(words)


def rejected(request: Ask) -> Answer:
    """Return the answer if nobody can give one; its message lets the turn go on."""
    return Answer(request.id, "reject", message=NOBODY, by=NOBODY_BY)


def unreviewed(asked: Changes) -> ReviewVerdict:
    """Return the verdict if nobody can give one: all changes stay."""
    return ReviewVerdict(asked.id, by=NOBODY_BY)


def ask_aloud(request: Ask, read: Read) -> Answer:
    """Ask a request by `read`, which works like `input`, until the answer is clear."""
    return _aloud(asking(request), read, rejected(request))


def review_aloud(asked: Changes, read: Read) -> ReviewVerdict:
    """Ask which changes are to be undone, by the numbers of files and hunks, until it is clear."""
    return _aloud(reviewing(asked), read, unreviewed(asked))


def _aloud(talk: Talk[T], read: Read, otherwise: T) -> T:
    wanted = next(talk)
    while True:
        try:
            wanted = talk.send(read(wanted.words))
        except UNREADABLE:
            return otherwise
        except StopIteration as end:
            return cast(T, end.value)


def asking(request: Ask, show_all: Callable[[], None] | None = None) -> Talk[Answer]:
    """Ask a request; with `show_all` the reader may have all of it shown first."""
    if isinstance(request, QuestionRequest):
        return _question(request)
    return _permission(request, show_all)


def reviewing(asked: Changes) -> Talk[ReviewVerdict]:
    """Ask which changes are to be undone."""
    words = "Undo which? none, all, or numbers with commas between, e.g. 1, 2.3: "
    while True:
        typed = yield Wanted(words)
        if (chosen := _pieces(typed, asked)) is not None:
            return ReviewVerdict(asked.id, chosen)
        words = "Please type none, all, or numbers from the list, e.g. 1, 2.3: "


def _pieces(typed: str, asked: Changes) -> frozenset[Piece] | None:
    """Return what was chosen; None if it cannot be understood."""
    words = typed.strip().lower()
    known = every(asked)
    if words in ("none", "all"):
        return known if words == "all" else frozenset()
    chosen: set[Piece] = set()
    for word in re.split(r"[\s,]+", words.strip(" ,")):
        found = re.fullmatch(r"(\d{1,6})(?:\.(\d{1,6}))?", word, re.ASCII)
        if found is None:
            return None
        file, piece = int(found[1]) - 1, found[2]
        meant = {(f, p) for f, p in known if f == file and piece in (None, f"{p + 1}")}
        if not meant:
            return None
        chosen |= meant
    return frozenset(chosen)


def _permission(request: Ask, show_all: Callable[[], None] | None) -> Talk[Answer]:
    always = describe(request).always
    choices = {"o": "allow once", "r": "reject", "m": "reject with a message"}
    if always:
        choices["a"] = visible(always[:1].lower() + always[1:])
    if show_all:
        choices["d"] = "show all of the diff"
    letters = [letter for letter in "oarmd" if letter in choices]
    question = "\n".join(f"({letter}) {choices[letter]}" for letter in letters) + "\nYour letter: "
    words = question
    while True:
        typed = yield Wanted(words, "".join(letters))
        reply = typed.strip().lower()[:1]
        if reply == "m":
            message = yield Wanted("What should it do instead? ")
            return Answer(request.id, "reject", message=message.strip())
        if reply == "d" and show_all:
            show_all()
            words = question
            continue
        if reply in REPLIES and reply in letters:
            return Answer(request.id, REPLIES[reply])
        words = f"Please type one of {', '.join(letters)}: "


def _question(request: QuestionRequest) -> Talk[Answer]:
    answers = []
    for question in request.questions:
        answers.append((yield from _one(question)))
    if not all(answers):
        return Answer(request.id, "reject")
    return Answer(request.id, "answer", answers=tuple(answers))


def _one(question: QuestionItem) -> Talk[tuple[str, ...]]:
    """Return the labels chosen, or the user's own words; nothing typed means no answer."""
    own = question.custom is not False
    words = "Numbers, with commas between" if question.multiple else "A number"
    hint = f"{one_line(visible(question.question))}\n{words}{' or your own words' if own else ''}"
    while True:
        typed = (yield Wanted(f"{hint} (nothing: do not answer): ")).strip()
        if not typed:
            return ()
        numbers = [part.strip() for part in typed.split(",")]
        if all(n.isdecimal() and 0 < int(n) <= len(question.options) for n in numbers) and (
            question.multiple or len(numbers) == 1
        ):
            return tuple(question.options[int(n) - 1].label for n in numbers)
        if own:
            return (typed,)
