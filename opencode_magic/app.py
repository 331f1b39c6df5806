"""The notebook's side of the agent: its server, its session, its policy.

One `App` for each kernel. Commands and magics act through it; nothing here parses or formats.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from .client import USERNAME, OpenCode
from .conversation import (
    Prompt,
    TurnRun,
    check_agent,
    check_command,
    check_model,
    check_prompt,
    near,
)
from .errors import InputError, NotFoundError, ServerError
from .permissions import Mode, Policy
from .place import Place
from .redact import Redactor, together
from .render.blocks import Header
from .server import rules
from .server.find import find_opencode
from .server.managed import ManagedServer, start
from .server.trust import TrustStore, survey
from .wire import Session

if TYPE_CHECKING:
    from .live.surface import Surface
    from .options import Options
    from .transcript import Turn

Progress = Callable[[str], None]
KEY = "opencode_magic"
"""Our entry in a session's metadata."""


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


@dataclass(frozen=True)
class Link:
    """The server in use; `managed` is None for one that somebody else runs."""

    client: OpenCode
    version: str
    managed: ManagedServer | None = None
    subagents: bool = False
    """On a server of others: whether the user accepts what its subagents may do unasked."""

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
    say:
        shows one line of information to the user.
    """

    def __init__(
        self,
        settings: Settings,
        place: Place,
        *,
        ask_trust: Callable[[str], bool] | None,
        say: Callable[[str], None],
        trust: TrustStore | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.settings = settings
        self.place = place
        self.trust = trust or TrustStore()
        self.session: Session | None = None
        self.policy = Policy()
        self.turns: list[Turn] = []
        self._ask_trust = ask_trust
        self._say = say
        self._environ = environ
        self._link: Link | None = None
        self._chosen_url = ""
        self._accept_subagents = False
        self._bound: dict[str, str] = {}
        self._said: set[str] = set()
        self._redactors: list[Redactor] = []

    # -- the server ----------------------------------------------------------------------------

    @property
    def link(self) -> Link | None:
        """The server in use, if there is one."""
        return self._link

    @property
    def redact(self) -> Redactor:
        """Takes the secrets of every server of this kernel out of a text."""
        return together(self._redactors)

    def connect(self, progress: Progress = lambda _: None) -> OpenCode:
        """The client of the server in use; connects, or starts one, where that is needed."""
        if self._link and not self._link.alive:
            self._say("the opencode server of this notebook had ended; a new one was started")
            self.disconnect()
        if self._link is None:
            url = self._chosen_url or self.settings.base_url
            url = url or self._environ.get("OPENCODE_BASE_URL", "")
            self._link = self._connected(url) if url else self._started(progress)
            self._note_project(self._link.client)
        return self._link.client

    def use_server(self, url: str, *, subagents: bool = False) -> Link:
        """Leave the server in use and take another one."""
        link = self._connected(url, subagents=subagents)
        self.disconnect()
        self.session = None
        self._chosen_url, self._accept_subagents = url, subagents
        self._link = link
        self._note_project(link.client)
        return link

    def disconnect(self) -> None:
        """End our own server, or leave the other's; the session stays on it."""
        link, self._link = self._link, None
        if link is None:
            return
        link.client.close()
        if link.managed is not None:
            link.managed.stop()

    def _connected(self, url: str, *, subagents: bool | None = None) -> Link:
        client = OpenCode(
            url,
            username=self._environ.get("OPENCODE_SERVER_USERNAME", USERNAME),
            password=self._environ.get("OPENCODE_SERVER_PASSWORD"),
        )
        self._redactors.append(client.redact)
        if client.loopback:  # its disk is ours: it can look at our project
            client.directory = str(self.place.directory)
        version = client.probe()
        accepted = self._accept_subagents if subagents is None else subagents
        self._say(
            f"connected to {client.base_url} (opencode {version}), a server this notebook does not "
            "manage: sessions begun here ask before they act, but its plugins, its other clients "
            "and its own rules are beyond our reach"
            + ("; its subagents may act unasked, as you accepted" if accepted else "")
        )
        return Link(client, version, subagents=accepted)

    def _started(self, progress: Progress) -> Link:
        executable = find_opencode(self.settings.opencode or None)
        managed = start(
            self.place.directory,
            executable=executable,
            trusted=self._trusted(),
            progress=progress,
            timeout_s=self.settings.start_timeout_s,
        )
        client = OpenCode(
            managed.url,
            username=managed.username,
            password=managed.password,
            directory=str(managed.directory),
        )
        self._redactors.append(client.redact)
        return Link(client, managed.version, managed)

    def _trusted(self) -> bool:
        found = survey(self.place.directory)
        if found is None or self.trust.trusted(found):
            return True
        brings = "; ".join(found.lines)
        if self._ask_trust is not None and self._ask_trust(
            f"{found.root} has its own OpenCode configuration. It brings: {brings}."
        ):
            self.trust.add(found)
            return True
        self._say(
            f"{found.root} is not trusted: its own OpenCode configuration is not used ({brings}). "
            "`%opencode /trust --yes` trusts it"
        )
        return False

    def _note_project(self, client: OpenCode) -> None:
        if client.project().vcs != "git":
            self._say_once(
                f"{self.place.directory} is not a git repository: diffs and undo need one "
                "(`git init` makes it one)"
            )

    def _say_once(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self._say(text)

    # -- sessions ------------------------------------------------------------------------------

    def new_session(self, title: str = "") -> Session:
        """Begin a session and make it the notebook's."""
        client = self.connect()
        self.session = client.session.create(
            title=title or self.place.title,
            metadata={KEY: {"notebook": self.place.notebook}},
        )
        return self.session

    def find_session(self, wanted: str) -> Session:
        """A session by id, by the beginning of an id, or by title."""
        client = self.connect()
        if wanted.startswith("ses_"):
            try:
                return client.session.get(wanted)
            except (NotFoundError, ServerError):
                pass  # perhaps only the beginning of one
        sessions = client.session.list(roots=True)
        exact = [s for s in sessions if s.title == wanted]
        begins = [s for s in sessions if wanted and s.id.startswith(wanted)]
        if found := exact or begins:
            return found[0]
        names = [s.title for s in sessions]
        raise InputError(f"no session {wanted!r}; nearest: {near(wanted, names)}")

    def current_session(self) -> Session:
        """The notebook's session; begun where there is none yet, or where it was deleted."""
        client = self.connect()
        if self.session is None:
            return self.new_session()
        try:
            self.session = client.session.get(self.session.id)
        except NotFoundError:
            self._say("the session of this notebook is gone from the server; a new one was begun")
            return self.new_session()
        return self.session

    # -- turns ---------------------------------------------------------------------------------

    def ask(self, prompt: Prompt, options: Options, surface: Surface, ours: list[str]) -> Turn:
        """One turn, shown on `surface` while it runs. `ours` are the names of our commands."""
        from .live.drive import Driver  # late: needs widgets
        from .live.surface import Picture

        check_prompt(prompt)

        began = time.monotonic()

        def progress(words: str) -> None:
            surface.draw(Picture((), Header(), words, time.monotonic() - began))

        client = self.connect(progress)
        if prompt.kind == "command":
            check_command(client, prompt.text.partition(" ")[0], ours)
        chosen = replace(
            prompt,
            model=check_model(
                client, options.model or self.settings.model, options.variant or prompt.variant
            ),
            agent=check_agent(client, options.agent or self.settings.agent),
            variant=options.variant or self.settings.variant,
        )
        session = self._session_for(options)
        self._bind_rules(session, chosen.agent)
        policy = replace(self.policy, mode=options.permission or self.settings.permission)
        header = Header(chosen.model, chosen.agent, session.title)
        with TurnRun(client, session, chosen) as run:
            driver = Driver(
                run, surface, policy, header, answer_timeout_s=self.settings.answer_timeout_s
            )
            turn = driver.go()
        self.policy = replace(driver.policy, mode=self.policy.mode)
        self.turns.append(turn)
        return turn

    def _session_for(self, options: Options) -> Session:
        if options.session and options.new is not None:
            raise InputError("--session and --new exclude each other")
        if options.session:
            return self.find_session(options.session)
        if options.new is not None:
            return self.new_session(options.new)
        return self.current_session()

    def _bind_rules(self, session: Session, agent: str) -> None:
        """On a server of others the session itself gets rules that ask, those of its agent."""
        link = self._link
        if link is None or link.managed is not None or self._bound.get(session.id) == agent:
            return
        found = next(a for a in link.client.agents() if a.name == agent)
        asking = rules.session_rules(found, allow_task=link.subagents)
        link.client.session.allow_only(session.id, asking)
        self._bound[session.id] = agent

    def use_session(self, wanted: str) -> Session:
        """Make another session the notebook's."""
        self.session = self.find_session(wanted)
        return self.session
