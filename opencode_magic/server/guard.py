"""The plugin of ours that makes a server ask, and how it is known that it does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..model.agents import Agent

if TYPE_CHECKING:
    from ..client import Client

MARK_VARIABLE = "OPENCODE_MAGIC_CALL"
"""In the environment of all that a command starts: the call it was started by."""


class Guard(ABC):
    """The guard of one server.

    Parameters
    ----------
    scratch:
        a private folder, which goes with the server.
    directory:
        the project.
    environ:
        the environment that the server inherits.
    project_config:
        whether the folder's own configuration is read.
    users:
        what the guard of an earlier server reported that did not see the folder's own; None where
        there was none.
    briefly:
        True for a server that is looked at and gets no prompt.
    """

    plugin: str
    """The plugin as a configuration names it; known once it is laid."""
    second_line = False
    """Whether each session gets rules of its own, for a moment in which the guard may be away."""
    trial_folder: Path | None = None
    """The folder for `try_out`, where that is needed."""

    def __init__(
        self,
        scratch: Path,
        directory: Path,
        environ: Mapping[str, str],
        *,
        project_config: bool,
        users: bytes | None,
        briefly: bool,
    ) -> None:
        self.scratch = scratch
        self.directory = directory
        self.environ = environ
        self.project_config = project_config
        self.users = users
        self.briefly = briefly

    @abstractmethod
    def lay(self) -> dict[str, str]:
        """Write what the guard needs, and return what the server's environment has to say of it."""

    @abstractmethod
    def verify(self, client: Client) -> None:
        """Wait until the server has loaded the project, and look at what it would do unasked.

        Raises
        ------
        UnguardedError
            it would do something unasked, or the guard is not in it.
        """

    def try_out(self, client: Client) -> None:  # noqa: B027  # not all need it
        """Let the server have a turn in `trial_folder`; raise UnguardedError if it does not ask."""

    @abstractmethod
    def report(self, client: Client) -> bytes:
        """Return what the rules of this server are, for the guard of a later one."""

    @abstractmethod
    def lost(self, client: Client, agents: Sequence[Agent]) -> bool:
        """Return whether the server does not ask any more, by these agents of it or by itself."""
