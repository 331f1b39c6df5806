"""What a server waits for an answer to."""

from __future__ import annotations

from collections.abc import Sequence

from ...model.asks import PermissionRequest, QuestionRequest
from ..resource import Resource, operation
from .bodies import filled, quoted


class Permissions(Resource):
    """What tools wait for."""

    @operation("GET /permission")
    def list(self) -> Sequence[PermissionRequest]:
        """The pending requests of the directory."""
        return self._call("GET", "/permission", list[PermissionRequest])

    @operation("POST /permission/{requestID}/reply")
    def reply(self, request_id: str, reply: str, *, message: str = "") -> None:
        """Answer `once`, `always` or `reject`; a rejection with a message lets the turn go on.

        `always` counts for every session of the project until the server ends. NotFoundError where
        it was answered already.
        """
        self._check_waits(request_id, self.list)
        body = filled({"reply": reply, "message": message})
        self._call("POST", f"/permission/{quoted(request_id)}/reply", object, json=body)


class Questions(Resource):
    """What agents ask."""

    @operation("GET /question")
    def list(self) -> Sequence[QuestionRequest]:
        """The pending questions of the directory."""
        return self._call("GET", "/question", list[QuestionRequest])

    @operation("POST /question/{requestID}/reply")
    def reply(self, request_id: str, answers: Sequence[Sequence[str]]) -> None:
        """Answer: a list of labels for each question, in order."""
        self._check_waits(request_id, self.list)
        body = {"answers": [list(labels) for labels in answers]}
        self._call("POST", f"/question/{quoted(request_id)}/reply", object, json=body)

    @operation("POST /question/{requestID}/reject")
    def reject(self, request_id: str) -> None:
        """Refuse to answer; the turn ends."""
        self._check_waits(request_id, self.list)
        self._call("POST", f"/question/{quoted(request_id)}/reject", object, json={})
