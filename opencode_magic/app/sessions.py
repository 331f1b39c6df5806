"""The session of a notebook: begun, gone on with, found again, chosen or copied."""

from __future__ import annotations

from ..errors import InputError, NotFoundError
from ..model.sessions import KEY, Session
from ..protocol.directory import same_folder
from ..protocol.likes import begins_session_id
from ..text.characters import sound
from ..text.near import near
from ..turns.history import copy_session
from .person import Person
from .place import Place
from .servers import Servers

MOST_SESSIONS = 1000


class NotebookSessions:
    """Keeps the session that the prompts of one notebook go to."""

    def __init__(self, servers: Servers, place: Place, person: Person) -> None:
        self._servers = servers
        self._place = place
        self._person = person
        self._session: Session | None = None

    @property
    def chosen(self) -> Session | None:
        """The notebook's session as it was last seen; None until one is begun or chosen."""
        return self._session

    def take(self, session: Session) -> Session:
        """Make a session the notebook's, or note how it is now."""
        self._session = session
        return session

    def leave(self, session: Session | None = None) -> None:
        """Have no session any more; with `session` only where it is the notebook's."""
        if session is None or (self._session is not None and self._session.id == session.id):
            self._session = None

    def new(self, title: str = "") -> Session:
        """Begin a session and make it the notebook's."""
        client = self._servers.connect()
        kept = "session-metadata" in client.capabilities
        metadata = {KEY: {"notebook": self._place.notebook}} if kept else None
        title = title or self._place.title
        return self.take(client.session.create(title=title, metadata=metadata))

    def fork(self, turn: str = "", *, of: Session | None = None) -> tuple[Session, str]:
        """Make a copy of a session the notebook's; return it, and in words what it came from.

        Parameters
        ----------
        turn:
            the number of the last turn to copy; "" for all of them.
        of:
            the session to copy; by default the notebook's own.
        """
        parent = of or self.known()
        client = self._servers.connect()
        copy = copy_session(client, parent, turn)
        ours = {"notebook": self._place.notebook, "fork_of": parent.id}
        if "session-metadata" in client.capabilities:
            copy = client.session.update(copy, metadata={**(copy.metadata or {}), KEY: ours})
        until = f", up to turn {turn}" if turn else ""
        return self.take(copy), (
            f"this session is a copy of {parent.title!r}{until}; `/use {parent.id}` goes back to it"
        )

    def find(self, wanted: str) -> Session:
        """Return a session of the project by id, by the beginning of an id, or by title.

        A subagent's is found by its id alone. Only the project's own list is searched: to ask for
        a session of another folder by its id makes the server open that folder with all it brings.
        """
        client = self._servers.connect()
        is_id = begins_session_id(wanted)
        sessions = self._listed(roots=True)
        found = [s for s in sessions if wanted in (s.id, s.title)]
        if not found and is_id:
            found = [s for s in sessions if s.id.startswith(wanted)]
            found = found or [s for s in self._listed(roots=False) if s.id == wanted]
        if found:
            return found[0]
        nearest = near(wanted, [s.title for s in sessions])
        raise InputError(f"no session {wanted!r} in {client.directory}; nearest: {nearest}")

    def known(self) -> Session:
        """Return the notebook's session as it is now; InputError where there is none yet."""
        if self._session is None:
            raise InputError("this notebook has no session yet; `/sessions` lists the project's")
        return self.take(self._seen_again(self._session))

    def earlier(self) -> Session | None:
        """Return the session this notebook used last, e.g. before its kernel was restarted."""
        mine = filter(self._is_mine, self._listed(roots=True))
        return max(mine, key=lambda s: s.time.updated, default=None)

    def current(self) -> Session:
        """Return the notebook's session; begin one where there is none, or it was deleted."""
        if self._session is None:
            if self.earlier() is not None:
                self._person.say_once(
                    "this notebook has an earlier session; `/resume` goes on with it, and a new "
                    "one was begun"
                )
            return self.new()
        try:
            return self.take(self._seen_again(self._session))
        except NotFoundError:
            self._person.say(
                "the session of this notebook is gone from the server; a new one was begun"
            )
            return self.new()

    def _seen_again(self, session: Session) -> Session:
        """Return a session as it is now; raise InputError where it works in another folder.

        Servers of 2.x let others move it: what is sent would act there, what is undone here.
        """
        client = self._servers.connect()
        now = client.session.get(session.id)
        if client.directory and now.directory and not same_folder(client.directory, now.directory):
            raise InputError(
                f"session {now.id} was moved to {now.directory!r}, out of this notebook's folder; "
                "nothing was done. `/new` begins one here"
            )
        return now

    def _listed(self, *, roots: bool) -> list[Session]:
        client = self._servers.connect()
        found = client.session.list(roots=roots, limit=MOST_SESSIONS)
        return [s for s in found if s.directory == client.directory]

    def _is_mine(self, session: Session) -> bool:
        if "session-metadata" not in self._servers.connect().capabilities:
            return session.title == self._place.title
        ours = (session.metadata or {}).get(KEY)
        return isinstance(ours, dict) and ours.get("notebook") == sound(self._place.notebook)
