"""What the agent asked the user, with the answers."""

from __future__ import annotations

from ..blocks import Plain
from ..visible import as_text, shorten
from .call import Call, Look, dig


def look(call: Call) -> Look:
    questions = call.argument("questions")
    answers = call.meta("answers")
    asked = questions if isinstance(questions, list) else []
    given = answers if isinstance(answers, list) else []
    lines: list[str] = []
    said: list[str] = []
    for n, question in enumerate(asked[:50]):
        lines.append(as_text(dig(question, "question")) or as_text(question))
        if n < len(given):
            chosen = given[n] if isinstance(given[n], list) else [given[n]]
            said.append(", ".join(map(as_text, chosen)) or "(none)")
            lines.append(f"Answer: {said[-1]}")
    body = (Plain(shorten("\n".join(lines))),) if lines else ()
    target = as_text(dig(asked[0], "header")) or lines[0] if asked else call.title
    return Look("Ask", target, "; ".join(said), body)
