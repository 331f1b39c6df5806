"""The answer of a turn that must have a form: it is read, checked, and asked for again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..answer.digits import RoundedError
from ..answer.misfit import MisfitError
from ..answer.schema import MISFIT, Form
from ..model.messages import Error, ErrorData, Failure, Message
from ..model.prompt import Prompt
from ..model.transcript import Transcript

MOST_TRIES = 3  # for an answer with a form: the server checks nothing, and tries once
AGAIN = (
    "Your answer does not have the form that was asked for: {misfit}. Give it once more, whole and "
    "corrected, with the {tool} tool."
)


class FormAnswer:
    """The answer to a prompt that asks for a form.

    Parameters
    ----------
    form:
        how the answer must look.
    tool:
        the tool by which the model gives it.
    """

    def __init__(self, form: Form, tool: str) -> None:
        self.value: Any = None
        """The last value that has the form."""
        self._form = form
        self._tool = tool
        self._tries = 1
        self._rounded = False  # a number of it may have lost digits

    def misfit(self, raw: Any) -> str:
        """Return what is wrong with an answer, "" where it is right: then it is the value."""
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
        misfit = self.misfit(reply.info.structured)
        if not misfit:
            return None
        self._tries += 1
        form = self._form.with_strings if self._rounded else self._form
        return replace(prompt, text=AGAIN.format(misfit=misfit, tool=self._tool), form=form)

    def failure(self, shown: Transcript, failure: Failure | None) -> Failure | None:
        """Return why a turn that has ended gave no value, None where it did."""
        if failure is not None and failure.kind != "no-value":
            return failure
        last = shown.last_answer
        misfit = self.misfit(last.structured if last else None)
        tries = f" ({self._tries} tries)" if self._tries > 1 else ""
        return Error(MISFIT, ErrorData(f"{misfit}{tries}")) if misfit else None
