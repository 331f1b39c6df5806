"""Failures of a turn in words, with what to do next."""

from __future__ import annotations

from ..wire import Error
from .blocks import Notice
from .visible import one_line, plain_output

MESSAGE_CHARS = 500
OUR_OWN = "Unconfirmed"
"""The name of a failure the server knows nothing of, told in words of ours."""

STOPPED = Notice("Stopped.")

_GOES_ON = {"ContextOverflowError"}


def failure(error: Error) -> Notice:
    """What a reader should know of an error of the server: our words, and what it said itself."""
    if error.aborted:
        return STOPPED
    if error.name == OUR_OWN:
        return Notice(_message(error), "error")
    said = _said(error)
    text = _api(error.data.status_code) if error.name == "APIError" else _WORDS.get(error.name, "")
    if not text:
        text = "Something failed on the server" + ("." if said else ", which did not say what.")
        said = f"{said} ({one_line(error.name, chars=80)})".lstrip()
    return Notice(text, "warning" if error.name in _GOES_ON else "error", quote=said)


def cut_short(finish: str) -> Notice | None:
    """What a reader should know of an answer that ended too early without being an error."""
    name = _FINISHES.get(finish)
    return Notice(_WORDS[name], "warning") if name else None


def _message(error: Error) -> str:
    return one_line(plain_output(error.data.message[:20_000]), chars=MESSAGE_CHARS)


def _said(error: Error) -> str:
    """The status and the provider's own words."""
    status = str(error.data.status_code) if error.data.status_code else ""
    return ": ".join(filter(None, (status, _message(error))))


def _api(status: int) -> str:
    if status in (401, 403):
        return (
            "The model's provider refused the login. Run `opencode auth login`, or check the key."
        )
    if status == 404:
        return "The provider does not know this model. Choose another with `--model`."
    if status == 429:
        return (
            "The provider limits how often it may be asked. Wait a little, or choose another model."
        )
    if status >= 500:
        return "The provider failed. Try again, or choose another model."
    return "The provider refused the request."


_WORDS = {
    "ContentFilterError": (
        "The provider's filter held the answer back. Put the request in other words."
    ),
    "ContextOverflowError": (
        "The conversation is too long for the model. OpenCode makes room by summarising it; "
        "if that is not enough, start a new session with `--new`."
    ),
    "MessageOutputLengthError": "The answer reached the model's longest output. Ask it to go on.",
    "ProviderAuthError": (
        "There is no valid login for the model's provider. Run `opencode auth login`."
    ),
    "StructuredOutputError": (
        "The model gave no answer in the form that was asked for. Try again."
    ),
}

_FINISHES = {"length": "MessageOutputLengthError", "content-filter": "ContentFilterError"}
"""How a model may say that it stopped before the end."""
