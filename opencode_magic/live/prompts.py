"""What the server asks, as data for the page: words as text, only a diff as finished HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..render.asks import AskText, ask
from ..render.blocks import Block, Code, Diff, Plain
from ..render.visible import visible
from ..transcript import Ask
from ..wire import QuestionItem, QuestionRequest

Prompt = Mapping[str, Any]


def prompt(
    request: Ask, html: Callable[[Block], str], describe: Callable[[Ask], AskText] = ask
) -> Prompt:
    """A prompt as the page takes it; `questions` is empty for a permission."""
    text = describe(request)
    questions = (
        [_question(q) for q in request.questions] if isinstance(request, QuestionRequest) else []
    )
    return {
        "id": request.id,
        "title": visible(text.title),
        "who": visible(text.who),
        # The body says it all; the one line is for where there is none.
        "what": "" if text.body else visible(text.what),
        "body": [] if questions else [_body(block, html) for block in text.body],
        "always": visible(text.always),
        "questions": questions,
    }


def _body(block: Block, html: Callable[[Block], str]) -> tuple[str, str]:
    if isinstance(block, Code | Plain):
        return "text", visible(block.text)
    if isinstance(block, Diff) and not block.patch:
        return "text", visible(block.file)
    return "html", html(block)


def _question(question: QuestionItem) -> dict[str, Any]:
    # A label is sent back as it came; only what is shown is made visible.
    return {
        "question": visible(question.question),
        "header": visible(question.header),
        "options": [
            {"value": o.label, "label": visible(o.label), "description": visible(o.description)}
            for o in question.options
        ],
        "multiple": bool(question.multiple),
        "custom": question.custom is not False,  # the server's own default is yes
    }
