"""Sessions, and what turns have changed in them.

What a client may ask of any server; one that lacks an operation raises UnsupportedError before
anything is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from ...model.files import FileDiff
from ...model.messages import PatchPart
from ...model.sessions import Rule, Session, Status, Todo
from ..likes import (
    Json,
    MessageLike,
    ModelLike,
    Moment,
    PartLike,
    PathLikeText,
    SessionLike,
)
from .messages import Messages


class Sessions(Messages):
    """Sessions, their messages and turns. A session is given by its id or as it was returned."""

    def list(
        self,
        *,
        limit: int | None = None,
        search: str = "",
        roots: bool = False,
        since: Moment | None = None,
        path: PathLikeText = "",
    ) -> Sequence[Session]:
        """Return sessions of the directory, newest first.

        Parameters
        ----------
        limit:
            how many at most; None is the server's own number.
        search:
            words that the title must have.
        roots:
            True leaves subagents' sessions out.
        since:
            leaves out those that were not used after this moment.
        path:
            a folder of the project: only the sessions that were begun in it.
        """
        self._refuse("sessions.list")

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
        """Create a session.

        Parameters
        ----------
        title:
            its title; without one the server asks the model for one.
        parent:
            the session it belongs to, as a subagent's does.
        agent, model, variant:
            who answers where a prompt does not say; `variant` is the model's reasoning effort.
        metadata:
            anything the server keeps with it.
        permission:
            rules for its tools; the last one that matches wins.

        Raises
        ------
        UnsupportedError
            an older server would drop `agent`, `model` or `metadata` without a word.
        InputError
            the server works in another folder than the client's.
        """
        self._refuse("sessions.create")

    def get(self, session: SessionLike) -> Session:
        """Return `session` as it is now; for one of another folder the server opens that folder."""
        self._refuse("sessions.get")

    def statuses(self) -> dict[str, Status]:
        """Return what each session does that is not idle; an absent one may not exist at all."""
        self._refuse("sessions.statuses")

    def delete(self, session: SessionLike) -> None:
        """Delete `session` with all its messages, for good."""
        self._refuse("sessions.delete")

    def update(
        self,
        session: SessionLike,
        *,
        title: str = "",
        metadata: Json | None = None,
        permission: Sequence[Rule | Mapping[str, str]] = (),
        archived: Moment | None = None,
    ) -> Session:
        """Change a session, and return it as it is then.

        Parameters
        ----------
        session:
            the session, or its id.
        title, metadata:
            what replaces the present ones.
        permission:
            rules to append. They bind the session but not its subagents, and cannot be taken back.
        archived:
            when it was archived.

        Raises
        ------
        UnsupportedError
            an older server would drop `metadata` or `permission` without a word.
        """
        self._refuse("sessions.update")

    def fork(self, session: SessionLike, *, message_id: MessageLike = "") -> Session:
        """Return a copy of `session` with its messages before `message_id`, "" for all of them."""
        self._refuse("sessions.fork")

    def abort(
        self, session: SessionLike, *, check: bool = True, timeout_s: float | None = None
    ) -> bool:
        """Stop whatever `session` and its subagents do; return whether there was anything to stop.

        The server says `true` to anything. So it is asked before what runs and, where nothing
        does, for the session itself: NotFoundError is raised where there is none. Without `check`
        only the abort is sent, and True means nothing. `timeout_s` is how long to wait for it.
        """
        self._refuse("sessions.abort")

    def todos(self, session: SessionLike) -> Sequence[Todo]:
        """Return the task list of `session`."""
        self._refuse("todos")

    def diff(
        self,
        session: SessionLike,
        message: MessageLike,
        *,
        patches: Iterable[PatchPart] | None = None,
        fits: Callable[[Sequence[FileDiff]], bool] | None = None,
    ) -> Sequence[FileDiff]:
        """Return what a turn changed.

        The last step's changes come a moment after the turn has ended, so the server is asked
        again while the answer lacks a file. A file that was made and deleted again is in no diff,
        and costs the wait.

        Parameters
        ----------
        session:
            the session, or its id.
        message:
            the user message that began the turn.
        patches:
            the turn's own patches, which name its files. None looks for them where the server
            says "nothing"; as it says so to an unknown session or message, too, NotFoundError is
            raised for those.
        fits:
            tells whether a diff is what is on disk: of a file that several steps changed the name
            alone does not. Without it, two answers in a row must be alike.
        """
        self._refuse("sessions.diff")

    def revert(self, session: SessionLike, message: MessageLike, *, part: PartLike = "") -> Session:
        """Put files back to where they were before a user message; return the session.

        `message`, or a `part` of it, is the first thing in `session` that is taken back. It raises
        BusyError while a turn runs, and NotFoundError for a message that does not exist, which
        the server itself answers as if all were well.
        """
        self._refuse("sessions.revert")

    def unrevert(self, session: SessionLike) -> Session:
        """Take the revert of `session` back, and return it."""
        self._refuse("sessions.unrevert")

    def share(self, session: SessionLike) -> Session:
        """Upload `session` to a public page; the session that is returned has its address."""
        self._refuse("share")

    def unshare(self, session: SessionLike) -> Session:
        """Take the public page of `session` down."""
        self._refuse("share")

    def children(self, session: SessionLike) -> Sequence[Session]:
        """Return the sessions of the subagents of `session`."""
        self._refuse("sessions.children")

    def init(self, session: SessionLike, *, model: ModelLike, message_id: str) -> None:
        """Let the agent write the project's AGENTS.md, and return when it is done.

        `session` is where it works, `model` the one it asks (`provider/model`), and `message_id`
        a new id for its prompt (`msg_...`).
        """
        self._refuse("init")

    def summarize(self, session: SessionLike, *, model: ModelLike, auto: bool = False) -> None:
        """Summarise `session` with `model` to make room, and return when it is done.

        With `auto` the turn goes on afterwards, as when the server itself begins a summary.
        """
        self._refuse("sessions.summarize")
