"""OpenCode: the whole server, route by route, in groups that are named as its API names them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from ..model.agents import Agent, ServerCommand
from ..model.asks import PermissionRequest, QuestionRequest
from ..model.catalogue import Skill
from ..model.sessions import Health, Paths
from ..protocol.dialect import Feed
from ..protocol.directory import check_served
from ..protocol.fanout import Fanout
from ..protocol.transport import CONNECT_TIMEOUT_S, READ_TIMEOUT_S, USERNAME
from .groups import Groups
from .speaking import Speaking
from .subscriptions import Events

if TYPE_CHECKING:
    from typing_extensions import Self


Kind = TypeVar("Kind", bound="Client")


class Client(Speaking, Groups):
    """One server, seen from one project directory, without asking a turn.

    Parameters
    ----------
    base_url:
        e.g. `http://127.0.0.1:4096`. Credentials inside are taken out and sent as a header.
    username, password:
        for HTTP Basic; no password, no header.
    directory:
        the project the server should look at; None is the directory it was started in.
    timeout_s:
        how long to wait for an answer, in seconds.
    spare:
        another password, for where the first is not the one that is wanted.
    options:
        for tests: `transport`, another httpx transport, and `sleep`, which waits between tries.
    """

    def __init__(
        self,
        base_url: str,
        *,
        username: str = USERNAME,
        password: str | None = None,
        directory: str | None = None,
        timeout_s: float = READ_TIMEOUT_S,
        spare: str = "",
        **options: Any,
    ) -> None:
        super().__init__(
            base_url,
            username=username,
            password=password,
            directory=directory,
            timeout_s=timeout_s,
            spare=spare,
            **options,
        )
        self.fanout = Fanout(self, self._feed)
        """Its event connections."""
        self.event = Events(self, self.fanout)
        self.guarded = False
        """Whether the server asks about all shell text, as one does that this package started."""
        self._found_in: str | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_url!r})"

    def _feed(self, directory: str | None, *, everywhere: bool = False) -> Feed:
        return self.dialect.feed(directory, everywhere=everywhere)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back. Closing twice is fine."""
        self.fanout.close()
        super().close()

    def another(self) -> Self:
        """Return a client of the same server with connections of its own.

        Closing it closes only these.
        """
        return self._another(type(self))

    def _another(self, kind: type[Kind]) -> Kind:
        other = kind(
            self.base_url,
            username=self.username,
            directory=self.directory,
            timeout_s=self.timeout_s,
            transport=self._transport,
            sleep=self.sleep,
        )
        other.close()  # it knows no password yet
        other.redact, other._auth = self.redact, self._auth
        if self._dialect is not None:
            other.speak(self.version)
        other.guarded = self.guarded
        other._http = other.new_http()
        return other

    # -- the server ----------------------------------------------------------------------------

    def health(self, *, timeout_s: float = CONNECT_TIMEOUT_S) -> Health:
        """Return whether the server is well, and its version; wait for `timeout_s` and ask once."""
        return self.dialect.server.health(timeout_s=timeout_s)

    def doc(self) -> dict[str, Any]:
        """Return the server's OpenAPI document: 0.5 MB, 4 to 9 s the first time."""
        return self.dialect.server.doc()

    def dispose(self) -> None:
        """Drop the project's state: running turns, what they wait for, what was always allowed.

        The event streams of the directory end. The server goes on; there is no route to end it.
        """
        self.dialect.server.dispose()

    def log(
        self,
        message: str,
        *,
        level: Literal["debug", "info", "warn", "error"] = "info",
        service: str = "opencode_magic",
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        """Write a line into the server's log.

        Parameters
        ----------
        message, level, service:
            what is said, how grave it is, and by whom.
        extra:
            more fields of the line.
        """
        self.dialect.server.log(message, level=level, service=service, extra=extra)

    # -- what it knows -------------------------------------------------------------------------

    def agents(self) -> list[Agent]:
        """Return the agents and subagents with their effective rules."""
        return self.dialect.server.agents()

    def commands(self) -> list[ServerCommand]:
        """Return the server's own slash commands."""
        return self.dialect.server.commands()

    def skills(self) -> list[Skill]:
        """Return the skills agents may load."""
        return self.dialect.server.skills()

    def paths(self) -> Paths:
        """Return the folders of the server and of the directory."""
        return self.dialect.server.paths()

    def own_directory(self) -> str:
        """Return the directory the server was started in."""
        return self.dialect.server.paths(of_server=True).directory

    def check_directory(self) -> None:
        """Raise InputError, before anything is sent, where the server works in another folder.

        What it answers for is compared with what was asked, once for each directory.
        """
        if self.directory and self._found_in != self.directory:
            check_served(self.directory, self.paths())
            self._found_in = self.directory

    # -- what waits for an answer --------------------------------------------------------------

    def pending(self) -> list[PermissionRequest | QuestionRequest] | None:
        """Return what waits for an answer in the directory; None where the server cannot say."""
        return self.dialect.pending()

    def refuse(self, ask: PermissionRequest | QuestionRequest, *, message: str = "") -> None:
        """Reject `ask`, which the server waits for; with a `message` the turn goes on."""
        self.dialect.answer(ask, "reject", message=message)
