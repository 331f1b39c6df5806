"""The notebook's side of the agent: its server, its session, its policy.

One `App` for each kernel. Commands and magics act through it; nothing here parses or formats.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..changes.rewind import Reviewed, Undone
from ..client import BASE_URL, Client, Login, login_of
from ..context.notebook import Notebook
from ..disk.folder import Folder
from ..errors import InputError, NotFoundError, ServerError, UnauthorizedError
from ..kernel.offering import KernelMode, Offering
from ..model.sessions import KEY, Session
from ..policy import rules
from ..policy.grants import Mode, Policy
from ..protocol.directory import check_directory
from ..protocol.likes import begins_session_id
from ..protocol.versions import degradations
from ..server.find import find_opencode
from ..server.listening import Listening
from ..server.managed import ManagedServer
from ..server.start import start
from ..server.trust import Survey, TrustStore, survey
from ..text.characters import sound
from ..text.near import near
from ..text.redact import Redactor
from ..turns.history import copy_session
from .place import Place

if TYPE_CHECKING:
    from ..kernel.tools_server import LivingKernel
    from ..live.reach import Reach
    from ..live.surface import Surface
    from ..turns.turn import Turn

Progress = Callable[[str], None]
MOST_SESSIONS = 1000


class Settings(Protocol):
    """What the user configured; the magics' traits."""

    base_url: str
    opencode: str
    model: str
    variant: str
    agent: str
    permission: Mode
    answer_timeout_s: float
    start_timeout_s: float
    review: bool
    kernel: KernelMode
    accept_shell: bool


@dataclass(frozen=True)
class Accepted:
    """What the user accepts that may happen unasked on a server of others."""

    subagents: bool = False
    shell: bool = False


@dataclass(frozen=True)
class Link:
    """The server in use; `managed` is None for one that somebody else runs."""

    client: Client
    version: str
    managed: ManagedServer | None = None
    subagents: bool = False
    """On a server of others: whether the user accepts what its subagents may do unasked."""
    shell: bool = False
    """On a server of others: whether the user accepts what shell text may do unasked."""
    opened: Survey | None = None
    """What the folder brought along when our own server was started."""

    @property
    def alive(self) -> bool:
        """False once our own server has ended; of others' servers nothing is known."""
        return self.managed is None or self.managed.alive


class App:
    """What a kernel keeps between cells.

    Parameters
    ----------
    settings:
        the configured defaults, read at each use.
    place:
        project and notebook.
    ask_trust:
        asks the user whether a folder with its own configuration may run; None where nobody can
        be asked.
    confirm:
        shows a value, and asks the user a yes-or-no question about it; None where nobody can be
        asked.
    say:
        shows one line of information to the user.
    show:
        shows a value before a command has ended.
    ask_secret:
        reads what must not be seen, e.g. a password; None where nobody can be asked.
    ask_words:
        reads a line; None where nobody can be asked.
    surface:
        makes the place where something that takes its time is shown.
    reach:
        finds out how far the kernel reaches: clicks while a cell runs, the page's widgets.
    notebook:
        gives the kernel's names, cells and values, for what a prompt mentions.
    kernel:
        makes what offers the kernel to the agent as tools; None where there is no kernel.
    """

    def __init__(
        self,
        settings: Settings,
        place: Place,
        *,
        ask_trust: Callable[[str], bool] | None = None,
        confirm: Callable[[object, str], bool] | None = None,
        say: Callable[[str], None],
        show: Callable[[object], None] = lambda _: None,
        ask_secret: Callable[[str], str] | None = None,
        ask_words: Callable[[str], str] | None = None,
        surface: Callable[[], Surface] | None = None,
        reach: Callable[[], Reach] | None = None,
        notebook: Callable[[], Notebook] = Notebook,
        kernel: Callable[[], LivingKernel] | None = None,
        trust: TrustStore | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.settings = settings
        self.place = place
        self.trust = trust or TrustStore()
        self.session: Session | None = None
        self.last_turn: Turn | None = None
        """What was answered last in this kernel."""
        self.policy = Policy()
        self.undone: dict[str, Undone] = {}
        """By session: what was undone in it, and how it can be brought back."""
        self.reviewed: dict[str, dict[str, Reviewed]] = {}
        """By session and prompt: what a review left of the turn's changes."""
        self.bound: dict[str, str] = {}
        """By session: the agent whose rules it was given."""
        self.ask_trust = ask_trust
        self.confirm = confirm
        self.show = show
        self.ask_secret = ask_secret
        self.ask_words = ask_words
        self.surface = surface
        self.reach = reach
        self.notebook = notebook
        self.offering = Offering(kernel, lambda: settings.kernel)
        """The kernel's tools."""
        self.say = say
        self._environ = environ
        self._link: Link | None = None
        self.listening = Listening()
        """How our own server listens when it is started anew."""
        self._chosen_url = ""
        self._accepted = Accepted()
        self._login: Login | None = None
        """What was typed for the server in use."""
        self._said: set[str] = set()
        self._redact = Redactor()

    # -- the server ----------------------------------------------------------------------------

    @property
    def link(self) -> Link | None:
        """The server in use, if there is one."""
        return self._link

    @property
    def redact(self) -> Redactor:
        """Takes the secrets of every server of this kernel, and the keys it was given, out."""
        return self._redact | self._link.client.redact if self._link else self._redact

    def connect(self, progress: Progress = lambda _: None) -> Client:
        """The client of the server in use; connects, or starts one, where that is needed."""
        if self._link and not self._link.alive:
            self.say("the opencode server of this notebook had ended; a new one was started")
            self.disconnect()
        if self._link is None:
            url = self._chosen_url or self.settings.base_url
            url = url or self._environ.get(BASE_URL, "")
            self._link = self._reconnected(url) if url else self._started(progress)
            self._note_project(self._link.client)
        elif self._link.managed is not None:
            self._check_folder()
        self._link.client.check_directory()
        return self._link.client

    def _check_folder(self) -> None:
        """The server would make a folder that is gone once more, and write into it."""
        if not self.place.directory.is_dir():
            raise InputError(
                f"the project's folder {str(self.place.directory)!r} is gone; restart the kernel "
                "in a folder that is there, or name one before the first prompt: "
                "`%config OpencodeMagics.directory = '/path'`"
            )

    def server_lives(self) -> bool:
        """Whether the server in use can still answer."""
        return self._link is not None and self._link.alive

    @property
    def is_ours(self) -> bool:
        """Whether the server in use, or the one that would be started, is this notebook's alone."""
        return self._link is None or self._link.managed is not None

    def use_server(self, url: str, *, subagents: bool = False, shell: bool = False) -> Link:
        """Leave the server in use and take another one. What was always allowed is not, there."""
        login = login_of(self._environ)
        accepted = Accepted(subagents, shell)
        try:
            link = self._connected(url, login, accepted)
        except UnauthorizedError:
            typed = self._asked_login(url)
            if typed is None:
                raise
            login = typed
            link = self._connected(url, login, accepted)
        self.forget_server()
        self._chosen_url, self._accepted, self._login = url, accepted, login
        self._link = link
        self._note_project(link.client)
        return link

    def _asked_login(self, url: str) -> Login | None:
        """The password of a server, from the user; None where nobody can be asked, or says one."""
        if self.ask_secret is None:
            return None
        with Client(url, username=login_of(self._environ).username) as there:
            question = f"Password of {there.base_url} (not shown, not saved): "
            password = self.ask_secret(question).strip()
            return Login(there.username, password) if password else None

    def serve(self, listening: Listening) -> Link:
        """Leave the server in use, and start one of our own that listens like this."""
        if self._link is None or self._link.managed is None:
            self.forget_server()
        else:
            self.disconnect()
        before, self.listening = self.listening, listening
        try:
            self._link = self._started(lambda _: None)
        except BaseException:
            self.listening = before
            raise
        self._note_project(self._link.client)
        return self._link

    def listen_alone(self) -> None:
        """The next server of our own is for this notebook alone again."""
        self.listening = Listening()

    def forget_server(self) -> None:
        """Leave the server in use for good: the next prompt connects, or starts one, anew."""
        self.disconnect()
        self.session = None
        self.policy = Policy()
        self.bound.clear()
        self._chosen_url, self._accepted, self._login = "", Accepted(), None
        self.offering.shared = False

    def disconnect(self) -> None:
        """End our own server, or leave the other's; the session stays on it."""
        redact = self.redact
        self.offering.close()
        link, self._link = self._link, None
        if link is None:
            return
        self._redact = redact
        link.client.close()
        if link.managed is not None:
            link.managed.stop()

    def _reconnected(self, url: str) -> Link:
        login = self._login or login_of(self._environ)
        return self._connected(url, login, self._accepted)

    def _connected(self, url: str, login: Login, accepted: Accepted) -> Link:
        shell = accepted.shell or self.settings.accept_shell
        client = Client(url, username=login.username, password=login.password or None)
        self._share_secrets(client)
        version = client.probe()
        if client.exposed:
            self.say(
                f"the password and all that is said go to {client.base_url} unencrypted: use "
                "https, or a tunnel (`ssh -L`)"
            )
        if lost := degradations(version):
            self.say_once(lost)
        client.directory = self._directory_on(client)
        self.say(
            f"connected to {client.base_url} (opencode {version}), a server this notebook does not "
            f"manage, in {client.directory}: sessions of this notebook ask before they act, but "
            "the server's plugins, its other clients and its own rules are beyond our reach"
            + ("; its subagents may act unasked, as you accepted" if accepted.subagents else "")
            + (
                "; some shell text may run unasked there, as you accepted"
                if shell
                else "; the agent gets no shell there, for some of its text would run unasked: "
                "`/connect URL --shell` accepts that"
            )
        )
        return Link(client, version, subagents=accepted.subagents, shell=shell)

    def _directory_on(self, client: Client) -> str:
        """Our project, where the server shares our disk and the folder is trusted; else its own.

        To look at a folder, a server of others opens it with all that the folder brings.
        """
        own, ours = client.own_directory(), str(self.place.directory)
        if own == ours or not client.loopback:
            return own
        check_directory(ours)
        self._check_folder()
        return ours if self._trusted() else own

    def _started(self, progress: Progress) -> Link:
        check_directory(str(self.place.directory))
        self._check_folder()
        executable = find_opencode(self.settings.opencode or None, progress=progress)
        if executable.passed_over:
            self.say_once(f"{executable.path} is used: {executable.passed_over}")
        opened = survey(self.place.directory)
        self.offering.prepare()
        managed = start(
            self.place.directory,
            executable=executable,
            trusted=self._trusted(),
            progress=progress,
            timeout_s=self.settings.start_timeout_s,
            listening=self.listening,
        )
        try:
            client = managed.client()
        except BaseException:  # an interrupt: the server must not stay
            managed.stop()
            raise
        self._share_secrets(client)
        return Link(client, managed.version, managed, opened=opened)

    def keep_secrets(self, redact: Redactor) -> None:
        """Take these secrets, too, out of all that is shown."""
        self._redact = self._redact | redact

    def _share_secrets(self, client: Client) -> None:
        """What one server must not show, none of this kernel does."""
        self._redact = client.redact = self.redact | client.redact

    def dispose(self) -> str:
        """Have the server drop the project's state; words where our own was ended instead.

        It reads its configuration anew by this: ours must not read what nobody agreed to, nor go on
        without its guard.
        """
        client = self.connect()
        link = self._link
        if link is None or link.managed is None:
            client.dispose()
            return ""
        if survey(self.place.directory) != link.opened:
            self.disconnect()
            return "The folder's own OpenCode configuration has changed, so the server was ended"
        client.dispose()
        if rules.violations(client.agents(), link.managed.seen_denies or ()):
            self.disconnect()
            return "The server lost its guard by this, so it was ended"
        return ""

    def _trusted(self) -> bool:
        found = survey(self.place.directory)
        if found is None or self.trust.trusted(found):
            return True
        brings = "; ".join(found.lines)
        if self.ask_trust is not None and self.ask_trust(
            f"{found.root} has its own OpenCode configuration. It brings: {brings}."
        ):
            self.trust.add(found)
            return True
        self.say(
            f"{found.root} is not trusted: its own OpenCode configuration is not used ({brings}). "
            "`%opencode /trust --yes` trusts it"
        )
        return False

    def _note_project(self, client: Client) -> None:
        try:
            vcs = client.project.current().vcs
        except ServerError as error:
            self.say_once(f"opencode cannot tell the repository of {client.directory}: {error}")
            return
        if vcs != "git":
            self.say_once(
                f"{client.directory} is not a git repository: diffs and undo need one "
                "(`git init` makes it one)"
            )

    def say_once(self, text: str) -> None:
        """Say something that needs to be known, but not again."""
        if text not in self._said:
            self._said.add(text)
            self.say(text)

    # -- sessions ------------------------------------------------------------------------------

    def new_session(self, title: str = "") -> Session:
        """Begin a session and make it the notebook's."""
        client = self.connect()
        kept = "session-metadata" in client.capabilities
        metadata = {KEY: {"notebook": self.place.notebook}} if kept else None
        self.session = client.session.create(
            title=title or self.place.title,
            metadata=metadata,
        )
        return self.session

    def fork_session(self, turn: str = "", *, of: Session | None = None) -> tuple[Session, str]:
        """Make a copy of a session, up to a turn of it, the notebook's; and what it came from.

        Without `of` the notebook's own session is copied, without `turn` all of it.
        """
        parent = of or self.known_session()
        client = self.connect()
        copy = copy_session(client, parent, turn)
        ours = {"notebook": self.place.notebook, "fork_of": parent.id}
        if "session-metadata" in client.capabilities:
            copy = client.session.update(copy, metadata={**(copy.metadata or {}), KEY: ours})
        self.session = copy
        until = f", up to turn {turn}" if turn else ""
        return self.session, (
            f"this session is a copy of {parent.title!r}{until}; `/use {parent.id}` goes back to it"
        )

    def find_session(self, wanted: str) -> Session:
        """A session of the project by id, by the beginning of an id, or by title.

        A subagent's is found by its id alone.
        Only the project's own list is asked. A session runs in its own folder, and to look at one
        of another folder by its id makes the server open that folder with all it brings.
        """
        client = self.connect()
        is_id = begins_session_id(wanted)

        def listed(*, roots: bool) -> list[Session]:
            found = client.session.list(roots=roots, limit=MOST_SESSIONS)
            return [s for s in found if s.directory == client.directory]

        sessions = listed(roots=True)
        exact = [s for s in sessions if wanted in (s.id, s.title)]
        begins = [s for s in sessions if is_id and s.id.startswith(wanted)]
        if found := exact or begins:
            return found[0]
        if is_id and (found := [s for s in listed(roots=False) if s.id == wanted]):
            return found[0]
        names = [s.title for s in sessions]
        raise InputError(
            f"no session {wanted!r} in {client.directory}; nearest: {near(wanted, names)}"
        )

    def use_session(self, wanted: str) -> Session:
        """Make another session the notebook's."""
        self.session = self.find_session(wanted)
        return self.session

    def known_session(self) -> Session:
        """The notebook's session as it is now; an error where there is none yet."""
        if self.session is None:
            raise InputError("this notebook has no session yet; `/sessions` lists the project's")
        self.session = self.connect().session.get(self.session.id)
        return self.session

    def earlier_session(self) -> Session | None:
        """The notebook's session that was used last, e.g. before its kernel was restarted."""
        client = self.connect()
        found = client.session.list(roots=True, limit=MOST_SESSIONS)
        mine = [s for s in found if s.directory == client.directory and self._is_mine(s)]
        return max(mine, key=lambda s: s.time.updated, default=None)

    def _is_mine(self, session: Session) -> bool:
        if "session-metadata" not in self.connect().capabilities:
            return session.title == self.place.title
        ours = (session.metadata or {}).get(KEY)
        return isinstance(ours, dict) and ours.get("notebook") == sound(self.place.notebook)

    def current_session(self) -> Session:
        """The notebook's session; begun where there is none yet, or where it was deleted."""
        client = self.connect()
        if self.session is None:
            if self.earlier_session() is not None:
                self.say_once(
                    "this notebook has an earlier session; `/resume` goes on with it, and a new "
                    "one was begun"
                )
            return self.new_session()
        try:
            self.session = client.session.get(self.session.id)
        except NotFoundError:
            self.say("the session of this notebook is gone from the server; a new one was begun")
            return self.new_session()
        return self.session

    # -- files ---------------------------------------------------------------------------------

    @property
    def open_notebook(self) -> str:
        """The file of the notebook that is open here, by its whole path; "" where none is."""
        here = self.place.directory / self.place.notebook
        return os.path.normpath(here) if here.suffix == ".ipynb" else ""

    def folder(self, *, whole: bool = False) -> Folder | None:
        """The project's files, where they are on this machine.

        Their names are relative to the root of the repository, or `whole` to the project's folder.
        """
        return self.folder_under("" if whole else self.connect().project.current().worktree)

    def folder_under(self, worktree: str) -> Folder | None:
        """The same, with names relative to `worktree`, where the project's folder is in it."""
        client = self.connect()
        managed = self._link is not None and self._link.managed is not None
        path = Path(client.directory or "")
        if not client.directory or not (managed or (client.loopback and path.is_dir())):
            return None
        inside = bool(worktree) and path.is_relative_to(worktree)
        return Folder(path, Path(worktree) if inside else None)
