"""What the agent asked the user, with the options and what was chosen."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import starmap, zip_longest

from ...model.tools import dig
from ...text.visible import as_text, one_line
from ..blocks import Check, Checklist
from ..words import MARKS
from .call import ToolCall, ToolLook, as_list

MOST = 50  # questions, and options of one
_CHOSEN = MARKS["running"]


def look(call: ToolCall) -> ToolLook:
    """Describe questions with their options and answers."""
    asked = as_list(call.argument("questions"), MOST)
    given = [_labels(answer) for answer in as_list(call.meta("answers"))]
    body = tuple(starmap(_question, zip_longest(asked, given[: len(asked)])))
    said = "; ".join(", ".join(labels) or "(none)" for labels in given[: len(asked)])
    headers = (one_line(as_text(dig(q, "header") or dig(q, "question"))) for q in asked)
    return ToolLook("Ask", ", ".join(filter(None, headers)) or call.title, said, body)


def _labels(answer: object) -> list[str]:
    chosen = answer if isinstance(answer, list) else [answer]
    return [one_line(as_text(label)) for label in chosen[:MOST]]


def _question(question: object, chosen: list[str] | None) -> Checklist:
    """Return a question; `chosen` is None while it has no answer."""
    lines = [*_options(question, chosen or [])]
    title = one_line(as_text(dig(question, "question")) or as_text(question), chars=2_000)
    if chosen == []:
        lines.append(Check(_CHOSEN, "(none)", "chosen"))
    return Checklist(tuple(lines), title)


def _options(question: object, chosen: list[str]) -> Iterator[Check]:
    offered = set()
    for option in as_list(dig(question, "options"), MOST):
        label = one_line(as_text(dig(option, "label")))
        about = one_line(as_text(dig(option, "description")))
        offered.add(label)
        mark, word = (_CHOSEN, "chosen") if label in chosen else (MARKS["pending"], "")
        yield Check(mark, f"{label}: {about}" if about else label, word)
    for label in chosen:
        if label not in offered:
            yield Check(_CHOSEN, label, "own answer")
