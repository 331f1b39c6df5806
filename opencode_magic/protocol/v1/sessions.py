"""Sessions, and what turns have changed in them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from ...errors import InputError, NotFoundError
from ...model.files import FileDiff
from ...model.messages import PatchPart, UserSummary
from ...model.sessions import Rule, Session, Status, Todo
from ..directory import same_folder
from ..likes import (
    Json,
    MessageLike,
    ModelLike,
    Moment,
    PartLike,
    PathLikeText,
    SessionLike,
)
from ..resource import operation
from .bodies import (
    at,
    filled,
    message_id,
    milliseconds,
    model_of_session,
    part_id,
    path_text,
    provider_and_model,
    rules,
)
from .messages import Messages

LATEST = 20  # messages that are looked at for signs of a change
LATE_DIFF_S = (0.1, 0.3, 0.6)  # it came within 0.2 s


class Sessions(Messages):
    """Sessions, their messages and turns. A session is taken by its id or as it was returned."""

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
        """Sessions of the directory, newest first.

        `search` looks into titles, `roots` leaves out subagents', `since` those not used after it.
        """
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
        """A new session. Without a title the server asks the model for one.

        UnsupportedError where an older server would drop `agent`, `model` or `metadata` unsaid,
        InputError where it works in another folder than the client's.
        """
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
        """One session. Asked for one of another folder, the server opens that folder."""
        return self._call("GET", at(session), Session)

    @operation("GET /session/status")
    def statuses(self) -> dict[str, Status]:
        """What the sessions do that are not idle; an absent one is idle, or does not exist."""
        return self._call("GET", "/session/status", dict[str, Status])

    @operation("DELETE /session/{sessionID}")
    def delete(self, session: SessionLike) -> None:
        """Delete a session with all its messages, for good."""
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
        """Change a session's title or metadata, archive it, or append permission rules.

        Rules bind the session and not its subagents, and cannot be taken back. UnsupportedError
        where an older server would drop `metadata` or `permission` unsaid.
        """
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
        """A copy of a session, with its messages before `message_id` (all of them without)."""
        body = {"messageID": _message(message_id)}
        return self._call("POST", at(session, "/fork"), Session, json=filled(body))

    @operation("POST /session/{sessionID}/abort")
    def abort(
        self, session: SessionLike, *, check: bool = True, timeout_s: float | None = None
    ) -> bool:
        """Stop whatever the session and its subagents do; whether there was something to stop.

        The server says `true` to anything. So it is asked what runs before, and, where nothing
        does, for the session itself: NotFoundError where there is none. Without `check` only the
        abort is sent, and True means nothing.
        """
        ran = not check or wire_id(session) in self.statuses()
        self._call("POST", at(session, "/abort"), object, timeout_s=timeout_s)
        if not ran:
            self.get(session)
        return ran

    @operation("GET /session/{sessionID}/todo")
    def todos(self, session: SessionLike) -> Sequence[Todo]:
        """The session's task list."""
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
        """What the turn of that user message changed (without a message 1.17+ says nothing).

        The last step's changes come a moment after the turn has ended: where a file of `patches`,
        the turn's own, is missing, the server is asked again. One that was made and deleted again
        is in no diff, and costs the wait. So does a file that several steps changed: its name tells
        nothing, and `fits` says whether a diff is what is on disk; without it, two answers must be
        alike.

        Without `patches` they are looked for where the server says "nothing". It says so to an
        unknown session or message, too: NotFoundError tells.
        """
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
        """What the steps after that message changed, as they say themselves."""
        self.message(session, message_id)
        newest = self.messages(session, limit=LATEST)
        later = (part for m in newest if m.info.id > message_id for part in m.parts)
        return (part for part in later if isinstance(part, PatchPart))

    def _diff(self, session: SessionLike, message_id: str) -> Sequence[FileDiff]:
        if "turn-diff" not in self.connection.capabilities:  # the route tells of the session
            summary = self.message(session, message_id).info.summary
            return summary.diffs if isinstance(summary, UserSummary) else []
        params = {"messageID": message_id}
        return self._call("GET", at(session, "/diff"), list[FileDiff], params=params)

    @operation("POST /session/{sessionID}/revert")
    def revert(self, session: SessionLike, message: MessageLike, *, part: PartLike = "") -> Session:
        """Put files back to before that user message (or part). BusyError while a turn runs.

        The server answers an unknown message as if all were well: NotFoundError tells.
        """
        body = {"messageID": message_id(message), "partID": part_id(part) if part else ""}
        found = self._call("POST", at(session, "/revert"), Session, json=filled(body))
        if found.revert is None:
            raise NotFoundError(
                f"no message {body['messageID']} to go back to in {found.id}", status=200
            )
        return found

    @operation("POST /session/{sessionID}/unrevert")
    def unrevert(self, session: SessionLike) -> Session:
        """Take a revert back."""
        return self._call("POST", at(session, "/unrevert"), Session)

    @operation("POST /session/{sessionID}/share")
    def share(self, session: SessionLike) -> Session:
        """Upload the conversation to a public page, whose address is in the answer's `share`."""
        return self._call("POST", at(session, "/share"), Session)

    @operation("DELETE /session/{sessionID}/share")
    def unshare(self, session: SessionLike) -> Session:
        """Take the public page of a session down."""
        return self._call("DELETE", at(session, "/share"), Session)

    @operation("GET /session/{sessionID}/children")
    def children(self, session: SessionLike) -> Sequence[Session]:
        """The subagents' sessions."""
        return self._call("GET", at(session, "/children"), list[Session])

    @operation("POST /session/{sessionID}/init")
    def init(self, session: SessionLike, *, model: ModelLike, message_id: str) -> None:
        """Let the agent write the project's AGENTS.md; answers when it is done.

        `message_id` is a new id for the prompt (`msg_...`).
        """
        provider, name = provider_and_model(model)
        body = {"providerID": provider, "modelID": name, "messageID": message_id}
        self._wait_for("POST", at(session, "/init"), object, json=body)

    @operation("POST /session/{sessionID}/summarize")
    def summarize(self, session: SessionLike, *, model: ModelLike, auto: bool = False) -> None:
        """Summarise the conversation to make room; answers when it is done."""
        provider, name = provider_and_model(model)
        body = {"providerID": provider, "modelID": name, **({"auto": True} if auto else {})}
        self._wait_for("POST", at(session, "/summarize"), object, json=body)


def _tells_all(diff: Iterable[FileDiff], changed: Collection[str]) -> bool:
    """True where each of the files, named by absolute paths, is in the diff."""
    told = [d.file for d in diff]
    return all(any(file == t or file.endswith(f"/{t}") for t in told) for file in changed)


def _message(message: MessageLike) -> str:
    return message_id(message) if message else ""


def wire_id(session: SessionLike) -> str:
    """The id of a session, unchecked."""
    return session if isinstance(session, str) else session.id
