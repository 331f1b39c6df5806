"""The sessions of an OpenCode 2 server, and what turns have changed in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import PurePath
from typing import Any

import msgspec
from msgspec import structs

from ...errors import InputError, NotFoundError, OpencodeError, ServerError
from ...model.files import FileDiff
from ...model.messages import PatchPart
from ...model.sessions import Rule, Session, Status
from ..contract import sessions as contract
from ..given import filled, message_id
from ..likes import (
    Json,
    MessageLike,
    ModelLike,
    Moment,
    PartLike,
    PathLikeText,
    SessionLike,
    milliseconds,
)
from ..resource import operation, uses
from .bodies import SESSIONS, at, rules
from .bodies import model as chosen
from .prompting import COMMANDS, WAIT, Prompting2
from .session import session_of

_EMPTY = "empty session"  # what the server says of one it cannot copy
STOPPED_WITHIN_S = 2.0
LIST_LIMIT = 50  # sessions, where no number is asked for


class Sessions2(Prompting2, contract.Sessions):
    """Sessions, their messages and turns. A session is given by its id or as it was returned."""

    @operation("GET /api/session")
    def list(
        self,
        *,
        limit: int | None = None,
        search: str = "",
        roots: bool = False,
        since: Moment | None = None,
        path: PathLikeText = "",
    ) -> Sequence[Session]:
        folder = self.connection.directory
        params = {
            "directory": str(PurePath(folder or "") / path) if path else folder,
            "limit": limit or LIST_LIMIT,
            "search": search or None,
            "parentID": "null" if roots else None,
        }
        found = [self._session(one) for one in self._data("GET", SESSIONS, params=params)]
        first = milliseconds(since) if since is not None else 0
        return [one for one in found if one.time.updated >= first]

    @operation("POST /api/session")
    def create(
        self,
        *,
        title: str = "",
        parent: SessionLike = "",
        agent: str = "",
        model: ModelLike = "",
        variant: str = "",
        metadata: Json | None = None,
        permission: Sequence[Rule | Mapping[str, str]] = (),
    ) -> Session:
        if parent:
            self._refuse("session-parent")
        directory = self.connection.directory
        body: Json = {
            # The directory of the request says nothing here, which is that of all others.
            "location": {"directory": directory} if directory else None,
            "title": title,
            "agent": agent,
            "model": chosen(model, variant),
            "metadata": metadata,
            "permissions": rules(permission),
        }
        return self._session(self._data("POST", SESSIONS, json=filled(body)))

    @operation("GET /api/session/{sessionID}")
    def get(self, session: SessionLike) -> Session:
        return self._session(self._data("GET", at(session)))

    @operation("GET /api/session/active")
    def statuses(self) -> dict[str, Status]:
        return {id: Status("busy") for id in self._running()}

    @operation("DELETE /api/session/{sessionID}")
    def delete(self, session: SessionLike) -> None:
        self._call("DELETE", at(session), type(None))

    @operation("PATCH /api/session/{sessionID}")
    def update(
        self,
        session: SessionLike,
        *,
        title: str = "",
        metadata: Json | None = None,
        permission: Sequence[Rule | Mapping[str, str]] = (),
        archived: Moment | None = None,
    ) -> Session:
        if archived is not None:
            self._refuse("archive")
        body = {"title": title, "metadata": metadata, "permissions": rules(permission)}
        self._call("PATCH", at(session), type(None), json=filled(body))
        return self.get(session)

    @operation("POST /api/session/{sessionID}/fork")
    def fork(self, session: SessionLike, *, message_id: MessageLike = "") -> Session:
        body = {"before": _message(message_id)}
        try:
            return self._session(self._data("POST", at(session, "/fork"), json=filled(body)))
        except ServerError as error:
            if _EMPTY not in error.said:
                raise
            raise InputError("nothing was said in this session yet: nothing to copy") from error

    @uses("GET /api/session")
    def children(self, session: SessionLike) -> Sequence[Session]:
        id = session if isinstance(session, str) else session.id
        found = self._data("GET", SESSIONS, params={"parentID": id, "limit": LIST_LIMIT})
        return [self._session(one) for one in found]

    @operation("POST /api/session/{sessionID}/interrupt")
    def abort(
        self, session: SessionLike, *, check: bool = True, timeout_s: float | None = None
    ) -> bool:
        """Stop what `session` and its subagents do, and drop the prompts that wait in it.

        Return, when all has stopped, whether there was anything to stop. With `check` NotFoundError
        is raised where there is no such session; `timeout_s` is how long to wait for the server.
        """
        path = at(session, "/interrupt")
        found = self._call("POST", path, dict[str, Any], timeout_s=timeout_s)
        self.clear_inbox(session)
        within_s = min(STOPPED_WITHIN_S, timeout_s or STOPPED_WITHIN_S)
        with suppress(OpencodeError):  # they will stop in their own time
            self.wait(session, timeout_s=within_s)
            for child in self.children(session):  # they stop after it
                self.wait(child, timeout_s=within_s)
        return found.get("interrupted") is True

    # -- what turns have changed ---------------------------------------------------------------

    @operation("GET /api/session/{sessionID}/diff")
    def diff(
        self,
        session: SessionLike,
        message: MessageLike,
        *,
        patches: Iterable[PatchPart] | None = None,
        fits: Callable[[Sequence[FileDiff]], bool] | None = None,
    ) -> Sequence[FileDiff]:
        params = {"from": message_id(message)}
        answer = self._call("GET", at(session, "/diff"), Diffs, params=params)
        return answer.data

    @uses("POST /api/session/{sessionID}/revert/stage")
    def revert(self, session: SessionLike, message: MessageLike, *, part: PartLike = "") -> Session:
        if part:
            self._refuse("revert-part")
        self.stage(session, message, files=True)
        return self.get(session)

    @operation("POST /api/session/{sessionID}/revert/stage")
    def stage(self, session: SessionLike, message: MessageLike, *, files: bool) -> None:
        """Roll `session` back to before a user message, until `commit` or `unrevert`.

        `message` is the first one that is taken back; with `files` the files of its turn, and of
        those behind it, are put back at once, whatever they hold by now.
        """
        body = {"messageID": message_id(message), "files": files}
        self._call("POST", at(session, "/revert/stage"), object, json=body)

    @operation("POST /api/session/{sessionID}/revert/commit")
    def commit(self, session: SessionLike) -> None:
        """Delete the messages of `session` that were rolled back, for good."""
        self._call("POST", at(session, "/revert/commit"), type(None))

    @operation("DELETE /api/session/{sessionID}/revert")
    def unrevert(self, session: SessionLike) -> Session:
        self._call("DELETE", at(session, "/revert"), type(None))
        return self.get(session)

    @uses(f"POST {COMMANDS}", f"POST {WAIT}")
    def init(self, session: SessionLike, *, model: ModelLike, message_id: str) -> None:
        if message_id:
            self._refuse("command-id")
        self.command(session, "init", model=model)

    @uses("POST /api/session/{sessionID}/compact", f"POST {WAIT}")
    def summarize(self, session: SessionLike, *, model: ModelLike, auto: bool = False) -> None:
        if auto:
            self._refuse("summarize-auto")
        self.choose(session, model=model)
        before = self.newest(session)
        self._settle(session, self.compact(session))
        self._answer(session, lambda m: m.info.order > before, summary=True)

    def _session(self, told: Any) -> Session:
        session = session_of(told)
        if session.revert is None or session.revert.sequence:
            return session
        # Where a revert begins is told by the message alone.
        try:
            start = self.message(session, session.revert.message_id)
        except NotFoundError:
            return session
        revert = structs.replace(session.revert, sequence=start.info.order)
        return structs.replace(session, revert=revert)


class Diffs(msgspec.Struct, frozen=True):
    """The changes of a turn, as the server tells them."""

    data: list[FileDiff] = []


def _message(message: MessageLike) -> str:
    return message_id(message) if message else ""
