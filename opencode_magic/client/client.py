"""OpenCode: the whole server, route by route, in groups that are named as its API names them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from ..errors import NotOpencodeError, OpencodeError, ServerError, UnsupportedError
from ..model import catalogue as facts
from ..model.agents import Agent, ServerCommand
from ..model.asks import PermissionRequest, QuestionRequest
from ..model.sessions import Health, Paths
from ..protocol.directory import check_served
from ..protocol.fanout import Fanout
from ..protocol.resource import operation
from ..protocol.transport import CONNECT_TIMEOUT_S, READ_TIMEOUT_S, USERNAME, Connection
from ..protocol.v1.bodies import filled
from ..protocol.v1.equipment import Formatters, Lsp, Mcp, Tools
from ..protocol.v1.project import Files, Find, Projects, VersionControl
from ..protocol.v1.sessions import Permissions, Questions, Sessions
from ..protocol.v1.settings import Configuration, Keys, ProviderRoutes
from ..protocol.v1.terminal import Tui
from ..protocol.versions import check_version
from .subscriptions import Events

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self


Ask = PermissionRequest | QuestionRequest
Kind = TypeVar("Kind", bound="Client")


class Client(Connection):
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
        **options: Any,
    ) -> None:
        super().__init__(
            base_url,
            username=username,
            password=password,
            directory=directory,
            timeout_s=timeout_s,
            **options,
        )
        self.fanout = Fanout(self)
        """Its event connections."""
        self.session = Sessions(self)
        self.permission = Permissions(self)
        self.question = Questions(self)
        self.find = Find(self)
        self.file = Files(self)
        self.project = Projects(self)
        self.vcs = VersionControl(self)
        self.config = Configuration(self)
        self.provider = ProviderRoutes(self)
        self.auth = Keys(self)
        self.tool = Tools(self)
        self.mcp = Mcp(self)
        self.lsp = Lsp(self)
        self.formatter = Formatters(self)
        self.event = Events(self, self.fanout)
        self.tui = Tui(self)
        self.guarded = False
        """Whether the server asks about all shell text, as one does that this package started."""
        self._found_in: str | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
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
        other.version, other.redact, other._auth = self.version, self.redact, self._auth
        other.guarded = self.guarded
        other._http = other.new_http()
        return other

    # -- the server ----------------------------------------------------------------------------

    @operation("GET /global/health")
    def health(self, *, timeout_s: float = CONNECT_TIMEOUT_S) -> Health:
        """Whether the server is well, and its version. Asked once: a start is awaited with it."""
        return self.call("GET", "/global/health", Health, timeout_s=timeout_s, repeat=False)

    @operation("GET /doc")
    def doc(self) -> dict[str, Any]:
        """The server's OpenAPI document: 0.5 MB, 4 to 9 s the first time."""
        return self.call("GET", "/doc", dict[str, Any])

    def probe(self) -> str:
        """The version of the server, or an error in words where we cannot drive it.

        From then on the client knows what the server can do (`capabilities`), and asks that before
        it sends anything.
        """
        try:
            version = self.health().version
        except (NotOpencodeError, ServerError) as error:
            # 2.x has no such route; it describes itself elsewhere.
            raise self._second_dialect() or NotOpencodeError(
                f"{self.base_url} is no OpenCode server ({error.message}); check the address"
            ) from error
        check_version(version)
        self.version = version
        return version

    def _second_dialect(self) -> OpencodeError | None:
        try:
            info = self.request("GET", "/api/info")
        except OpencodeError:
            return None
        if not isinstance(info, dict) or not isinstance(info.get("version"), str):
            return None
        return UnsupportedError(
            f"{self.base_url} is OpenCode {info['version']}, which speaks the 2.x API; "
            "connect to a 1.x server (npm install -g opencode-ai@1.18.33)"
        )

    @operation("POST /instance/dispose")
    def dispose(self) -> None:
        """Drop the project's state: running turns, what they wait for, what was always allowed.

        The event streams of the directory end. The server goes on; there is no route to end it.
        """
        self.call("POST", "/instance/dispose", object)

    @operation("POST /log")
    def log(
        self,
        message: str,
        *,
        level: Literal["debug", "info", "warn", "error"] = "info",
        service: str = "opencode_magic",
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        """Write a line into the server's log."""
        body = {
            "service": service,
            "level": level,
            "message": message,
            "extra": dict(extra) if extra else None,
        }
        self.call("POST", "/log", object, json=filled(body))

    # -- what it knows -------------------------------------------------------------------------

    @operation("GET /agent")
    def agents(self) -> list[Agent]:
        """The agents and subagents with their effective rules."""
        return self.call("GET", "/agent", list[Agent])

    @operation("GET /command")
    def commands(self) -> list[ServerCommand]:
        """The server's own slash commands."""
        return self.call("GET", "/command", list[ServerCommand])

    @operation("GET /skill")
    def skills(self) -> list[facts.Skill]:
        """The skills agents may load."""
        return self.call("GET", "/skill", list[facts.Skill])

    @operation("GET /path")
    def paths(self) -> Paths:
        """The folders of the server and of the directory."""
        return self.call("GET", "/path", Paths)

    def own_directory(self) -> str:
        """The directory the server was started in."""
        return self.call("GET", "/path", Paths, params={"directory": None}).directory

    def check_directory(self) -> None:
        """InputError, before anything is sent, where the server works in another folder.

        What it answers for is compared with what was asked, once for each directory.
        """
        if self.directory and self._found_in != self.directory:
            check_served(self.directory, self.paths())
            self._found_in = self.directory

    # -- what waits for an answer --------------------------------------------------------------

    def pending(self) -> list[Ask] | None:
        """What waits for an answer in the directory; None where the server cannot say."""
        try:
            return [*self.permission.list(), *self.question.list()]
        except ServerError:  # 1.18.33 answers 400 while a webfetch without timeout asks
            return None

    def refuse(self, ask: Ask, *, message: str = "") -> None:
        """Reject what the server asks; with a message a turn that waits for it goes on."""
        if isinstance(ask, PermissionRequest):
            self.permission.reply(ask.id, "reject", message=message)
        else:
            self.question.reject(ask.id)
