"""Links to servers: to one that runs already, or to one of our own that is started."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from ..client import Client, Login
from ..errors import InputError, OpencodeError
from ..protocol.detect import degradations
from ..protocol.directory import check_directory
from ..protocol.hosting import hosting_of
from ..server.find import find_opencode
from ..server.listening import Listening
from ..server.managed import ManagedServer
from ..server.start import start
from ..server.trust import Survey, TrustStore, survey
from .person import Person
from .place import Place
from .settings import Settings

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Accepted:
    """What the user accepts that may happen unasked on a server of others."""

    subagents: bool = False
    shell: bool = False


@dataclass(frozen=True)
class Link:
    """The server in use."""

    client: Client
    version: str
    managed: ManagedServer | None = None
    """The process of our own server; None for a server that somebody else runs."""
    subagents: bool = False
    """On a server of others: whether the user accepts what its subagents may do unasked."""
    shell: bool = False
    """On a server of others: whether the user accepts what shell text may do unasked."""
    opened: Survey | None = None
    """What the folder brought along when our own server was started."""

    @property
    def lets_subagents(self) -> bool:
        """Whether agents may start subagents: on a server of others, where those ask as well."""
        return self.subagents or "inherited-rules" in self.client.capabilities

    @property
    def alive(self) -> bool:
        """False once our own server has ended; of others' servers nothing is known."""
        return self.managed is None or self.managed.alive


class Linker:
    """Makes the links of one notebook.

    Parameters
    ----------
    settings:
        the configured defaults, read at each use.
    place:
        the project a server works in.
    person:
        is told what to know of a server, and asked whether a folder is trusted.
    trust:
        the folders whose own configuration may run.
    share_secrets:
        takes what a new client must not show out of all that this kernel shows.
    """

    def __init__(
        self,
        settings: Settings,
        place: Place,
        person: Person,
        trust: TrustStore,
        share_secrets: Callable[[Client], None],
    ) -> None:
        self._settings = settings
        self._place = place
        self._person = person
        self._trust = trust
        self._share_secrets = share_secrets

    def connected(self, url: str, login: Login, accepted: Accepted) -> Link:
        """Return a link to a server of others, and tell the user what to know of it."""
        shell = accepted.shell or self._settings.accept_shell
        client = Client(url, **login.options)
        self._share_secrets(client)
        version = client.probe()
        if client.exposed:
            self._person.say(
                f"the password and all that is said go to {client.base_url} unencrypted: use "
                "https, or a tunnel (`ssh -L`)"
            )
        if lost := degradations(version):
            self._person.say_once(lost)
        client.directory = self._directory_on(client)
        unasked = accepted.subagents and "inherited-rules" not in client.capabilities
        subagents_words = "; its subagents may act unasked, as you accepted" if unasked else ""
        shell_words = (
            "some shell text may run unasked there, as you accepted"
            if shell
            else "the agent gets no shell there, for some of its text would run unasked: "
            "`/connect URL --shell` accepts that"
        )
        self._person.say(
            f"connected to {client.base_url} (opencode {version}), a server this notebook does not "
            f"manage, in {client.directory}: sessions of this notebook ask before they act, but "
            "the server's plugins, its other clients and its own rules are beyond our reach"
            f"{subagents_words}; {shell_words}"
        )
        return Link(client, version, subagents=accepted.subagents, shell=shell)

    def started(self, listening: Listening, progress: Progress) -> Link:
        """Start a server of our own, and return a link to it."""
        check_directory(str(self._place.directory))
        self.check_folder()
        executable = find_opencode(self._settings.opencode or None, progress=progress)
        if executable.passed_over:
            self._person.say_once(f"{executable.path} is used: {executable.passed_over}")
        if executable.beside:
            self._person.say_once(
                f"{executable.path} is used, which is {executable.version}; {executable.beside} "
                "(`%config OpencodeMagics.opencode = 'PATH'` chooses)"
            )
        migrate = self._migrates(executable.version)
        opened = survey(self._place.directory, executable.version)
        managed = start(
            self._place.directory,
            executable=executable,
            trusted=self._trusted(executable.version),
            progress=progress,
            timeout_s=self._settings.start_timeout_s,
            listening=listening,
            migrate=migrate,
        )
        try:
            client = managed.client()
        except BaseException:  # an interrupt: the server must not stay
            managed.stop()
            raise
        self._share_secrets(client)
        return Link(client, managed.version, managed, opened=opened)

    def version(self) -> str:
        """Return the version of the program that would be started; "" where there is none."""
        try:
            return find_opencode(self._settings.opencode or None).version
        except OpencodeError:
            return ""

    def check_folder(self) -> None:
        """Raise InputError where the project's folder is gone: the server would create it again."""
        if not self._place.directory.is_dir():
            raise InputError(
                f"the project's folder {str(self._place.directory)!r} is gone; restart the kernel "
                "in a folder that is there, or name one before the first prompt: "
                "`%config OpencodeMagics.directory = '/path'`"
            )

    def _directory_on(self, client: Client) -> str:
        """Return our project where the server shares our disk and may open it, else its own.

        To look at a folder, a server of others opens it with all that the folder brings.
        """
        own, ours = client.own_directory(), str(self._place.directory)
        if own == ours or not client.loopback:
            return own
        check_directory(ours)
        self.check_folder()
        return ours if self._trusted(client.version) else own

    def _migrates(self, version: str) -> bool:
        """Return whether a first start may change the data that is there; ask where needed."""
        note = hosting_of(version).check_data(os.environ)
        if note.says:
            self._person.say_once(note.says)
        if not note.asks or self._settings.accept_migration:
            return True
        if not self._person.is_there():
            return False
        answer = self._person.words(f"{note.asks}. Start it? [y/N] ")
        return answer.strip().lower() in ("y", "yes")

    def _trusted(self, version: str) -> bool:
        """Return whether the folder's own configuration may be used; ask the user where needed."""
        found = survey(self._place.directory, version)
        if found is None or self._trust.trusted(found):
            return True
        brings = "; ".join(found.lines)
        if self._person.is_there() and self._person.trusts(
            f"{found.root} has its own OpenCode configuration. It brings: {brings}."
        ):
            self._trust.add(found)
            return True
        self._person.say(
            f"{found.root} is not trusted: its own OpenCode configuration is not used ({brings}). "
            "`%opencode /trust --yes` trusts it"
        )
        return False
