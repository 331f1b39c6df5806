"""The notebook's side of the agent: its server, its session, and what is kept between cells.

One `App` for each kernel. Commands and magics act through it; nothing here parses or formats.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..changes.rewind import Reviewed, Undone
from ..client import Client
from ..context.notebook import Notebook
from ..disk.folder import Folder
from ..kernel.offering import Offering
from ..model.sessions import Session
from ..policy.grants import Grant, Policy
from ..server.trust import TrustStore
from ..text.redact import Private, Redactor
from ..turns.turn import Turn
from .links import Link, Progress
from .person import Person
from .place import Place
from .servers import Servers
from .sessions import NotebookSessions
from .settings import Settings

if TYPE_CHECKING:
    from ..kernel.tools_server import LivingKernel
    from ..live.reach import Reach
    from ..live.surface import Surface


class App:
    """What a kernel keeps between cells.

    Parameters
    ----------
    settings:
        the configured defaults, read at each use.
    place:
        project and notebook.
    person:
        who sits at the notebook.
    surface:
        makes the place where something that takes its time is shown.
    reach:
        finds out how far the kernel reaches: clicks while a cell runs, the page's widgets.
    notebook:
        gives the kernel's names, cells and values, for what a prompt mentions.
    kernel:
        makes what offers the kernel to the agent as tools; None where there is no kernel.
    trust:
        the folders whose own configuration may run; by default those this user trusted.
    environ:
        the environment, which may name a server and its login.
    """

    def __init__(
        self,
        settings: Settings,
        place: Place,
        person: Person | None = None,
        *,
        surface: Callable[[], Surface] | None = None,
        reach: Callable[[], Reach] | None = None,
        notebook: Callable[[], Notebook] = Notebook,
        kernel: Callable[[], LivingKernel] | None = None,
        trust: TrustStore | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.settings = settings
        self.place = place
        self.person = person or Person()
        self.surface = surface
        self.reach = reach
        self.notebook = notebook
        self.trust = trust or TrustStore()
        self.offering = Offering(kernel, lambda: settings.kernel)
        """The kernel's tools."""
        self.servers = Servers(
            settings,
            place,
            self.person,
            trust=self.trust,
            offering=self.offering,
            environ=environ,
            left=self._left_server,
        )
        self.sessions = NotebookSessions(self.servers, place, self.person)
        self.last_turn: Turn | None = None
        """The turn that was answered last in this kernel."""
        self.policy = Policy()
        """What was allowed for good on the server in use."""
        self.undone: dict[str, Undone] = {}
        """By session: what was undone in it, and how it can be brought back."""
        self.reviewed: dict[str, dict[str, Reviewed]] = {}
        """By session and prompt: what a review left of the turn's changes."""
        self.bound: dict[str, str] = {}
        """By session: the agent whose rules it was given."""
        self.variables: dict[str, Private] = {}
        """By session: the variables that its shells were given."""

    def _left_server(self) -> None:
        """Forget what was begun and allowed on a server: it does not count on another one."""
        self.sessions.leave()
        self.policy = Policy()
        self.bound.clear()
        self.variables.clear()
        self.offering.withdraw()

    @property
    def link(self) -> Link | None:
        """The server in use, if there is one."""
        return self.servers.link

    @property
    def redact(self) -> Redactor:
        """Takes the secrets of every server of this kernel, and the keys it was given, out."""
        return self.servers.redact

    @property
    def session(self) -> Session | None:
        """The notebook's session as it was last seen."""
        return self.sessions.chosen

    def connect(self, progress: Progress = lambda _: None) -> Client:
        """Return the client of the server in use; connect, or start one, where that is needed."""
        return self.servers.connect(progress)

    def disconnect(self) -> None:
        """End our own server, or leave the other's; the session stays on it."""
        self.servers.disconnect()

    def answer_with(self, *, model: str = "", agent: str = "") -> None:
        """Make a model or an agent the configured one."""
        if model:
            self.settings.model = model
        if agent:
            self.settings.agent = agent

    def give(self, session: Session, variables: Private) -> None:
        """Note the variables that the shells of a session were given."""
        self.variables[session.id] = variables

    def allow(self, policy: Policy) -> None:
        """Keep what was allowed for good in a turn."""
        self.policy = replace(policy, mode=self.policy.mode)

    def revoke(self, grant: Grant | None = None) -> None:
        """Take back what was allowed for good, without `grant` all of it."""
        self.policy = self.policy.without(grant) if grant else replace(self.policy, grants=())

    def answered(self, turn: Turn) -> None:
        """Note the turn that was answered last."""
        self.last_turn = turn

    @property
    def open_notebook(self) -> str:
        """The file of the notebook that is open here, by its whole path; "" where none is."""
        here = self.place.directory / self.place.notebook
        return os.path.normpath(here) if here.suffix == ".ipynb" else ""

    def folder(self, *, whole: bool = False) -> Folder | None:
        """Return the project's files, where they are on this machine.

        Their names are relative to the root of the repository, or `whole` to the project's folder.
        """
        return self.folder_under("" if whole else self.connect().project.current().worktree)

    def folder_under(self, worktree: str) -> Folder | None:
        """Return the project's files, named from `worktree` where their folder is in it."""
        client = self.connect()
        managed = self.link is not None and self.link.managed is not None
        path = Path(client.directory or "")
        if not client.directory or not (managed or (client.loopback and path.is_dir())):
            return None
        inside = bool(worktree) and path.is_relative_to(worktree)
        return Folder(path, Path(worktree) if inside else None)
