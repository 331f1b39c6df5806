"""The server's requests as data for the page: words as text, only a diff as finished HTML.

The operations of the board for them:

    ["ask",   id, under, {...}]    a new prompt, under the block of that key; "" is the end
    ["under", id, key]             the prompt moves under another block
    ["unask", id]                  the prompt is answered, here or elsewhere

A review of changes is asked in the same way; the lines of its hunks are finished HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from ..changes.review import Changes
from ..model.asks import QuestionItem, QuestionRequest
from ..model.transcript import Ask
from ..render.asks import AskText
from ..render.blocks import Block, Code, Diff, Plain
from ..render.reviews import MOST_FILES, MOST_LINES, file_words, piece_diff, piece_words, size
from ..text.visible import visible
from .described import describe
from .typed import REVIEW

Prompt: TypeAlias = Mapping[str, Any]
"""`id`, `under` (the key of the block it belongs to) and what the page draws."""


class Asked:
    """The prompts as they were last described to the front end."""

    def __init__(self) -> None:
        self._last: Sequence[Prompt] = ()
        self._shown: dict[str, tuple[str, dict[str, Any]]] = {}

    def ops(self, prompts: Sequence[Prompt]) -> Iterator[list[Any]]:
        """Return the operations that bring the page to these prompts."""
        if prompts == self._last:
            return
        self._last = prompts
        wanted = {prompt["id"]: _placed(prompt) for prompt in prompts}
        for id in [id for id, (_, words) in self._shown.items()
                   if id not in wanted or wanted[id][1] != words]:  # fmt: skip
            del self._shown[id]
            yield ["unask", id]
        for id, (under, words) in wanted.items():
            if id not in self._shown:
                yield ["ask", id, under, words]
            elif self._shown[id][0] != under:
                yield ["under", id, under]
            self._shown[id] = under, words

    def snapshot(self) -> Iterator[list[Any]]:
        """Return the operations that ask everything again."""
        return (["ask", id, under, words] for id, (under, words) in self._shown.items())


def _placed(prompt: Prompt) -> tuple[str, dict[str, Any]]:
    words = {name: value for name, value in prompt.items() if name not in ("id", "under")}
    return prompt.get("under", ""), words


def prompt(
    request: Ask, html: Callable[[Block], str], describe: Callable[[Ask], AskText] = describe
) -> Prompt:
    """Return a prompt as the page takes it; `questions` is empty for a permission."""
    text = describe(request)
    asked = request.questions if isinstance(request, QuestionRequest) else ()
    questions = [_question(question) for question in asked]
    return {
        "id": request.id,
        "title": visible(text.title),
        "who": visible(text.who),
        # The body says it all; this line is for prompts without one.
        "what": "" if text.body else visible(text.what),
        "body": [] if questions else [_body(block, html) for block in text.body],
        "always": visible(text.always),
        "questions": questions,
    }


def review_prompt(asked: Changes, html: Callable[[Block], str]) -> Prompt:
    """Return a review as the page takes it: the files with their pieces, the first with lines.

    The lines of the others, whose `html` is None, come when the reader opens them.
    """
    files = []
    room = MOST_LINES
    for number, file in enumerate(asked.files[:MOST_FILES]):
        room -= size(file)
        files.append(
            {
                "file": visible(file.file),
                "words": visible(file_words(file)),
                "why": visible(file.why),
                "pieces": [piece_words(file, piece) for piece in range(len(file.pieces))],
                "lines": size(file) if file.pieces else 0,
                "html": pieces_html(asked, number, html) if room >= 0 else None,
            }
        )
    more = len(asked.files) - len(files)
    return {
        "id": asked.id,
        "under": "",
        "title": REVIEW,
        "who": "",
        "what": "What stays ticked is kept. The rest is undone in the files on disk.",
        "files": files,
        "more": f"{more:,} more files are not listed; they are kept." if more else "",
    }


def pieces_html(asked: Changes, file: int, html: Callable[[Block], str]) -> list[str]:
    """Return the lines of a file's pieces; nothing for a number that is no file's."""
    if not 0 <= file < len(asked.files):
        return []
    change = asked.files[file]
    return [html(piece_diff(change, piece)) for piece in range(len(change.pieces))]


def _body(block: Block, html: Callable[[Block], str]) -> tuple[str, str]:
    if isinstance(block, Code | Plain):
        return "text", visible(block.text)
    if isinstance(block, Diff) and not block.patch:
        return "text", visible(block.file)
    return "html", html(block)


def _question(question: QuestionItem) -> dict[str, Any]:
    # A label is sent back as it came; only the shown copy is made visible.
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
