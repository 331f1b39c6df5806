"""The requests of a server that wait for an answer."""

from __future__ import annotations

from collections.abc import Sequence

from ...model.asks import PermissionRequest, QuestionRequest
from ..contract import asks as contract
from ..given import filled, quoted
from ..resource import operation


class Permissions1(contract.Permissions):
    """The permissions that tools wait for."""

    @operation("GET /permission")
    def list(self) -> Sequence[PermissionRequest]:
        return self._call("GET", "/permission", list[PermissionRequest])

    @operation("POST /permission/{requestID}/reply")
    def reply(self, request_id: str, reply: str, *, message: str = "") -> None:
        self._check_waits(request_id, self.list)
        body = filled({"reply": reply, "message": message})
        self._call("POST", f"/permission/{quoted(request_id)}/reply", object, json=body)


class Questions1(contract.Questions):
    """The questions that agents ask."""

    @operation("GET /question")
    def list(self) -> Sequence[QuestionRequest]:
        return self._call("GET", "/question", list[QuestionRequest])

    @operation("POST /question/{requestID}/reply")
    def reply(self, request_id: str, answers: Sequence[Sequence[str]]) -> None:
        self._check_waits(request_id, self.list)
        body = {"answers": [list(labels) for labels in answers]}
        self._call("POST", f"/question/{quoted(request_id)}/reply", object, json=body)

    @operation("POST /question/{requestID}/reject")
    def reject(self, request_id: str) -> None:
        self._check_waits(request_id, self.list)
        self._call("POST", f"/question/{quoted(request_id)}/reject", object, json={})
