"""The one guarded call: how a request travels, and what counts as an answer.

Credentials go in the header and never in the address, loopback never through a proxy, and an
answer counts only with the right status, content type and JSON. Reads are repeated where the line
broke, writes only where they cannot have been carried out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl

import httpx
import msgspec

from ..errors import (
    BusyError,
    InputError,
    NotFoundError,
    NotOpencodeError,
    OpencodeError,
    ServerError,
    UnauthorizedError,
    UnreachableError,
    UnreadableError,
    UnsupportedError,
)
from ..text import jsontext
from ..text.characters import halves
from ..text.redact import Redactor
from ..text.shellline import bare
from .address import check_place, is_loopback, parse_address
from .directory import check_directory
from .failures import told
from .proxies import STATUSES, proxy_for, way_out
from .reading import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")
Json = dict[str, Any]
Params = Mapping[str, "str | int | None"]

USERNAME = "opencode"
CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 60.0
RETRY_AFTER_S = (0.1, 0.4)  # before a request is sent once more
PASSING = (502, 503, 504)  # what a proxy answers while the server behind it restarts
SHOWN_OF_AN_ERROR = 500  # characters


class Connection:
    """The way to one server, seen from one project directory; see `OpenCode` for the parameters.

    For tests: `transport` is another httpx transport, `sleep` what waits between two tries.
    """

    @property
    def reading(self) -> Reading:
        """How answers are read: whoever knows the server's dialect says so."""
        raise NotImplementedError

    def __init__(
        self,
        base_url: str,
        *,
        username: str = USERNAME,
        password: str | None = None,
        directory: str | None = None,
        timeout_s: float = READ_TIMEOUT_S,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        url = parse_address(base_url)
        self.username = url.username or username
        secret = password or url.password or None
        if secret and halves(f"{self.username}{secret}"):
            raise InputError("the password or the user name is not UTF-8: no server takes it")
        self.base_url = str(url.copy_with(username=None, password=None)).rstrip("/")
        self.directory = directory
        self.timeout_s = timeout_s
        self.version = ""
        """The server's version, once `OpenCode.probe` has asked for it."""
        self.loopback = is_loopback(url.host)
        self._host = url.host
        self.proxy = None if self.loopback else proxy_for(url)
        """The proxy on the way to the server."""
        self.redact = Redactor.of(secret, self.username)
        """Takes the secrets this client knows out of a text; it does so with all that it reads."""
        # Kept as an object without a repr: tracebacks may show what variables hold.
        self._auth = httpx.BasicAuth(self.username, secret) if secret else None
        self._transport = transport
        self.sleep = sleep
        self._http = self.new_http()

    @property
    def exposed(self) -> bool:
        """True where the password goes over a network as plain text."""
        return bool(self._auth) and not self.loopback and self.base_url.startswith("http://")

    @property
    def capabilities(self) -> frozenset[str]:
        """The features this server has that others lack; all of them before `probe`."""
        return self.reading.capabilities(self.version)

    def need(self, capability: str) -> None:
        """Raise UnsupportedError, before anything is sent, where the server cannot do this."""
        if capability not in self.capabilities:
            raise UnsupportedError(f"opencode {self.version} {self.reading.lacks(capability)}")

    def recheck(self) -> None:
        """Raise ChangedError where another version answers than before; whoever knows it checks."""

    def conceal(self, secret: str) -> None:
        """Take this password or key out of whatever is read from the server from now on."""
        self.redact |= Redactor.of(secret)

    def close(self) -> None:
        """Give the connections back. Closing twice is fine."""
        self._http.close()

    def new_http(self, *, anonymous: bool = False) -> httpx.Client:
        """Return a separate httpx client with the same address, credentials and rules.

        With `anonymous` it has no credentials.
        """
        try:
            return httpx.Client(
                base_url=self.base_url,
                auth=None if anonymous else self._auth,
                timeout=httpx.Timeout(self.timeout_s, connect=CONNECT_TIMEOUT_S),
                # httpx would hand loopback credentials to HTTP_PROXY.
                trust_env=not self.loopback,
                transport=self._transport,
            )
        except (ImportError, ValueError, httpx.InvalidURL) as error:
            # It reads every proxy of the environment; a message of its own may hold a password.
            if self.proxy is None:
                raise InputError(
                    "a proxy that the environment names cannot be used; look at HTTP_PROXY, "
                    "HTTPS_PROXY and ALL_PROXY"
                ) from None
            needs = " without the package socksio (`pip install 'httpx[socks]'`)"
            raise InputError(
                f"{self.proxy} cannot be used{needs if isinstance(error, ImportError) else ''}; "
                f"{way_out(self.proxy, self._host)}"
            ) from None

    def call(
        self,
        method: str,
        path: str,
        kind: type[T],
        *,
        params: Params | None = None,
        json: Any = None,
        timeout_s: float | None = None,
        http: httpx.Client | None = None,
        repeat: bool = True,
    ) -> T:
        """Send one request and read its answer as `kind` (`NoneType` for "no content").

        Parameters
        ----------
        params:
            the query; None values are left out, and the directory is added.
        timeout_s:
            how long to wait for the answer, in seconds; None is the client's own limit.
        http:
            another httpx client to send it with.
        repeat:
            False where it must be tried once only.

        Raises
        ------
        ConnectError
            no OpenCode server answers.
        ServerError
            it refuses the request.
        """
        response = self.respond(
            method, path, params=params, json=json, timeout_s=timeout_s, http=http, repeat=repeat
        )
        return self.read(response, kind)

    def respond(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: Any = None,
        timeout_s: float | None = None,
        http: httpx.Client | None = None,
        repeat: bool = True,
        is_file: bool = False,
    ) -> httpx.Response:
        """Send one request and return its answer, which is a success; see `call`.

        With `is_file` it may be anything, a web page, too.
        """
        query = {k: v for k, v in self._scoped(params).items() if v is not None}
        for text in (path, *query.values()):
            if isinstance(text, str):
                check_place(text)
        body = None if json is None else jsontext.encoded(json, f"{method} {path}")
        headers = None if body is None else {"content-type": "application/json"}
        timeout = httpx.USE_CLIENT_DEFAULT if timeout_s is None else _timeout(timeout_s)
        pauses = iter(RETRY_AFTER_S if repeat else ())
        while True:
            try:
                with self.translated(f"{method} {path}"):
                    response = (http or self._http).request(
                        method, path, params=query, content=body, headers=headers, timeout=timeout
                    )
                self.guard(response, is_file=is_file)
            except (UnreachableError, ServerError) as error:
                pause_s = next(pauses, None) if _may_repeat(method, error) else None
                if pause_s is None:
                    raise
                self.sleep(pause_s)
            else:
                return response

    def wait_for(
        self,
        method: str,
        path: str,
        kind: type[T],
        *,
        json: Any = None,
        timeout_s: float | None = None,
    ) -> T:
        """Send a request that is answered only when all is done, on a connection of its own.

        It waits for `timeout_s` seconds, and without a limit for None. It raises what `call` does.
        """
        with self.new_http() as http:
            http.timeout = httpx.Timeout(timeout_s, connect=CONNECT_TIMEOUT_S)
            return self.call(method, path, kind, json=json, http=http)

    def request(
        self, method: str, path: str, *, params: Params | None = None, json: Any = None
    ) -> Any:
        """Send a request to any route and return its JSON as plain values.

        The query may stand in the path, too.
        """
        path, _, told = path.partition("?")
        params = {**dict(parse_qsl(told, keep_blank_values=True)), **(params or {})}
        return self.call(method, path, object, params=params, json=json)

    def _scoped(self, params: Params | None) -> Json:
        if not self.directory:
            return dict(params or {})
        check_directory(self.directory)
        return {**self.reading.scope(self.directory), **(params or {})}

    @contextmanager
    def translated(self, what: str) -> Iterator[None]:
        """Raise ours for httpx's exceptions; `what` is the request, e.g. `GET /event`."""
        try:
            with told(what, self.base_url, self._host, self.proxy):
                yield
        except KeyboardInterrupt:
            # It may have struck inside httpx's pool; the next call must not find it half-locked.
            self._http, broken = self.new_http(), self._http
            broken.close()
            raise

    def read(self, response: httpx.Response, kind: type[T]) -> T:
        """Return what a response says, as `kind`."""
        if kind is type(None):
            return None  # `kind` says so
        text = bare(self.redact(response.text))
        try:
            value = jsontext.decoded(self.reading.decoder(kind).decode, text)
            return self.reading.without_keys(response.request.url.path, value)
        except (msgspec.DecodeError, RecursionError) as error:
            where = f"{response.request.method} {response.request.url.path}"
            raise ServerError(
                f"the answer to {where} is not what this version of opencode_magic reads: {error}",
                status=response.status_code,
            ) from error

    def guard(self, response: httpx.Response, *, is_file: bool = False) -> None:
        """Raise unless `response` is a success of an OpenCode server, of a file with `is_file`."""
        status = response.status_code
        where = f"{response.request.method} {response.request.url.path}"
        if status == httpx.codes.UNAUTHORIZED:
            raise UnauthorizedError(
                f"{self.base_url} wants {'another' if self._auth else 'a'} password: "
                "set OPENCODE_PASSWORD or OPENCODE_SERVER_PASSWORD (and OPENCODE_SERVER_USERNAME "
                "where it is not opencode) and connect again"
            )
        if self.proxy is not None and status in STATUSES:
            raise ServerError(
                f"{where} failed ({status}), which {self.proxy} may say itself: it wants a login, "
                f"or does not reach {self._host}; {way_out(self.proxy, self._host)}",
                status=status,
            )
        content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        # Unknown routes answer 200 with the web app (1.14.41 and later).
        if content_type == "text/html" and not is_file:
            if self.version:
                raise self._unknown_route(where)
            through = f", through {self.proxy}" if self.proxy else ""
            raise NotOpencodeError(
                f"{self.base_url} answered {where} with a web page, not with OpenCode's API"
                f"{through}; check the address"
            )
        if response.is_success:
            return
        response.read()
        raise self._refusal(response, where)

    def _unknown_route(self, where: str) -> UnsupportedError:
        advice = self.reading.about_routes(self.version)
        return UnsupportedError(f"opencode {self.version} does not know {where}; {advice}")

    def _refusal(self, response: httpx.Response, where: str) -> OpencodeError:
        status = response.status_code
        try:
            body = jsontext.decoded(msgspec.json.decode, response.text)
        except (msgspec.DecodeError, RecursionError):
            body = response.text
        said = self.reading.refusal(body, status)
        name = said.name
        if self.version and said.unknown_route:
            return self._unknown_route(where)
        if said.unusable_file:
            words = self.redact(f"opencode cannot use {said.unusable_file}")
            words = words[:SHOWN_OF_AN_ERROR]
            return UnreadableError(f"{words}; fix that file", status=status, name=name)
        shown = self.redact(said.message)[:SHOWN_OF_AN_ERROR] or response.reason_phrase
        if status == httpx.codes.NOT_FOUND:
            return NotFoundError(shown, status=status, name=name)
        if status == httpx.codes.CONFLICT or said.busy:
            return BusyError(shown, status=status, name=name)
        words = f"{where} failed ({status}): {shown}"
        return ServerError(words, status=status, name=name, said=shown)


def _may_repeat(method: str, error: UnreachableError | ServerError) -> bool:
    """Return whether sending the request once more can do no harm, and may help."""
    if isinstance(error, ServerError):
        return method == "GET" and error.status in PASSING
    return not error.timed_out and (method == "GET" or not error.sent)


def _timeout(seconds: float) -> httpx.Timeout:
    return httpx.Timeout(seconds, connect=min(seconds, CONNECT_TIMEOUT_S))
