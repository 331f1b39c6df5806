"""Questions put by `input()`, where there are no buttons: one letter, or a number."""

from __future__ import annotations

from collections.abc import Callable

from ..render.asks import ask as describe
from ..render.visible import one_line, visible
from ..transcript import Ask
from ..wire import QuestionItem, QuestionRequest
from .surface import Answer

Read = Callable[[str], str]

NOBODY = "Nobody is there to ask. Go on without it, or say what you would need it for."
NOBODY_BY = "nobody is there to ask"


def by_input(words: str) -> str:
    """`input`, looked up when it is needed: a kernel puts its own in place for each cell."""
    return input(words)


def rejected(request: Ask) -> Answer:
    """The answer where nobody can give one; the message lets the turn go on."""
    return Answer(request.id, "reject", message=NOBODY, by=NOBODY_BY)


def ask_aloud(request: Ask, read: Read) -> Answer:
    """Put a request by `read`, which is `input` or like it; again until the answer is clear."""
    try:
        if isinstance(request, QuestionRequest):
            return _question(request, read)
        return _permission(request, read)
    # `input` without a person: the kernel's StdinNotImplementedError is a RuntimeError.
    except (EOFError, RuntimeError):
        return rejected(request)


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
