"""Which server a notebook uses: chosen, connected to or started, left or ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from ..client import BASE_URL, Client, Login, login_of
from ..errors import ServerError, UnauthorizedError
from ..kernel.offering import Offering
from ..protocol.versions import major_of
from ..server.listening import Listening
from ..server.trust import Survey, TrustStore, survey
from ..text.redact import Redactor
from .links import Accepted, Link, Linker, Progress
from .person import Person
from .place import Place
from .settings import Settings


class Servers:
    """The server of one notebook, one at a time.

    Parameters
    ----------
    trust:
        the folders whose own configuration may run.
    offering:
        the kernel's tools, which are taken back from a server that is left.
    environ:
        the environment, which may name a server and its login.
    left:
        is called when a server was left for good: what was kept of it no longer counts.
    """

    def __init__(
        self,
        settings: Settings,
        place: Place,
        person: Person,
        *,
        trust: TrustStore,
        offering: Offering,
        environ: Mapping[str, str],
        left: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._place = place
        self._person = person
        self._offering = offering
        self._environ = environ
        self._left = left
        self._linker = Linker(settings, place, person, trust, self._share_secrets)
        self._link: Link | None = None
        self._listening = Listening()
        self._chosen_url = ""
        self._accepted = Accepted()
        self._login: Login | None = None
        """The login for the server the user chose."""
        self._redact = Redactor()

    @property
    def link(self) -> Link | None:
        """The server in use, if there is one."""
        return self._link

    @property
    def redact(self) -> Redactor:
        """Takes the secrets of every server of this kernel, and the keys it was given, out."""
        return self._redact | self._link.client.redact if self._link else self._redact

    @property
    def is_ours(self) -> bool:
        """Whether the server in use, or the one that would be started, is this notebook's alone."""
        return self._link is None or self._link.managed is not None

    def lives(self) -> bool:
        """Return whether the server in use can still answer."""
        return self._link is not None and self._link.alive

    def connect(self, progress: Progress = lambda _: None) -> Client:
        """Return the client of the server in use; connect, or start one, where that is needed."""
        if self._link and not self._link.alive:
            self._person.say(
                "the opencode server of this notebook had ended; a new one was started"
            )
            self.disconnect()
        link = self._link
        if link is None:
            chosen = self._chosen_url or self._settings.base_url
            if url := chosen or self._environ.get(BASE_URL, ""):
                login = self._login or login_of(self._environ)
                link = self._take(self._linker.connected(url, login, self._accepted))
            else:
                link = self._take(self._started(progress))
        elif link.managed is not None:
            self._linker.check_folder()
        elif link.client.version != link.version:
            link = self._link = self._changed(link)
        link.client.check_directory()
        return link.client

    def _changed(self, link: Link) -> Link:
        """Take in that another version of OpenCode answers at the same address."""
        now = link.client.version
        if major_of(link.version) != major_of(now):
            self._person.say(
                f"{link.client.base_url} is opencode {now} now: what was begun and allowed there "
                "does not count any more; `/sessions` lists what it has"
            )
            self._left()
        return replace(link, version=now)

    def use(
        self,
        url: str,
        *,
        login: Login | None = None,
        subagents: bool = False,
        shell: bool = False,
    ) -> Link:
        """Leave the server in use and take another one, where nothing is allowed for good yet.

        Parameters
        ----------
        login:
            who to log in as; by default as the environment says, or else the user.
        subagents, shell:
            what the user accepts that may happen unasked there.
        """
        login = login or login_of(self._environ)
        accepted = Accepted(subagents, shell)
        try:
            link = self._linker.connected(url, login, accepted)
        except UnauthorizedError:
            if (typed := self._asked_login(url)) is None:
                raise
            login = typed
            link = self._linker.connected(url, login, accepted)
        self.forget()
        self._chosen_url, self._accepted, self._login = url, accepted, login
        return self._take(link)

    def serve(self, listening: Listening) -> Link:
        """Leave the server in use, and start one of our own that listens like this."""
        if self._link is None or self._link.managed is None:
            self.forget()
        else:
            self.disconnect()
        before, self._listening = self._listening, listening
        try:
            link = self._started(lambda _: None)
        except BaseException:
            self._listening = before
            raise
        return self._take(link)

    def stop(self) -> Link | None:
        """End our own server, or leave the other's for good; return the one that was in use.

        The next one of our own is for this notebook alone again.
        """
        link = self._link
        if link is not None and link.managed is None:
            self.forget()
        else:
            self.disconnect()  # its sessions are kept: the next server of ours goes on with them
        self._listening = Listening()
        return link

    def forget(self) -> None:
        """Leave the server in use for good: the next prompt connects, or starts one, again."""
        self.disconnect()
        self._chosen_url, self._accepted, self._login = "", Accepted(), None
        self._left()

    def disconnect(self) -> None:
        """End our own server, or leave the other's; the session stays on it."""
        redact = self.redact
        self._offering.close()
        link, self._link = self._link, None
        if link is None:
            return
        self._redact = redact
        link.client.close()
        if link.managed is not None:
            link.managed.stop()

    def dispose(self) -> str:
        """Have the server drop the project's state; return words where our own was ended instead.

        The server then reads its configuration again: ours must not read what the user did not
        trust, nor go on without its guard.
        """
        client = self.connect()
        link = self._link
        if link is None or link.managed is None:
            client.dispose()
            return ""
        if self.brought() != link.opened:
            self.disconnect()
            return "The folder's own OpenCode configuration has changed, so the server was ended"
        client.dispose()
        if link.managed.guard.lost(client, client.agents()):
            self.disconnect()
            return "The server lost its guard by this, so it was ended"
        return ""

    def brought(self) -> Survey | None:
        """Return what the project's folder brings for the server in use, or that would be used."""
        version = self._link.version if self._link else self._linker.version()
        return survey(self._place.directory, version)

    def keep_secrets(self, redact: Redactor) -> None:
        """Take these secrets, too, out of all that is shown."""
        self._redact |= redact

    def _share_secrets(self, client: Client) -> None:
        """Hide what one server must not show from the output of all servers of this kernel."""
        self._redact = client.redact = self.redact | client.redact

    def _started(self, progress: Progress) -> Link:
        self._offering.prepare()
        return self._linker.started(self._listening, progress)

    def _asked_login(self, url: str) -> Login | None:
        """Ask the user for the password of a server; return None where there is no answer."""
        if not self._person.is_there():
            return None
        with Client(url, username=login_of(self._environ).username) as there:
            question = f"Password of {there.base_url} (not shown, not saved): "
            password = self._person.secret(question).strip()
            return Login(there.username, password) if password else None

    def _take(self, link: Link) -> Link:
        """Use a link from now on, and say where its project has no git."""
        self._link, folder = link, link.client.directory
        try:
            vcs = link.client.project.current().vcs
        except ServerError as error:
            self._person.say_once(f"opencode cannot tell the repository of {folder}: {error}")
        else:
            if vcs != "git":
                self._person.say_once(
                    f"{folder} is not a git repository: diffs and undo need one "
                    "(`git init` makes it one)"
                )
        return link
