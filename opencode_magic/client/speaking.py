"""What a client speaks to its server: found out once, and again where another version answers."""

from __future__ import annotations

from typing import Any

import httpx

from ..errors import (
    ChangedError,
    NotOpencodeError,
    OpencodeError,
    ServerError,
    UnauthorizedError,
    UnsupportedError,
)
from ..protocol.detect import FIRST, AnyDialect, detect, dialect_of, is_the_second
from ..protocol.reading import Reading
from ..protocol.transport import CONNECT_TIMEOUT_S, Connection, Params
from .login import Login


class Speaking(Connection):
    """A connection that finds out which dialect its server speaks, and which password it wants.

    Parameters
    ----------
    base_url, options:
        as for `Connection`.
    spare:
        another password, for where the first is not the one that is wanted.
    """

    def __init__(self, base_url: str, *, spare: str = "", **options: Any) -> None:
        super().__init__(base_url, **options)
        self._dialect: AnyDialect | None = None
        self._checking = False
        self._spare = Login(self.username, spare)
        self.conceal(spare)

    @property
    def dialect(self) -> AnyDialect:
        """What the server speaks. It is asked for that, once, where that is not known yet."""
        if self._dialect is None:
            self.probe()
        assert self._dialect is not None
        return self._dialect

    @property
    def reading(self) -> Reading:
        """How answers are read."""
        return self._dialect.reading if self._dialect else FIRST

    def speak(self, version: str) -> None:
        """Speak to the server as to one of this `version`, without asking it."""
        self.version = version
        self._dialect = dialect_of(version, self)

    def probe(self) -> str:
        """Return the version of the server; raise UnsupportedError where we cannot drive it.

        From then on the client knows what the server can do (`capabilities`), and refuses what it
        cannot before sending anything. NotOpencodeError is raised for another program.
        """
        self._dialect, self.version = None, ""
        if self._spare.password and not self._wants_the_first():
            self._log_in_otherwise()
        try:
            version = detect(self, timeout_s=CONNECT_TIMEOUT_S)
        except UnauthorizedError:
            if not self._spare.password:
                raise
            self._log_in_otherwise()
            version = detect(self, timeout_s=CONNECT_TIMEOUT_S)
        self._spare = Login()
        self.speak(version)
        return version

    def _wants_the_first(self) -> bool:
        """Return whether the server is of the major that reads the first of two passwords.

        It is asked without any: a wrong one might be counted.
        """
        with self.new_http(anonymous=True) as http:
            return is_the_second(self, http=http, timeout_s=CONNECT_TIMEOUT_S)

    def _log_in_otherwise(self) -> None:
        """Use the other password."""
        login, self._spare = self._spare, Login()
        self._auth, before = httpx.BasicAuth(login.username, login.password), self._http
        self._http = self.new_http()
        before.close()

    def recheck(self) -> None:
        """Find out whether still the same version answers; raise ChangedError where it does not."""
        before, dialect = self.version, self._dialect
        if dialect is None or not before:
            return
        try:
            now = dialect.server.health(timeout_s=CONNECT_TIMEOUT_S).version
        except (NotOpencodeError, UnsupportedError, ServerError):
            self.version = ""  # nothing is known of the server until it says what it is
            try:
                now = detect(self, timeout_s=CONNECT_TIMEOUT_S)
            finally:
                self.version = before
        self.speak(now)
        if dialect.name != self.dialect.name:
            raise ChangedError(
                f"{self.base_url} is opencode {now} now and no longer {before}; from here on it is "
                "spoken to as that: do it once more"
            )

    def respond(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request and return its answer; see `Connection.respond`.

        A route that is not known may be that of another version: ChangedError is raised then.
        """
        try:
            return super().respond(method, path, **options)
        except UnsupportedError:
            if self._checking:
                raise
            self._checking = True
            try:
                self.recheck()
            except ChangedError:
                raise
            except OpencodeError:  # then what was found first is said
                pass
            finally:
                self._checking = False
            raise

    def request(
        self, method: str, path: str, *, params: Params | None = None, json: Any = None
    ) -> Any:
        """Send a request to any route and return its JSON as plain values.

        What the server tells of configuration, providers and models has keys in it, which OpenCode
        2 does not mask: there they are taken out.
        """
        if self._dialect is None:  # who answers decides how a folder is named, what is masked
            self.probe()
        return super().request(method, path, params=params, json=json)
