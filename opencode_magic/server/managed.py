"""The one server a kernel owns, while it runs."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from ..client import Client
from ..policy.rules import FoundRule
from ..protocol.transport import READ_TIMEOUT_S
from . import guard
from .process import ServerProcess


@dataclass(frozen=True, eq=False)
class ManagedServer:
    """A running `opencode serve` of our own; `stop()` ends it and everything it started."""

    url: str
    username: str
    password: str = field(repr=False)
    version: str
    directory: Path
    pid: int
    project_config: bool
    process: ServerProcess = field(repr=False)
    scratch: Path = field(repr=False)
    """A folder of its own, which goes with it."""

    @property
    def alive(self) -> bool:
        """Whether the server process still runs."""
        return self.process.alive

    @property
    def seen_denies(self) -> tuple[FoundRule, ...] | None:
        """The asks and denies of the configuration, as the guard saw them; None before it ran."""
        return guard.read_report(self.scratch / guard.REPORT)

    @property
    def closed(self) -> bool:
        """Whether the guard keeps the code of a folder that is not trusted from being imported."""
        return guard.closed(self.scratch / guard.REPORT)

    def report(self) -> bytes:
        """Return the guard's report as it stands, for a later server to build on."""
        return (self.scratch / guard.REPORT).read_bytes()

    def client(self, directory: Path | None = None, *, timeout_s: float = READ_TIMEOUT_S) -> Client:
        """Return a client of this server, with its password.

        Parameters
        ----------
        directory:
            the project to look at; the server's own by default.
        timeout_s:
            how long to wait for an answer, in seconds.
        """
        client = Client(
            self.url,
            username=self.username,
            password=self.password,
            directory=str(directory or self.directory),
            timeout_s=timeout_s,
        )
        client.speak(self.version)
        client.guarded = True
        return client

    def stop(self) -> None:
        """End the server and every process it started; a second call does nothing."""
        self.process.stop()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def __enter__(self) -> ManagedServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
