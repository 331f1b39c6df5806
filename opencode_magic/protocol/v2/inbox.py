"""What is sent to a session of OpenCode 2, and what waits there to be read by the agent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from ...errors import NotFoundError
from ...model.inbox import InboxItem
from ...model.tools import dig
from ...text.visible import as_text
from ..given import filled, quoted
from ..likes import Content, ModelLike, SessionLike
from ..resource import operation
from .bodies import at, own_pieces, prompt
from .bodies import model as chosen
from .messages import Messages2
from .told import number


class Inbox2(Messages2):
    """Sessions as those who send something see them; see `Messages2`."""

    @operation("POST /api/session/{sessionID}/prompt")
    def hand_over(
        self,
        session: SessionLike,
        content: Content | Sequence[Content],
        *,
        message_id: str = "",
        delivery: str = "",
        resume: bool = True,
    ) -> str:
        """Hand a prompt over, and return its id; what comes of it is seen on the event stream.

        Parameters
        ----------
        session:
            where it goes.
        content:
            text, a file's path, or several of these.
        message_id:
            a new id for the prompt (`msg_...`). An id that was used returns what it was used for.
        delivery:
            while a turn runs: `steer`, after its present step (the default), or `queue`, after it.
        resume:
            False only stores the prompt.
        """
        body = prompt(own_pieces(content)) | filled({"id": message_id, "delivery": delivery})
        if not resume:
            body["resume"] = False
        item = self._data("POST", at(session, "/prompt"), json=body)
        return as_text(dig(item, "id"))

    @operation("POST /api/session/{sessionID}/synthetic")
    def synthetic(self, session: SessionLike, text: str, *, timeout_s: float | None = None) -> str:
        """Store `text`, not as the user's words, for the model of `session`; return its id.

        It is read after the present step of what runs, else with the next prompt. `timeout_s` is
        how long to wait for the server.
        """
        body = {"text": text, "resume": False}
        path = at(session, "/synthetic")
        found = self._call("POST", path, dict[str, Any], json=body, timeout_s=timeout_s)
        return as_text(dig(found, "data", "id"))

    @operation("POST /api/session/{sessionID}/command")
    def run_command(self, session: SessionLike, name: str, arguments: str = "") -> None:
        """Have one of the server's commands, `name`, run in `session` with `arguments`."""
        body = {"name": name, "text": arguments}
        self._call("POST", at(session, "/command"), type(None), json=body)

    @operation("POST /api/session/{sessionID}/shell")
    def run_shell(self, session: SessionLike, command: str) -> None:
        """Run a shell `command` of the user's in `session`, and return when it has ended."""
        self._wait_for("POST", at(session, "/shell"), type(None), json={"command": command})

    @operation("POST /api/session/{sessionID}/compact")
    def compact(self, session: SessionLike) -> str:
        """Have `session` summarised to make room, and return the id that this has in its inbox."""
        item = self._data("POST", at(session, "/compact"), json={})
        return as_text(dig(item, "id"))

    @operation("POST /api/session/{sessionID}/agent")
    def use_agent(self, session: SessionLike, agent: str) -> None:
        """Let `agent` answer in `session` from now on."""
        self._call("POST", at(session, "/agent"), type(None), json={"agent": agent})

    @operation("POST /api/session/{sessionID}/model")
    def use_model(self, session: SessionLike, model: ModelLike, variant: str = "") -> None:
        """Let `model`, with this `variant` of effort, answer in `session` from now on."""
        body = {"model": chosen(model, variant)}
        self._call("POST", at(session, "/model"), type(None), json=body)

    # -- the inbox -----------------------------------------------------------------------------

    @operation("GET /api/session/{sessionID}/inbox")
    def inbox(self, session: SessionLike) -> Sequence[InboxItem]:
        found = self._data("GET", at(session, "/inbox"))
        return [_waiting(one) for one in found if isinstance(one, Mapping)]

    @operation("DELETE /api/session/{sessionID}/inbox/{inboxID}")
    def drop(self, session: SessionLike, item_id: str) -> None:
        self._check_item(session, item_id)  # the server says 204 to anything
        self._drop(session, item_id)

    def clear_inbox(self, session: SessionLike) -> None:
        """Drop all that waits in `session`."""
        for item in self.inbox(session):
            self._drop(session, item.id)

    def _drop(self, session: SessionLike, item_id: str) -> None:
        self._call("DELETE", at(session, f"/inbox/{quoted(item_id)}"), type(None))

    @operation("PATCH /api/session/{sessionID}/inbox/{inboxID}")
    def deliver(
        self, session: SessionLike, item_id: str, delivery: Literal["steer", "queue"]
    ) -> None:
        self._check_item(session, item_id)  # the server says of one that is gone: a conflict
        path = at(session, f"/inbox/{quoted(item_id)}")
        self._call("PATCH", path, type(None), json={"delivery": delivery})

    def _check_item(self, session: SessionLike, item_id: str) -> None:
        """Raise NotFoundError where nothing with this id waits."""
        if item_id not in {item.id for item in self.inbox(session)}:
            raise NotFoundError(f"{item_id} does not wait in this session", status=404)


def _waiting(told: Mapping[str, Any]) -> InboxItem:
    return InboxItem(
        as_text(told.get("id")),
        as_text(told.get("type")),
        as_text(dig(told, "payload", "text")),
        as_text(told.get("delivery")),
        number(dig(told, "time", "created")),
    )
