"""The answer of a turn that must have a form: it is read, checked, and asked for again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..answer.code import code_blocks
from ..answer.digits import RoundedError
from ..answer.misfit import MisfitError
from ..answer.schema import MISFIT, Form
from ..model.messages import Error, ErrorData, Failure, Message
from ..model.prompt import Prompt, TextPiece
from ..model.transcript import Transcript

MOST_TRIES = 3  # for an answer with a form: the server checks nothing, and tries once
AGAIN = (
    "Your answer does not have the form that was asked for: {misfit}. Give it once more, whole and "
    "corrected, {how}."
)
IN_WORDS = (
    "End with an answer that is one JSON value and nothing else, without a code fence, and that "
    "fits this JSON schema:\n{schema}"
)


class FormAnswer:
    """The answer to a prompt that asks for a form.

    Parameters
    ----------
    form:
        how the answer must look.
    tool:
        the tool by which the model gives it; "" where the server has none: then the form is asked
        for in words, and the value is read from the text.
    """

    def __init__(self, form: Form, tool: str) -> None:
        self.value: Any = None
        """The last value that has the form."""
        self._form = form
        self._tool = tool
        self._tries = 1
        self._rounded = False  # a number of it may have lost digits

    @property
    def in_words(self) -> bool:
        """True where the server has no way to ask for a form."""
        return not self._tool

    def asked(self, prompt: Prompt) -> Prompt:
        """Return the prompt as it is sent: where it must be, with the form in words."""
        if not self.in_words or prompt.form is None:
            return prompt
        schema = json.dumps(prompt.form.schema, ensure_ascii=False)
        words = TextPiece(IN_WORDS.format(schema=schema), synthetic=True)
        return replace(prompt, form=None, pieces=(*prompt.pieces, words))

    def _raw(self, reply: Message | None) -> Any:
        """Return the value that an answer gives, before it is looked at; None where it has none."""
        if reply is None or not self.in_words:
            return reply.info.structured if reply else None
        return value_in("".join(reply.texts))

    def misfit(self, raw: Any) -> str:
        """Return what is wrong with an answer, "" where it is right: then it is the value."""
        if raw is None and self.in_words:
            return "there was no JSON value in it"
        if raw is None:
            return f"there was no call of the {self._tool} tool"
        try:
            self.value = self._form.read(raw)
        except MisfitError as error:
            self._rounded = self._rounded or isinstance(error, RoundedError)
            return str(error)
        return ""

    def again(self, prompt: Prompt, reply: Message) -> Prompt | None:
        """Return the prompt that asks for it again; None where the answer stands as it is.

        The server checks no value, and does not ask again where there is none.
        """
        failure = reply.info.error
        if self._tries >= MOST_TRIES or (failure is not None and failure.kind != "no-value"):
            return None
        misfit = self.misfit(self._raw(reply))
        if not misfit:
            return None
        self._tries += 1
        form = self._form.with_strings if self._rounded else self._form
        how = "as JSON alone" if self.in_words else f"with the {self._tool} tool"
        return replace(prompt, text=AGAIN.format(misfit=misfit, how=how), form=form)

    def failure(self, shown: Transcript, failure: Failure | None) -> Failure | None:
        """Return why a turn that has ended gave no value, None where it did."""
        if failure is not None and failure.kind != "no-value":
            return failure
        misfit = self.misfit(self._raw(shown.answers[-1] if shown.answers else None))
        tries = f" ({self._tries} tries)" if self._tries > 1 else ""
        return Error(MISFIT, ErrorData(f"{misfit}{tries}")) if misfit else None


def value_in(text: str) -> Any:
    """Return the JSON value that a text is, or that is the last fenced block in it, else None.

    Models like to write a fence, or a sentence, around what was asked for alone.
    """
    for candidate in _candidates(text):
        try:
            return json.loads(candidate)
        except (ValueError, RecursionError):
            continue
    return None


def _candidates(text: str) -> Iterator[str]:
    """Yield what may be it: the whole text, a fenced block, from its first bracket to its last."""
    yield text
    yield from reversed(code_blocks(text))
    starts = [at for sign in "{[" if (at := text.find(sign)) >= 0]
    ends = [at for sign in "}]" if (at := text.rfind(sign)) >= 0]
    if starts and ends:
        yield text[min(starts) : max(ends) + 1]
