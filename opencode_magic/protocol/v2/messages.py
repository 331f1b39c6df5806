"""The messages of a session of OpenCode 2, its inbox, and what is sent to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from ...errors import NotFoundError, OpencodeError
from ...model.messages import Message
from ...text.visible import as_text
from ..contract import messages as contract
from ..likes import Content, MessageLike, ModelLike, SessionLike
from ..resource import operation
from . import listed
from .bodies import X, at, filled, message_id, pieces, prompt, quoted
from .bodies import model as chosen

STOPPED_WITHIN_S = 2.0
PAGE = 200  # messages; the server gives no more at once


class Messages2(contract.Messages):
    """The messages of sessions. A session is given by its id or as it was returned."""

    @operation("GET /api/session/{sessionID}/message")
    def messages(self, session: SessionLike, *, limit: int | None = None) -> Sequence[Message]:
        found: list[Mapping[str, Any]] = []
        for page in self._pages(session, PAGE if limit is None else min(limit, PAGE)):
            found[:0] = page
            if limit is not None and len(found) >= limit:
                found = found[-limit:]
                break
        return self._read(session, found)

    def record(self, session: SessionLike) -> Sequence[Mapping[str, Any]]:
        pages = list(self._pages(session, PAGE))
        return [one for page in reversed(pages) for one in page]

    def pages(self, session: SessionLike, *, size: int = PAGE) -> Iterator[Sequence[Message]]:
        for page in self._pages(session, min(size, PAGE)):
            yield self._read(session, page)

    def messages_after(self, session: SessionLike, after: str) -> Sequence[Message]:
        """Return the messages of `session` after a place, which is the `order` of a message."""
        found: list[Mapping[str, Any]] = []
        for page in self._pages(session, PAGE):
            found[:0] = page
            if after and any(listed.order_of(one) <= after for one in page):
                break
        return [m for m in self._read(session, found) if not after or m.info.order > after]

    def newest(self, session: SessionLike) -> str:
        """Return the `order` of the newest message of `session`, "" where it has none."""
        page = next(self._pages(session, 1), [])
        # One that also answers is read as two, of which the answer comes later.
        read = (m.info.order for m in self._read(session, page))
        return max((*map(listed.order_of, page), *read), default="")

    def _pages(self, session: SessionLike, size: int) -> Iterator[list[Mapping[str, Any]]]:
        params: dict[str, str | int | None] = {"limit": size, "order": "desc"}
        while True:
            path = at(session, "/message")
            answer = self._call("GET", path, dict[str, Any], params=params)
            page = [one for one in answer.get("data") or () if isinstance(one, Mapping)]
            if page:
                yield page[::-1]
            # There is a cursor on the last page, too, which leads to an empty one.
            cursor = as_text(listed.dig(answer, "cursor", "next"))
            if not cursor or len(page) < size:
                return
            params = {"limit": size, "cursor": cursor}

    def _read(self, session: SessionLike, found: Sequence[Mapping[str, Any]]) -> list[Message]:
        id = session if isinstance(session, str) else session.id
        known = "" if isinstance(session, str) else session.directory
        return listed.messages(id, known or self.connection.directory or "", found)

    @operation("GET /api/session/{sessionID}/message/{messageID}")
    def message(self, session: SessionLike, message: MessageLike) -> Message:
        wanted = message_id(message)
        found = self._data("GET", at(session, f"/message/{quoted(wanted.partition(':')[0])}"))
        read = [m for m in self._read(session, [found]) if m.info.id == wanted]
        if not read:
            raise NotFoundError(f"message {wanted} has nothing to show", status=200)
        found_one: Message = read[0]
        return found_one

    # -- what is sent --------------------------------------------------------------------------

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
        body = prompt(pieces(content)) | filled({"id": message_id, "delivery": delivery})
        if not resume:
            body["resume"] = False
        item = self._data("POST", at(session, "/prompt"), json=body)
        return as_text(listed.dig(item, "id"))

    @operation("POST /api/session/{sessionID}/synthetic")
    def synthetic(self, session: SessionLike, text: str, *, timeout_s: float | None = None) -> str:
        """Store `text`, not as the user's words, for the model of `session`; return its id.

        It is read after the present step of what runs, else with the next prompt. `timeout_s` is
        how long to wait for the server.
        """
        body = {"text": text, "resume": False}
        path = at(session, "/synthetic")
        found = self._call("POST", path, dict[str, Any], json=body, timeout_s=timeout_s)
        return as_text(listed.dig(found, "data", "id"))

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
    def compact(self, session: SessionLike) -> None:
        """Have `session` summarised to make room; what comes of it is seen on the event stream."""
        self._call("POST", at(session, "/compact"), object, json={})

    @operation("POST /api/session/{sessionID}/agent")
    def use_agent(self, session: SessionLike, agent: str) -> None:
        """Let `agent` answer in `session` from now on."""
        self._call("POST", at(session, "/agent"), type(None), json={"agent": agent})

    @operation("POST /api/session/{sessionID}/model")
    def use_model(self, session: SessionLike, model: ModelLike, variant: str = "") -> None:
        """Let `model`, with this `variant` of effort, answer in `session` from now on."""
        body = {"model": chosen(model, variant)}
        self._call("POST", at(session, "/model"), type(None), json=body)

    @operation("POST /api/session/{sessionID}/interrupt")
    def abort(
        self, session: SessionLike, *, check: bool = True, timeout_s: float | None = None
    ) -> bool:
        """Stop what `session` and its subagents do, and drop the prompts that wait in it.

        Return, when all has stopped, whether there was anything to stop. With `check` NotFoundError
        is raised where there is no such session; `timeout_s` is how long to wait for the server.
        """
        path = at(session, "/interrupt")
        found = self._call("POST", path, dict[str, Any], json={}, timeout_s=timeout_s)
        for item in self.inbox(session):
            try:
                self.drop(session, as_text(item.get("id")))
            except NotFoundError:  # delivered or dropped meanwhile
                continue
        within_s = min(STOPPED_WITHIN_S, timeout_s or STOPPED_WITHIN_S)
        with suppress(OpencodeError):  # it will stop in its own time
            self._call("POST", at(session, "/wait", X), object, json={}, timeout_s=within_s)
        return found.get("interrupted") is True

    # -- the inbox -----------------------------------------------------------------------------

    @operation("GET /api/session/{sessionID}/inbox")
    def inbox(self, session: SessionLike) -> Sequence[Mapping[str, Any]]:
        """Return what waits in `session` to be read by the agent, as the server tells it."""
        found = self._data("GET", at(session, "/inbox"))
        return [one for one in found if isinstance(one, Mapping)]

    @operation("DELETE /api/session/{sessionID}/inbox/{inboxID}")
    def drop(self, session: SessionLike, item_id: str) -> None:
        """Drop `item_id`, which waits in `session`; NotFoundError is raised where it does not."""
        self._call("DELETE", at(session, f"/inbox/{quoted(item_id)}"), type(None))

    def _data(self, method: str, path: str, *, params: Any = None, json: Any = None) -> Any:
        """Return what an answer holds as its `data`."""
        answer = self._call(method, path, dict[str, Any], params=params, json=json)
        return answer.get("data", answer)
