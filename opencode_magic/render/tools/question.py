"""What the agent asked the user, with the options and what was chosen."""

from __future__ import annotations

from collections.abc import Iterator

from ...model.tools import dig
from ...text.visible import as_text, one_line
from ..blocks import Check, Checklist
from ..words import MARKS
from .call import ToolCall, ToolLook

MOST_QUESTIONS = 50
MOST_OPTIONS = 50
_CHOSEN, _NOT = MARKS["running"], MARKS["pending"]


def look(call: ToolCall) -> ToolLook:
    """Describe questions with their options and answers."""
    questions = call.argument("questions")
    asked = questions[:MOST_QUESTIONS] if isinstance(questions, list) else []
    answers = call.meta("answers")
    given = [_labels(answer) for answer in answers] if isinstance(answers, list) else []
    body = tuple(
        _question(question, given[n] if n < len(given) else None)
        for n, question in enumerate(asked)
    )
    said = "; ".join(", ".join(labels) or "(none)" for labels in given[: len(asked)])
    headers = (one_line(as_text(dig(q, "header") or dig(q, "question"))) for q in asked)
    return ToolLook("Ask", ", ".join(filter(None, headers)) or call.title, said, body)


def _labels(answer: object) -> list[str]:
    chosen = answer if isinstance(answer, list) else [answer]
    return [one_line(as_text(label)) for label in chosen[:MOST_OPTIONS]]


def _question(question: object, chosen: list[str] | None) -> Checklist:
    """Return a question; `chosen` is None while it has no answer."""
    lines = [*_options(question, chosen or [])]
    title = one_line(as_text(dig(question, "question")) or as_text(question), chars=2_000)
    if chosen == []:
        lines.append(Check(_CHOSEN, "(none)", "chosen"))
    return Checklist(tuple(lines), title)


def _options(question: object, chosen: list[str]) -> Iterator[Check]:
    options = dig(question, "options")
    offered = set()
    for option in options[:MOST_OPTIONS] if isinstance(options, list) else ():
        label = one_line(as_text(dig(option, "label")))
        about = one_line(as_text(dig(option, "description")))
        offered.add(label)
        taken = label in chosen
        yield Check(_CHOSEN if taken else _NOT, f"{label}: {about}" if about else label,
                    "chosen" if taken else "")  # fmt: skip
    for label in chosen:
        if label not in offered:
            yield Check(_CHOSEN, label, "own answer")
