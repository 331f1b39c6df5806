"""Asking before something is done that cannot be taken back."""

from __future__ import annotations

from ..app.app import App
from ..errors import InputError


def ask_first(app: App, preview: object, question: str, *, command: str, yes: bool) -> None:
    """Show what would happen and let the user decide; raise InputError where that is not a yes.

    Parameters
    ----------
    preview:
        what would happen, as it is shown.
    question:
        a question with yes or no, e.g. "Delete this?"
    command:
        the command, which a message completes by `--yes`.
    yes:
        whether the user has agreed already.
    """
    if yes:
        return
    if not app.person.is_there():
        raise InputError(f"nobody is there to ask, so nothing was done; `{command} --yes` does it")
    if not app.person.confirms(preview, question):
        raise InputError("nothing was done")
