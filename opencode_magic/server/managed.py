"""The one server a kernel owns, while it runs."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from ..client import Client
from ..protocol.transport import READ_TIMEOUT_S
from .guard import Guard
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
    guard: Guard = field(repr=False)

    @property
    def alive(self) -> bool:
        """Whether the server process still runs."""
        return self.process.alive

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
        shutil.rmtree(self.guard.scratch, ignore_errors=True)

    def __enter__(self) -> ManagedServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
