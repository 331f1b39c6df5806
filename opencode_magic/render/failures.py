"""Failures of a turn in words, with what to do next."""

from __future__ import annotations

from collections.abc import Callable

from ..wire import Error
from .blocks import Notice
from .visible import one_line, plain_output

MESSAGE_CHARS = 500


def failure(error: Error) -> Notice:
    """What a reader should know of an error of the server."""
    words = _WORDS.get(error.name, _other)(error)
    if error.aborted:
        return Notice(words)
    return Notice(words, "warning" if error.name in _GOES_ON else "error")


def _message(error: Error) -> str:
    return one_line(plain_output(error.data.message[:20_000]), chars=MESSAGE_CHARS)


def _said(error: Error) -> str:
    """The status and the provider's own words, in brackets."""
    status = str(error.data.status_code) if error.data.status_code else ""
    said = ": ".join(filter(None, (status, _message(error))))
    return f" ({said})" if said else ""


def _api(error: Error) -> str:
    status = error.data.status_code
    said = _said(error)
    if status in (401, 403):
        return (
            f"The model's provider refused the login{said}. "
            "Run `opencode auth login`, or check the key."
        )
    if status == 404:
        return f"The provider does not know this model{said}. Choose another with --model."
    if status == 429:
        return (
            f"The provider limits how often it may be asked{said}. "
            "Wait a little, or choose another model."
        )
    if status >= 500:
        return f"The provider failed{said}. Try again, or choose another model."
    return f"The provider refused the request{said}."


def _other(error: Error) -> str:
    name = one_line(error.name, chars=80)
    return f"{_message(error) or 'Something failed on the server, which did not say what'} ({name})"


_GOES_ON = {"ContextOverflowError"}

_WORDS: dict[str, Callable[[Error], str]] = {
    "APIError": _api,
    "ContentFilterError": lambda e: (
        f"The provider's filter held the answer back{_said(e)}. Put the request in other words."
    ),
    "ContextOverflowError": lambda e: (
        f"The conversation is too long for the model{_said(e)}. OpenCode makes room by "
        "summarising it; if that is not enough, start a new session with --new."
    ),
    "MessageAbortedError": lambda _: "Stopped.",
    "MessageOutputLengthError": lambda e: (
        f"The answer reached the model's longest output{_said(e)}. Ask it to go on."
    ),
    "ProviderAuthError": lambda e: (
        f"There is no valid login for the model's provider{_said(e)}. Run `opencode auth login`."
    ),
    "StructuredOutputError": lambda e: (
        f"The model gave no answer in the form that was asked for{_said(e)}. Try again."
    ),
}
