"""Sessions, and what turns have changed in them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from ...errors import InputError, NotFoundError
from ...model.files import FileDiff
from ...model.messages import PatchPart, UserSummary
from ...model.sessions import Rule, Session, Status, Todo
from ..contract import sessions as contract
from ..directory import same_folder
from ..given import filled, message_id, provider_and_model
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
from ..resource import operation
from .bodies import at, model_of_session, part_id, path_text, rules
from .messages import Messages1

LATEST = 20  # messages that are looked at for signs of a change
LATE_DIFF_S = (0.1, 0.3, 0.6)  # it came within 0.2 s


class Sessions1(Messages1, contract.Sessions):
    """Sessions, their messages and turns. A session is given by its id or as it was returned."""

    @operation("GET /session")
    def list(
        self,
        *,
        limit: int | None = None,
        search: str = "",
        roots: bool = False,
        since: Moment | None = None,
        path: PathLikeText = "",
    ) -> Sequence[Session]:
        params = {
            "limit": limit,
            "search": search or None,
            "roots": "true" if roots else None,
            "start": None if since is None else milliseconds(since),
            "path": path_text(path) or None,
        }
        return self._call("GET", "/session", list[Session], params=params)

    @operation("POST /session")
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
        if agent or model:
            self.connection.need("session-model")
        if metadata:
            self.connection.need("session-metadata")
        body: Json = {
            "title": title,
            "parentID": parent if isinstance(parent, str) else parent.id,
            "agent": agent,
            "model": model_of_session(model, variant),
            "metadata": metadata,
            "permission": rules(permission),
        }
        made = self._call("POST", "/session", Session, json=filled(body))
        asked = self.connection.directory
        if asked and made.directory and not same_folder(asked, made.directory):
            self.delete(made)
            raise InputError(
                f"opencode began the session in {made.directory!r} instead of {asked!r}; it was "
                "deleted. Give the whole path of the folder, without links"
            )
        return made

    @operation("GET /session/{sessionID}")
    def get(self, session: SessionLike) -> Session:
        return self._call("GET", at(session), Session)

    @operation("GET /session/status")
    def statuses(self) -> dict[str, Status]:
        return self._call("GET", "/session/status", dict[str, Status])

    @operation("DELETE /session/{sessionID}")
    def delete(self, session: SessionLike) -> None:
        self._call("DELETE", at(session), object)

    @operation("PATCH /session/{sessionID}")
    def update(
        self,
        session: SessionLike,
        *,
        title: str = "",
        metadata: Json | None = None,
        permission: Sequence[Rule | Mapping[str, str]] = (),
        archived: Moment | None = None,
    ) -> Session:
        if permission:
            self.connection.need("rules-update")
        if metadata:
            self.connection.need("session-metadata")
        time = None if archived is None else {"archived": milliseconds(archived)}
        body = {
            "title": title,
            "metadata": metadata,
            "permission": rules(permission),
            "time": time,
        }
        return self._call("PATCH", at(session), Session, json=filled(body))

    @operation("POST /session/{sessionID}/fork")
    def fork(self, session: SessionLike, *, message_id: MessageLike = "") -> Session:
        body = {"messageID": _message(message_id)}
        return self._call("POST", at(session, "/fork"), Session, json=filled(body))

    @operation("POST /session/{sessionID}/abort")
    def abort(
        self, session: SessionLike, *, check: bool = True, timeout_s: float | None = None
    ) -> bool:
        id = session if isinstance(session, str) else session.id
        ran = not check or id in self.statuses()
        self._call("POST", at(session, "/abort"), object, timeout_s=timeout_s)
        if not ran:
            self.get(session)
        return ran

    @operation("GET /session/{sessionID}/todo")
    def todos(self, session: SessionLike) -> Sequence[Todo]:
        return self._call("GET", at(session, "/todo"), list[Todo])

    @operation("GET /session/{sessionID}/diff")
    def diff(
        self,
        session: SessionLike,
        message: MessageLike,
        *,
        patches: Iterable[PatchPart] | None = None,
        fits: Callable[[Sequence[FileDiff]], bool] | None = None,
    ) -> Sequence[FileDiff]:
        id = message_id(message)
        found = self._diff(session, id)
        if patches is None:
            patches = () if found else self._patches(session, id)
        files = [file for patch in patches for file in patch.files]
        changed = set(files)
        doubtful = fits is None and len(changed) < len(files)
        for pause_s in LATE_DIFF_S:
            if _tells_all(found, changed) and not doubtful and (fits is None or fits(found)):
                break
            self.connection.sleep(pause_s)
            before, found = found, self._diff(session, id)
            doubtful = doubtful and found != before
        return found

    def _patches(self, session: SessionLike, message_id: str) -> Iterator[PatchPart]:
        """Return what the steps after that message changed, as they say themselves."""
        self.message(session, message_id)
        newest = self.messages(session, limit=LATEST)
        return (patch for m in newest if m.info.id > message_id for patch in m.patches)

    def _diff(self, session: SessionLike, message_id: str) -> Sequence[FileDiff]:
        if "turn-diff" not in self.connection.capabilities:  # the route tells of the session
            summary = self.message(session, message_id).info.summary
            return summary.diffs if isinstance(summary, UserSummary) else []
        params = {"messageID": message_id}
        return self._call("GET", at(session, "/diff"), list[FileDiff], params=params)

    @operation("POST /session/{sessionID}/revert")
    def revert(self, session: SessionLike, message: MessageLike, *, part: PartLike = "") -> Session:
        body = {"messageID": message_id(message), "partID": part_id(part) if part else ""}
        found = self._call("POST", at(session, "/revert"), Session, json=filled(body))
        if found.revert is None:
            raise NotFoundError(
                f"no message {body['messageID']} to go back to in {found.id}", status=200
            )
        return found

    @operation("POST /session/{sessionID}/unrevert")
    def unrevert(self, session: SessionLike) -> Session:
        return self._call("POST", at(session, "/unrevert"), Session)

    @operation("POST /session/{sessionID}/share")
    def share(self, session: SessionLike) -> Session:
        return self._call("POST", at(session, "/share"), Session)

    @operation("DELETE /session/{sessionID}/share")
    def unshare(self, session: SessionLike) -> Session:
        return self._call("DELETE", at(session, "/share"), Session)

    @operation("GET /session/{sessionID}/children")
    def children(self, session: SessionLike) -> Sequence[Session]:
        return self._call("GET", at(session, "/children"), list[Session])

    @operation("POST /session/{sessionID}/init")
    def init(self, session: SessionLike, *, model: ModelLike, message_id: str) -> None:
        provider, name = provider_and_model(model)
        body = {"providerID": provider, "modelID": name, "messageID": message_id}
        self._wait_for("POST", at(session, "/init"), object, json=body)

    @operation("POST /session/{sessionID}/summarize")
    def summarize(self, session: SessionLike, *, model: ModelLike, auto: bool = False) -> None:
        provider, name = provider_and_model(model)
        body = {"providerID": provider, "modelID": name, **({"auto": True} if auto else {})}
        self._wait_for("POST", at(session, "/summarize"), object, json=body)


def _tells_all(diff: Iterable[FileDiff], changed: Collection[str]) -> bool:
    """Return whether each of the files, named by absolute paths, is in the diff."""
    told = [d.file for d in diff]
    return all(any(file == t or file.endswith(f"/{t}") for t in told) for file in changed)


def _message(message: MessageLike) -> str:
    return message_id(message) if message else ""
