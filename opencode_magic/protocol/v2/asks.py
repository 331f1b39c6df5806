"""The requests of an OpenCode 2 server that wait for an answer: permissions and forms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from ...errors import InputError, NotFoundError
from ...model.asks import (
    PermissionCall,
    PermissionRequest,
    QuestionItem,
    QuestionOption,
    QuestionRequest,
)
from ...model.inbox import SavedPermission
from ...model.tools import dig
from ...text.visible import as_text
from ..contract import asks as contract
from ..given import quoted
from ..resource import operation, uses
from . import tools
from .bodies import at
from .names import our_permission
from .told import items, number, objects

Told = Mapping[str, Any]
Ask = TypeVar("Ask", PermissionRequest, QuestionRequest)
YES, NO = "Yes", "No"


def permission(told: Told) -> PermissionRequest:
    """Return a request for a permission, as it is listed or as an event tells it."""
    source = told.get("source")
    metadata = told.get("metadata")
    return PermissionRequest(
        as_text(told.get("id")),
        as_text(told.get("sessionID")),
        our_permission(as_text(told.get("action"))),
        [as_text(one) for one in items(told.get("resources"))],
        tools.changes(metadata) if isinstance(metadata, Mapping) else {},
        [as_text(one) for one in items(told.get("save"))],
        _call(source) if isinstance(source, Mapping) else None,
    )


def question(form: Told) -> QuestionRequest:
    """Return a form as questions, one for each field."""
    call = form.get("metadata")
    tool = call.get("tool") if isinstance(call, Mapping) else None
    return QuestionRequest(
        as_text(form.get("id")),
        as_text(form.get("sessionID")),
        [_item(field, form) for field in objects(form.get("fields"))],
        _call(tool) if isinstance(tool, Mapping) else None,
    )


def _call(told: Told) -> PermissionCall:
    return PermissionCall(as_text(told.get("messageID")), as_text(told.get("id")))


def _item(field: Told, form: Told) -> QuestionItem:
    title = as_text(field.get("title"))
    kind = as_text(field.get("type"))
    options = [
        QuestionOption(as_text(o.get("label") or o.get("value")), as_text(o.get("description")))
        for o in objects(field.get("options"))
    ]
    if kind == "boolean":
        options = [QuestionOption(YES), QuestionOption(NO)]
    asked = as_text(field.get("description")) or title or as_text(form.get("title"))
    if kind == "external":
        asked = f"{asked}: {as_text(field.get('url'))}"
        options = [QuestionOption("Done")]
    return QuestionItem(
        asked,
        "" if asked == title else title,
        options,
        kind == "multiselect",
        not options or field.get("custom") is True,
    )


def answer(form: Told, answers: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Return the answer to a form, by the labels that were chosen for each of its fields.

    Raises
    ------
    InputError
        a number is none.
    """
    fields = objects(form.get("fields"))
    given: dict[str, Any] = {}
    for field, labels in zip(fields, answers, strict=False):
        values = [_value(field, label) for label in labels]
        if field.get("type") == "multiselect":
            given[as_text(field.get("key"))] = values
        elif values and field.get("type") != "external":
            given[as_text(field.get("key"))] = _typed(field, values[0])
    return given


def _value(field: Told, label: str) -> str:
    """Return what an option stands for, of which a reader sees the label."""
    for option in objects(field.get("options")):
        if label in (option.get("label"), option.get("value")):
            return as_text(option.get("value"))
    return label


def _typed(field: Told, text: str) -> Any:
    kind = field.get("type")
    if kind == "boolean":
        return text.strip().lower() in ("yes", "true", "y", "1")
    if kind not in ("number", "integer"):
        return text
    try:
        return int(text) if kind == "integer" else float(text)
    except ValueError:
        what = "whole number" if kind == "integer" else "number"
        name = as_text(field.get("title") or field.get("key"))
        raise InputError(f"{text!r} is no {what}, which {name} wants; answer once more") from None


class Permissions2(contract.Permissions):
    """The permissions that tools wait for."""

    @operation("GET /api/permission/request")
    def list(self) -> Sequence[PermissionRequest]:
        """Return the pending requests of the directory."""
        found = self._call("GET", "/api/permission/request", dict[str, Any])
        return [permission(one) for one in objects(found.get("data"))]

    @operation("POST /api/session/{sessionID}/permission/{requestID}/reply")
    def decide(self, session: str, request_id: str, decision: str, *, message: str = "") -> None:
        """Answer a request; raise NotFoundError where it was answered already.

        Parameters
        ----------
        session, request_id:
            the session that asks, which may be a subagent's, and what it asks.
        decision:
            `once`, `always` (for the project, for ever) or `reject`, which ends the turn.
        message:
            with one a rejection does not end the turn. The model does not see it.
        """
        path = at(session, f"/permission/{quoted(request_id)}/reply")
        body = {"decision": decision, **({"message": message} if message else {})}
        self._call("POST", path, type(None), json=body)

    @uses("POST /api/session/{sessionID}/permission/{requestID}/reply")
    def reply(self, request_id: str, reply: str, *, message: str = "") -> None:
        asking = _asking(request_id, self.list())
        self.decide(asking.session_id, request_id, reply, message=message)

    @operation("GET /api/permission/saved")
    def saved(self) -> Sequence[SavedPermission]:
        place = self._call("GET", "/api/location", dict[str, Any])
        params = {"projectID": as_text(dig(place, "project", "id"))}
        found = self._call("GET", "/api/permission/saved", dict[str, Any], params=params)
        return [_saved(one) for one in objects(found.get("data"))]

    @operation("DELETE /api/permission/saved/{id}")
    def forget(self, saved_id: str) -> None:
        if saved_id not in {one.id for one in self.saved()}:  # the server says 204 to anything
            raise NotFoundError(f"there is no saved permission {saved_id}", status=404)
        self._call("DELETE", f"/api/permission/saved/{quoted(saved_id)}", type(None))


class Forms(contract.Questions):
    """The forms that agents and the server itself want filled in."""

    @operation("GET /api/form")
    def list(self) -> Sequence[QuestionRequest]:
        """Return the pending forms of the directory, as questions."""
        found = self._call("GET", "/api/form", dict[str, Any])
        return [question(one) for one in objects(found.get("data"))]

    @operation("GET /api/session/{sessionID}/form/{formID}")
    def get(self, session: str, form_id: str) -> Told:
        """Return the form `form_id` of `session` with its fields, as the server tells it."""
        found = self._call("GET", at(session, f"/form/{quoted(form_id)}"), dict[str, Any])
        data = found.get("data", found)
        return data if isinstance(data, Mapping) else {}

    @operation("POST /api/session/{sessionID}/form/{formID}/reply")
    def fill_in(self, session: str, form_id: str, answers: Sequence[Sequence[str]]) -> None:
        """Fill in the form `form_id` of `session`; raise NotFoundError where that was done already.

        `answers` has a list of labels for each field, in order.
        """
        body = {"answer": answer(self.get(session, form_id), answers)}
        self._call("POST", at(session, f"/form/{quoted(form_id)}/reply"), type(None), json=body)

    @operation("DELETE /api/session/{sessionID}/form/{formID}")
    def cancel(self, session: str, form_id: str) -> None:
        """Refuse the form `form_id` of `session`, which ends the turn."""
        self._call("DELETE", at(session, f"/form/{quoted(form_id)}"), type(None))

    @uses(
        "GET /api/session/{sessionID}/form/{formID}",
        "POST /api/session/{sessionID}/form/{formID}/reply",
    )
    def reply(self, request_id: str, answers: Sequence[Sequence[str]]) -> None:
        self.fill_in(_asking(request_id, self.list()).session_id, request_id, answers)

    @uses("DELETE /api/session/{sessionID}/form/{formID}")
    def reject(self, request_id: str) -> None:
        self.cancel(_asking(request_id, self.list()).session_id, request_id)


def _saved(told: Told) -> SavedPermission:
    return SavedPermission(
        as_text(told.get("id")),
        our_permission(as_text(told.get("action"))),
        as_text(told.get("resource")),
        number(dig(told, "time", "created")),
    )


def _asking(request_id: str, waiting: Iterable[Ask]) -> Ask:
    """Return the request with an id: it is answered in its own session, which only it tells."""
    for ask in waiting:
        if ask.id == request_id:
            return ask
    raise NotFoundError(f"nothing waits for an answer to {request_id}", status=404)
