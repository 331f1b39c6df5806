"""The requests of a server that wait for an answer.

What a client may ask of any server; one that lacks an operation raises UnsupportedError before
anything is sent.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...model.asks import PermissionRequest, QuestionRequest
from ...model.inbox import SavedPermission
from ..resource import Resource


class Permissions(Resource):
    """The permissions that tools wait for."""

    def list(self) -> Sequence[PermissionRequest]:
        """Return the pending requests of the directory."""
        self._refuse("permissions.list")

    def reply(self, request_id: str, reply: str, *, message: str = "") -> None:
        """Answer a request; raise NotFoundError where it was answered already.

        Parameters
        ----------
        request_id:
            the request.
        reply:
            `once`, `always` (for every session of the project: until the server ends, on OpenCode 2
            for ever) or `reject`.
        message:
            what the model is told with a rejection; with one the turn goes on.
        """
        self._refuse("permissions.reply")

    def saved(self) -> Sequence[SavedPermission]:
        """Return what the server was told to allow for good in the project of the directory."""
        self._refuse("saved-permissions")

    def forget(self, saved_id: str) -> None:
        """Take back the saved permission `saved_id`; raise NotFoundError where there is none."""
        self._refuse("saved-permissions")


class Questions(Resource):
    """The questions that agents ask."""

    def list(self) -> Sequence[QuestionRequest]:
        """Return the pending questions of the directory."""
        self._refuse("questions.list")

    def reply(self, request_id: str, answers: Sequence[Sequence[str]]) -> None:
        """Answer the questions of `request_id`; raise NotFoundError where that was done already.

        `answers` has a list of labels for each question, in order.
        """
        self._refuse("questions.reply")

    def reject(self, request_id: str) -> None:
        """Refuse to answer `request_id`, which ends the turn; see `reply` for what is raised."""
        self._refuse("questions.reject")
