"""A real `opencode serve`, started plainly: without guard, supervisor or trust gate."""

from __future__ import annotations

import json
import re
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from opencode_magic import OpenCode

from .machine import Machine
from .processes import Child

_LISTENING = re.compile(r"listening on (http://\S+)")
PASSWORD_USER = "opencode"


class PlainServer:
    """`opencode serve` on a free port, from its creation to `stop()`."""

    major = "1"
    passwords: tuple[str, ...] = ("OPENCODE_SERVER_PASSWORD",)
    """The variables by which it is told its password."""
    options: tuple[str, ...] = ()
    """How it is started beside its address."""
    usual_password = ""
    """Where none is given."""
    prompt_route, events_route, models_route = "/prompt_async", "/event", "/config/providers"

    def __init__(
        self,
        opencode: Path,
        machine: Machine,
        directory: Path,
        *,
        password: str = "",
        port: int = 0,
    ) -> None:
        self.directory = directory
        self.password = password = password or self.usual_password
        self.machine = machine
        env = machine.env | (dict.fromkeys(self.passwords, password) if password else {})
        where = ["--port", str(port), "--hostname", "127.0.0.1"]
        self.child = Child(
            [str(opencode), "serve", *self.options, *where],
            cwd=directory,
            env=env,
            log=machine.root / f"server-{time.time_ns()}.log",
            pipe="--stdio" in self.options,
        )
        try:
            self.url = self.child.wait_for(self._address)
            self._wait_until_it_answers()
        except BaseException:
            self.child.stop()
            raise

    @property
    def pid(self) -> int:
        return self.child.pid

    @property
    def alive(self) -> bool:
        return self.child.process.poll() is None

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0

    @property
    def auth(self) -> tuple[str, str] | None:
        return (PASSWORD_USER, self.password) if self.password else None

    def http(self, timeout_s: float = 30) -> httpx.Client:
        """A bare client in the server's directory, for what a test wants to see for itself."""
        return httpx.Client(
            base_url=self.url,
            auth=self.auth,
            trust_env=False,
            timeout=timeout_s,
            params=self._scope,
        )

    def client(self, url: str = "") -> OpenCode:
        """Our client in the server's directory; by another `url` where a proxy stands between."""
        return OpenCode(url or self.url, password=self.password, directory=str(self.directory))

    def dispose(self) -> None:
        """Drop running turns, pending asks and `always` grants."""
        with self.http() as http:
            http.post("/instance/dispose").raise_for_status()

    def kill(self) -> None:
        """Let the server die as in a crash."""
        self.child.process.kill()
        self.child.process.wait()

    def stop(self) -> None:
        if self.child.process.poll() is None:
            with suppress(httpx.HTTPError):  # a server that hangs is ended all the same
                self.dispose()
        # After a few turns opencode 1.18.33 sometimes outlives SIGTERM by more than 5 s.
        self.child.stop(grace_s=1)

    def _wait_until_it_answers(self, timeout_s: float = 30) -> None:
        """A request that lands while the server boots is never answered: ask in short attempts."""
        end = time.monotonic() + timeout_s
        with self.http(timeout_s=1) as http:
            while True:
                try:
                    if self._answers(http):
                        return
                except httpx.TransportError as error:
                    last: object = error
                else:
                    last = "it is still loading the folder"
                assert time.monotonic() < end, f"{self.url} does not answer: {last}"
                time.sleep(0.02)  # it has better things to do while it starts

    @property
    def _scope(self) -> dict[str, str]:
        return {"directory": str(self.directory)}

    def _address(self, output: str) -> str | None:
        found = _LISTENING.search(output)
        return found.group(1) if found else None

    def _answers(self, http: httpx.Client) -> bool:
        http.get("/global/health").raise_for_status()
        return True


class PlainServer2(PlainServer):
    """The same of OpenCode 2; its model is there once it has started."""

    major = "2"
    passwords = ("OPENCODE_PASSWORD", "OPENCODE_SERVER_PASSWORD")
    options = ("--stdio",)
    usual_password = "s3cret-anyway"  # else one is made up
    prompt_route, events_route, models_route = "/prompt", "/api/event", "/api/model"

    def dispose(self) -> None:
        """Let it be: what runs ends with the server."""

    @property
    def _scope(self) -> dict[str, str]:
        return {"location[directory]": str(self.directory)}

    def _address(self, output: str) -> str | None:
        line, ended, _ = output.partition("\n")
        return str(json.loads(line)["url"]) if ended else None

    def _answers(self, http: httpx.Client) -> bool:
        """Return whether the folder is loaded: until then all lists are empty."""
        answer = http.get("/api/model/default").raise_for_status()
        return answer.json()["data"] is not None


SERVERS: dict[str, type[PlainServer]] = {"1": PlainServer, "2": PlainServer2}
"""By their major."""
