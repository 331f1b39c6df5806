"""The requests of a server that wait for an answer."""

from __future__ import annotations

from collections.abc import Sequence

from ...model.asks import PermissionRequest, QuestionRequest
from ..resource import Resource, operation
from .bodies import filled, quoted


class Permissions(Resource):
    """The permissions that tools wait for."""

    @operation("GET /permission")
    def list(self) -> Sequence[PermissionRequest]:
        """Return the pending requests of the directory."""
        return self._call("GET", "/permission", list[PermissionRequest])

    @operation("POST /permission/{requestID}/reply")
    def reply(self, request_id: str, reply: str, *, message: str = "") -> None:
        """Answer a request; raise NotFoundError where it was answered already.

        Parameters
        ----------
        request_id:
            the request.
        reply:
            `once`, `always` (for every session of the project until the server ends) or `reject`.
        message:
            what the model is told with a rejection; with one the turn goes on.
        """
        self._check_waits(request_id, self.list)
        body = filled({"reply": reply, "message": message})
        self._call("POST", f"/permission/{quoted(request_id)}/reply", object, json=body)


class Questions(Resource):
    """The questions that agents ask."""

    @operation("GET /question")
    def list(self) -> Sequence[QuestionRequest]:
        """Return the pending questions of the directory."""
        return self._call("GET", "/question", list[QuestionRequest])

    @operation("POST /question/{requestID}/reply")
    def reply(self, request_id: str, answers: Sequence[Sequence[str]]) -> None:
        """Answer the questions of `request_id`; raise NotFoundError where that was done already.

        `answers` has a list of labels for each question, in order.
        """
        self._check_waits(request_id, self.list)
        body = {"answers": [list(labels) for labels in answers]}
        self._call("POST", f"/question/{quoted(request_id)}/reply", object, json=body)

    @operation("POST /question/{requestID}/reject")
    def reject(self, request_id: str) -> None:
        """Refuse to answer `request_id`, which ends the turn; see `reply` for what is raised."""
        self._check_waits(request_id, self.list)
        self._call("POST", f"/question/{quoted(request_id)}/reject", object, json={})
