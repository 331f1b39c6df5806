"""OpenCode: a small synchronous client of the server's HTTP API.

Every request passes one guarded call: credentials in the header and never in the address, no proxy
for loopback, and an answer counts only with the right status, content type and JSON. Paths and
field names of the server stay in here and in `wire`, `events` and `stream`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from . import wire
from .errors import (
    BusyError,
    InputError,
    NotFoundError,
    NotOpencodeError,
    OpencodeError,
    ServerError,
    UnauthorizedError,
    UnreachableError,
    UnsupportedError,
)
from .redact import Redactor
from .versions import check_version

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")
Json = dict[str, Any]

USERNAME = "opencode"
CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 60.0
MOST_FOUND = 200  # more is a 400
SHOWN_OF_AN_ERROR = 500  # characters


class OpenCode:
    """One server, seen from one project directory.

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
    transport:
        another httpx transport, for tests.
    """

    def __init__(
        self,
        base_url: str,
        *,
        username: str = USERNAME,
        password: str | None = None,
        directory: str | None = None,
        timeout_s: float = READ_TIMEOUT_S,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        url = _address(base_url)
        self.username = url.username or username
        secret = password or url.password or None
        self.base_url = str(url.copy_with(username=None, password=None)).rstrip("/")
        self.directory = directory
        self.timeout_s = timeout_s
        self.loopback = _is_loopback(url.host)
        self.redact = Redactor.of(secret, self.username)
        # Kept as an object without a repr: tracebacks may show what variables hold.
        self._auth = httpx.BasicAuth(self.username, secret) if secret else None
        self._transport = transport
        self._http = self.new_http()
        self.session = Sessions(self)
        self.permission = Permissions(self)
        self.question = Questions(self)
        self.config = Configuration(self)
        self.file = Files(self)
        self.vcs = Vcs(self)

    def __repr__(self) -> str:
        return f"OpenCode({self.base_url!r})"

    def __enter__(self) -> OpenCode:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back. Closing twice is fine."""
        self._http.close()

    def new_http(self) -> httpx.Client:
        """A separate httpx client with the same address, credentials and rules."""
        return httpx.Client(
            base_url=self.base_url,
            auth=self._auth,
            timeout=httpx.Timeout(self.timeout_s, connect=CONNECT_TIMEOUT_S),
            # httpx would hand loopback credentials to HTTP_PROXY.
            trust_env=not self.loopback,
            transport=self._transport,
        )

    # -- the one guarded call ------------------------------------------------------------------

    def call(
        self,
        method: str,
        path: str,
        kind: type[T],
        *,
        params: Mapping[str, str | int | None] | None = None,
        json: Any = None,
        timeout_s: float | None = None,
        http: httpx.Client | None = None,
    ) -> T:
        """Send one request and read its answer as `kind` (`NoneType` for "no content").

        Raises a `ConnectError` where no OpenCode server answers, a `ServerError` where it refuses.
        """
        query = {k: v for k, v in self._scoped(params).items() if v is not None}
        timeout = httpx.USE_CLIENT_DEFAULT if timeout_s is None else _timeout(timeout_s)
        with self.translated(f"{method} {path}"):
            response = (http or self._http).request(
                method, path, params=query, json=json, timeout=timeout
            )
        return self._read(response, kind)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int | None] | None = None,
        json: Any = None,
    ) -> Any:
        """Send a request to any route and return its JSON as plain values."""
        return self.call(method, path, object, params=params, json=json)

    def _scoped(self, params: Mapping[str, str | int | None] | None) -> Json:
        return {"directory": self.directory, **(params or {})}

    @contextmanager
    def translated(self, what: str) -> Iterator[None]:
        """Turn httpx's exceptions into ours, in words that name the server and `what` was asked."""
        try:
            yield
        except KeyboardInterrupt:
            # It may have struck inside httpx's pool; the next call must not find it half-locked.
            self._http, broken = self.new_http(), self._http
            broken.close()
            raise
        except httpx.ConnectError as error:
            raise UnreachableError(
                f"nothing answers at {self.base_url} ({_words(error)}); is the server running?"
            ) from error
        except httpx.TimeoutException as error:
            raise UnreachableError(
                f"{self.base_url} did not answer {what} in time; try again, or restart the server"
            ) from error
        except httpx.UnsupportedProtocol as error:
            raise InputError(f"{self.base_url} is not an http address") from error
        except httpx.TransportError as error:
            raise UnreachableError(
                f"the connection to {self.base_url} broke during {what} ({_words(error)})"
            ) from error

    def _read(self, response: httpx.Response, kind: type[T]) -> T:
        self.guard(response)
        if kind is type(None):
            return None  # `kind` says so
        text = self.redact(response.text)
        try:
            return wire.decoder(kind).decode(text)
        except msgspec.DecodeError as error:
            where = f"{response.request.method} {response.request.url.path}"
            raise ServerError(
                f"the answer to {where} is not what this version of opencode_magic reads: {error}",
                status=response.status_code,
            ) from error

    def guard(self, response: httpx.Response) -> None:
        """Raise unless `response` is a success of an OpenCode server."""
        status = response.status_code
        where = f"{response.request.method} {response.request.url.path}"
        if status == httpx.codes.UNAUTHORIZED:
            raise UnauthorizedError(
                f"{self.base_url} wants {'another' if self._auth else 'a'} password: "
                "set OPENCODE_SERVER_PASSWORD (and OPENCODE_SERVER_USERNAME) and connect again"
            )
        content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        # Unknown routes answer 200 with the web app (1.14.41 and later).
        if content_type == "text/html":
            raise NotOpencodeError(
                f"{self.base_url} answered {where} with a web page, not with OpenCode's API; "
                "check the address"
            )
        if response.is_success:
            return
        response.read()
        raise self._refusal(response, where)

    def _refusal(self, response: httpx.Response, where: str) -> ServerError:
        status = response.status_code
        try:
            body = msgspec.json.decode(response.content)
        except msgspec.DecodeError:
            body = response.text
        name, message = _error_words(body)
        shown = self.redact(message)[:SHOWN_OF_AN_ERROR] or response.reason_phrase
        if status == httpx.codes.NOT_FOUND:
            return NotFoundError(shown, status=status, name=name)
        if status == httpx.codes.CONFLICT:
            return BusyError(shown, status=status, name=name)
        return ServerError(f"{where} failed ({status}): {shown}", status=status, name=name)

    # -- the server ----------------------------------------------------------------------------

    def health(self, *, timeout_s: float = CONNECT_TIMEOUT_S) -> wire.Health:
        """Whether the server is well, and its version."""
        return self.call("GET", "/global/health", wire.Health, timeout_s=timeout_s)

    def probe(self) -> str:
        """The version of the server, or an error in words where we cannot drive it."""
        try:
            version = self.health().version
        except (NotOpencodeError, ServerError) as error:
            # 2.x has no such route; it describes itself elsewhere.
            raise self._second_dialect() or NotOpencodeError(
                f"{self.base_url} is no OpenCode server ({error.message}); check the address"
            ) from error
        check_version(version)
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

    def agents(self) -> list[wire.Agent]:
        """The agents and subagents with their effective rules."""
        return self.call("GET", "/agent", list[wire.Agent])

    def commands(self) -> list[wire.Command]:
        """The server's own slash commands."""
        return self.call("GET", "/command", list[wire.Command])

    def own_directory(self) -> str:
        """The directory the server was started in."""
        return self.call("GET", "/path", wire.Paths, params={"directory": None}).directory

    def project(self) -> wire.Project:
        """The project of the directory."""
        return self.call("GET", "/project/current", wire.Project)

    def pending(self) -> list[wire.PermissionRequest | wire.QuestionRequest] | None:
        """What waits for an answer in the directory; None where the server cannot say."""
        try:
            return [*self.permission.list(), *self.question.list()]
        except ServerError:  # 1.18.33 answers 400 while a webfetch without timeout asks
            return None

    def refuse(
        self, ask: wire.PermissionRequest | wire.QuestionRequest, *, message: str = ""
    ) -> None:
        """Reject what the server asks; with a message a turn that waits for it goes on."""
        if isinstance(ask, wire.PermissionRequest):
            self.permission.reply(ask.id, "reject", message=message)
        else:
            self.question.reject(ask.id)


class Resource:
    """A group of routes of one client."""

    def __init__(self, client: OpenCode) -> None:
        self._client = client
        self._call = client.call


class Sessions(Resource):
    """Sessions, their messages and turns."""

    def list(
        self, *, limit: int | None = None, search: str = "", roots: bool = False
    ) -> Sequence[wire.Session]:
        """Sessions of the directory, newest first; `roots` leaves out subagents'."""
        params = {"limit": limit, "search": search or None, "roots": "true" if roots else None}
        return self._call("GET", "/session", list[wire.Session], params=params)

    def create(
        self,
        *,
        title: str = "",
        metadata: Json | None = None,
        permission: Sequence[wire.Rule] = (),
    ) -> wire.Session:
        """A new session. A title of ours saves the server a request to the model."""
        rules = [{"permission": r.permission, "pattern": r.pattern, "action": r.action}
                 for r in permission]  # fmt: skip
        body: Json = {"title": title, "metadata": metadata, "permission": rules}
        return self._call("POST", "/session", wire.Session, json=_filled(body))

    def get(self, session_id: str) -> wire.Session:
        """One session."""
        return self._call("GET", _at(session_id), wire.Session)

    def statuses(self) -> dict[str, wire.Status]:
        """What the sessions do that are not idle; an absent one is idle."""
        return self._call("GET", "/session/status", dict[str, wire.Status])

    def children(self, session_id: str) -> Sequence[wire.Session]:
        """The subagents' sessions."""
        return self._call("GET", _at(session_id, "/children"), list[wire.Session])

    def messages(self, session_id: str, *, limit: int | None = None) -> Sequence[wire.Message]:
        """The newest `limit` messages (all by default), oldest first."""
        params = {"limit": limit}
        return self._call("GET", _at(session_id, "/message"), list[wire.Message], params=params)

    def todos(self, session_id: str) -> Sequence[wire.Todo]:
        """The session's task list."""
        return self._call("GET", _at(session_id, "/todo"), list[wire.Todo])

    def diff(self, session_id: str, message_id: str) -> Sequence[wire.FileDiff]:
        """What the turn of that user message changed (without a message 1.17+ says nothing)."""
        params = {"messageID": message_id}
        return self._call("GET", _at(session_id, "/diff"), list[wire.FileDiff], params=params)

    def prompt_async(
        self,
        session_id: str,
        text: str,
        *,
        model: str = "",
        agent: str = "",
        variant: str = "",
    ) -> None:
        """Hand a prompt over; what comes of it is seen on the event stream only.

        `model` is `provider/model`; model ids may hold further slashes and colons.
        """
        provider_id, _, model_id = model.partition("/")
        body: Json = {
            "parts": [{"type": "text", "text": text}],
            "model": {"providerID": provider_id, "modelID": model_id} if model else None,
            "agent": agent,
            "variant": variant,
        }
        self._call("POST", _at(session_id, "/prompt_async"), type(None), json=_filled(body))

    def command(
        self, session_id: str, name: str, arguments: str, *, model: str = "", agent: str = ""
    ) -> None:
        """Run one of the server's slash commands; answers when it is done."""
        body = {**_filled({"model": model, "agent": agent}), "command": name,
                "arguments": arguments}  # fmt: skip
        self._blocking(_at(session_id, "/command"), body)

    def shell(self, session_id: str, command: str, *, agent: str = "") -> None:
        """Run a shell command of the user's in the session; answers when it has ended."""
        body = {"agent": agent or "build", "command": command}
        self._blocking(_at(session_id, "/shell"), body)

    def _blocking(self, path: str, body: Json) -> None:
        # Its own connection, and no limit: it answers when all is done.
        with self._client.new_http() as http:
            http.timeout = httpx.Timeout(None, connect=CONNECT_TIMEOUT_S)
            self._call("POST", path, object, json=body, http=http)

    def abort(self, session_id: str, *, timeout_s: float | None = None) -> None:
        """Stop whatever the session and its subagents do. The server says `true` to anything."""
        self._call("POST", _at(session_id, "/abort"), bool, timeout_s=timeout_s)

    def revert(self, session_id: str, message_id: str) -> wire.Session:
        """Put files back to before that user message. 409 while a turn runs."""
        body = {"messageID": message_id}
        return self._call("POST", _at(session_id, "/revert"), wire.Session, json=body)

    def unrevert(self, session_id: str) -> wire.Session:
        """Take a revert back."""
        return self._call("POST", _at(session_id, "/unrevert"), wire.Session)

    def add_rules(self, session_id: str, rules: Sequence[Mapping[str, str]]) -> wire.Session:
        """Append permission rules to a session; they bind it, not its subagents."""
        body = {"permission": list(rules)}
        return self._call("PATCH", _at(session_id), wire.Session, json=body)


class Permissions(Resource):
    """What tools wait for."""

    def list(self) -> Sequence[wire.PermissionRequest]:
        """The pending requests of the directory."""
        return self._call("GET", "/permission", list[wire.PermissionRequest])

    def reply(self, request_id: str, reply: str, *, message: str = "") -> None:
        """Answer `once` or `reject`; a rejection with a message lets the turn go on."""
        body = _filled({"reply": reply, "message": message})
        self._call("POST", f"/permission/{_q(request_id)}/reply", object, json=body)


class Questions(Resource):
    """What agents ask."""

    def list(self) -> Sequence[wire.QuestionRequest]:
        """The pending questions of the directory."""
        return self._call("GET", "/question", list[wire.QuestionRequest])

    def reply(self, request_id: str, answers: Sequence[Sequence[str]]) -> None:
        """Answer: a list of labels for each question, in order."""
        body = {"answers": [list(labels) for labels in answers]}
        self._call("POST", f"/question/{_q(request_id)}/reply", object, json=body)

    def reject(self, request_id: str) -> None:
        """Refuse to answer; the turn ends."""
        self._call("POST", f"/question/{_q(request_id)}/reject", object, json={})


class Configuration(Resource):
    """The merged configuration. It holds keys: only what we need is read."""

    def get(self) -> wire.Config:
        """The configured model and agent."""
        return self._call("GET", "/config", wire.Config)

    def providers(self) -> wire.Providers:
        """The usable providers with their models (8 kB; `/provider` would be 6.4 MB)."""
        return self._call("GET", "/config/providers", wire.Providers)


class Files(Resource):
    """The files of the directory, as the server sees them."""

    def list(self, path: str = "") -> Sequence[wire.FileNode]:
        """What lies in a folder. 500 where there is none, and outside of the project."""
        return self._call("GET", "/file", list[wire.FileNode], params={"path": path})

    def content(self, path: str) -> wire.FileContent:
        """A whole file, without its final newline; an empty one where there is none."""
        return self._call("GET", "/file/content", wire.FileContent, params={"path": path})

    def find(self, query: str, *, limit: int = MOST_FOUND) -> Sequence[str]:
        """The files whose paths match best, at most 200."""
        params: Json = {"query": query, "limit": limit, "dirs": "false"}
        return self._call("GET", "/find/file", list[str], params=params)


class Vcs(Resource):
    """What changed since the last commit."""

    def status(self) -> Sequence[wire.FileDiff]:
        """The changed files, without their patches; none where there is no git."""
        return self._call("GET", "/vcs/status", list[wire.FileDiff])

    def diff(self) -> Sequence[wire.FileDiff]:
        """The changed files with their patches."""
        return self._call("GET", "/vcs/diff", list[wire.FileDiff], params={"mode": "git"})


def _address(base_url: str) -> httpx.URL:
    text = base_url.strip()
    if "://" not in text:
        text = f"http://{text}"
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise InputError(f"{_without_password(text)!r} is not an address: {error}") from error
    if url.scheme not in ("http", "https") or not url.host:
        shown = _without_password(text)
        raise InputError(f"{shown!r} is not an http address; try http://127.0.0.1:4096")
    return url


def _without_password(address: str) -> str:
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _timeout(seconds: float) -> httpx.Timeout:
    return httpx.Timeout(seconds, connect=min(seconds, CONNECT_TIMEOUT_S))


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__


def _error_words(body: Any) -> tuple[str, str]:
    """Name and message of the server's several shapes of errors."""
    if not isinstance(body, dict):
        return "", str(body)
    name = str(body.get("name") or body.get("_tag") or "")
    data = body.get("data")
    message = data.get("message") if isinstance(data, dict) else None
    return name, str(message or body.get("message") or name)


def _filled(body: Json) -> Json:
    return {k: v for k, v in body.items() if v not in (None, "", [])}


def _q(value: str) -> str:
    return quote(value, safe="")


def _at(session_id: str, rest: str = "") -> str:
    # The server answers a malformed id with a bare 500.
    if not session_id.startswith("ses"):
        raise InputError(f"{session_id!r} is not a session id (ses_...); `/sessions` lists them")
    return f"/session/{_q(session_id)}{rest}"
