"""Questions put by `input()`, where there are no buttons: one letter, or numbers."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..render.asks import ask as describe
from ..render.visible import one_line, visible
from ..review import Changes, Piece, Verdict, every
from ..transcript import Ask
from ..wire import QuestionItem, QuestionRequest
from .surface import Answer

Read = Callable[[str], str]

NOBODY = "Nobody is there to ask. Go on without it, or say what you would need it for."
NOBODY_BY = "nobody is there to ask"
REVIEW = "Review the changes of this turn"


def by_input(words: str) -> str:
    """`input`, looked up when it is needed: a kernel puts its own in place for each cell."""
    return input(words)


def rejected(request: Ask) -> Answer:
    """The answer where nobody can give one; the message lets the turn go on."""
    return Answer(request.id, "reject", message=NOBODY, by=NOBODY_BY)


def unreviewed(asked: Changes) -> Verdict:
    """The verdict where nobody can give one: all changes stay."""
    return Verdict(asked.id, by=NOBODY_BY)


def ask_aloud(request: Ask, read: Read) -> Answer:
    """Put a request by `read`, which is `input` or like it; again until the answer is clear."""
    try:
        if isinstance(request, QuestionRequest):
            return _question(request, read)
        return _permission(request, read)
    # `input` without a person: the kernel's StdinNotImplementedError is a RuntimeError.
    except (EOFError, RuntimeError):
        return rejected(request)


def review_aloud(asked: Changes, read: Read) -> Verdict:
    """Ask which changes shall be undone, by the numbers of files and hunks, until it is clear."""
    words = "Undo which? none, all, or numbers with commas between, e.g. 1, 2.3: "
    try:
        while (chosen := _pieces(read(words), asked)) is None:
            words = "Please type none, all, or numbers from the list, e.g. 1, 2.3: "
    except (EOFError, RuntimeError):
        return unreviewed(asked)
    return Verdict(asked.id, chosen)


def _pieces(typed: str, asked: Changes) -> frozenset[Piece] | None:
    """What was chosen; None where that is not to be understood."""
    words = typed.strip().lower()
    if words in ("none", "all"):
        return every(asked) if words == "all" else frozenset()
    known = every(asked)
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


def _permission(request: Ask, read: Read) -> Answer:
    always = describe(request).always
    letters = {"o": "once", **({"a": "always"} if always else {}), "r": "reject", "m": "message"}
    choices = ["(o) allow once", "(r) reject", "(m) reject with a message"]
    if always:
        choices.insert(1, f"(a) {visible(always[:1].lower() + always[1:])}")
    words = "\n".join(choices) + "\nYour letter: "
    while True:
        reply = letters.get(read(words).strip().lower()[:1], "")
        if reply == "message":
            return Answer(request.id, "reject", message=read("What should it do instead? ").strip())
        if reply:
            return Answer(request.id, reply)
        words = f"Please type one of {', '.join(letters)}: "


def _question(request: QuestionRequest, read: Read) -> Answer:
    answers = tuple(_one(question, read) for question in request.questions)
    if not all(answers):
        return Answer(request.id, "reject")
    return Answer(request.id, "answer", answers=answers)


def _one(question: QuestionItem, read: Read) -> tuple[str, ...]:
    """The labels chosen, or words of the user's own; nothing typed means no answer."""
    own = question.custom is not False
    words = "Numbers, with commas between" if question.multiple else "A number"
    hint = f"{one_line(visible(question.question))}\n{words}{' or your own words' if own else ''}"
    while True:
        typed = read(f"{hint} (nothing: do not answer): ").strip()
        if not typed:
            return ()
        numbers = [part.strip() for part in typed.split(",")]
        if all(n.isdecimal() and 0 < int(n) <= len(question.options) for n in numbers) and (
            question.multiple or len(numbers) == 1
        ):
            return tuple(question.options[int(n) - 1].label for n in numbers)
        if own:
            return (typed,)
