"""Failures of a turn in words, with what to do next."""

from __future__ import annotations

import re

from ..model.messages import ENDED_EARLY, ErrorKind, Failure
from ..model.sessions import Status
from ..text.visible import one_line, plain_output
from .blocks import Notice

STOPPED = Notice("Stopped.")

_QUOTA = re.compile(
    r"insufficient[ _](quota|credit|balance|funds)|exceeded your current quota|credit balance"
    r"|billing|out of credits|usage limit|payment required",
    re.IGNORECASE,
)
_FILTER = re.compile(r"content[ _-]?(filter|management policy|policy)|safety system", re.IGNORECASE)
_LOOKED_AT = 5_000  # characters of what a provider says


def failure(error: Failure) -> Notice:
    """Describe an error of the server: in our words, and in its own as the quote."""
    if error.aborted:
        return STOPPED
    if error.kind == "cut-off":
        return Notice(_message(error), "error")
    status = str(error.data.status_code or "")
    said = ": ".join(filter(None, (status, _message(error))))
    text = _api(error) if error.kind == "provider" else _WORDS.get(error.kind, "")
    if error.kind == "gave-up" and _is_quota(error.data.message):
        text = f"{text} {_QUOTA_WORDS}"
    if not text:
        text = "Something failed on the server" + ("." if said else ", which did not say what.")
        said = f"{said} ({one_line(error.name, chars=80)})".lstrip()
    return Notice(text, "warning" if error.kind == "overflow" else "error", quote=said)


def cut_short(finish: str) -> Notice | None:
    """Describe an answer that ended too early without an error; None for any other."""
    kind = ENDED_EARLY.get(finish)
    return Notice(_WORDS[kind], "warning") if kind else None


def retry(status: Status) -> Notice:
    """Say that the server waits before it asks the provider again, and for how long."""
    again = f"attempt {status.attempt + 1} follows by itself"  # the page goes on: "in 4 s"
    if _is_quota(status.message):
        words = f"{_QUOTA_WORDS} Waiting will hardly help: stop the turn. Otherwise {again}"
    elif _LIMITED.search(status.message[:_LOOKED_AT]):
        words = f"The provider limits how often it may be asked; {again}"
    else:
        words = f"The provider failed; {again}"
    return Notice(words, "warning", until_ms=status.next, quote=one_line(status.message))


def _is_quota(message: str) -> bool:
    return _QUOTA.search(message[:_LOOKED_AT]) is not None


def _message(error: Failure) -> str:
    return one_line(plain_output(error.data.message[:20_000]), chars=500)


def _api(error: Failure) -> str:
    status, said = error.data.status_code, error.data.message[:_LOOKED_AT]
    if status == 402 or (status in (0, 400, 403, 429) and _QUOTA.search(said)):
        return _QUOTA_WORDS
    if status in (400, 403) and _FILTER.search(said):
        return _WORDS["filter"]
    if status >= 500:
        return "The provider failed. Try again, or choose another model."
    return _BY_STATUS.get(status, "The provider refused the request.")


_LOGIN = "The model's provider refused the login. Run `opencode auth login`, or check the key."
_BY_STATUS = {
    0: "The provider could not be asked. Check the connection, and try again.",
    401: _LOGIN,
    403: _LOGIN,
    404: "The provider does not know this model. Choose another with `--model`.",
    429: "The provider limits how often it may be asked. Wait a little, or choose another model.",
}
_QUOTA_WORDS = (
    "What the provider's account may use is used up. Check its plan and billing, or choose "
    "another model with `--model`."
)
_LIMITED = re.compile(r"rate.?limit|too many requests|\b429\b", re.IGNORECASE)
_WORDS: dict[ErrorKind, str] = {
    "filter": "The provider's filter held the answer back. Put the request in other words.",
    "overflow": (
        "The conversation is too long for the model. OpenCode makes room by summarising it; "
        "if that is not enough, start a new session with `--new`."
    ),
    "summary": (
        "The conversation could not be summarised, and is sent whole as before. Try `/compact` "
        "again, or with another model (`%config OpencodeMagics.model`)."
    ),
    "length": "The answer reached the model's longest output. Ask it to go on.",
    "auth": "There is no valid login for the model's provider. Run `opencode auth login`.",
    "gave-up": "The provider had failed, and the turn ended before it was asked again.",
    "misfit": "The answer does not have the form that was asked for.",
    "no-model": "The server has no such model. Choose another with `--model`.",
    "no-value": "The model gave no answer in the form that was asked for. Try again.",
}
