"""Start, watch and stop the one server a kernel owns."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import queue
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx

from ..errors import OpencodeError, StartError, UnforeseenError, UnguardedError
from ..policy.rules import FoundRule, PlainAgent
from ..protocol.directory import check_directory
from ..protocol.versions import check_version
from ..text.redact import Private, Redactor
from . import guard, lastwords
from .closed import closed_places
from .find import Executable, check_data
from .listening import Listening, from_here
from .probing import make_folder, prove_asking
from .trust import survey
from .verdict import agents_of, check_rules, refusal

T = TypeVar("T")

_SUPERVISOR = Path(__file__).with_name("supervise.py")
_LOG_LINES = 200
_PROBE_S = 1.0
_STOP_S = 12.0
_REPORT = "report.json"

# With a plugin to load, the server first waits for its own `npm install`: over a minute where no
# registry can be reached. The guard blanks these again for tools. What a user has set stays.
_NPM = {
    "npm_config_fetch_retries": "1",
    "npm_config_fetch_retry_mintimeout": "200",
    "npm_config_fetch_retry_maxtimeout": "1000",
    "npm_config_fetch_timeout": "15000",
}

# What we decide ourselves; and a notebook server's own keys, of no use to opencode or its tools.
_DROPPED = (
    "OPENCODE_PASSWORD",
    "OPENCODE_SERVER_PASSWORD",
    "OPENCODE_SERVER_USERNAME",
    "OPENCODE_DISABLE_PROJECT_CONFIG",
    "OPENCODE_AUTO_SHARE",
    "OPENCODE_PURE",  # it would leave the guard out
    guard.MARK_VARIABLE,  # of a command of another server, that this kernel runs in
    "JUPYTERHUB_API_TOKEN",
    "JPY_API_TOKEN",
    "JUPYTER_TOKEN",
)


_ALONE = Listening()


class _Process:
    """The supervisor process of one server: its hand (stdin), its voice (stdout), its end."""

    def __init__(self, command: list[str], *, env: Mapping[str, str], cwd: Path) -> None:
        self._owner = os.getpid()
        self._popen = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            start_new_session=True,
        )
        self.lines: deque[str] = deque(maxlen=_LOG_LINES)
        self.news = threading.Condition()
        self.server_pid = 0
        self.url = ""
        self.ended = False
        self.fault: UnforeseenError | None = None
        # What was started is stopped, whatever happens between here and the caller's assignment.
        atexit.register(self.stop)
        self._reader = threading.Thread(target=self._read, name="opencode-log", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        try:
            self._follow()
        except Exception as error:  # unforeseen: nobody must wait for lines that never come
            self.fault = UnforeseenError("reading what opencode prints", error)
            self._popen.kill()  # unread, the server would stop at its next lines
        self._popen.wait()  # no zombie in the kernel's family
        with self.news:
            self.ended = True
            self.news.notify_all()

    def _follow(self) -> None:
        assert self._popen.stdout is not None
        with self._popen.stdout as stdout:
            for raw in stdout:
                line = raw.decode("utf-8", "replace").rstrip()
                with self.news:
                    self.lines.append(line)
                    if found := re.fullmatch(r"supervise: server pid (\d+)", line):
                        self.server_pid = int(found[1])
                    elif not self.url and (found := re.search(r"listening on (http://\S+)", line)):
                        self.url = found[1]
                    self.news.notify_all()

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None and not self.ended

    def await_end(self, timeout_s: float) -> bool:
        """Whether it has ended, or does so within the time."""
        with self.news:
            return self.news.wait_for(lambda: self.ended, timeout_s)

    def tail(self, lines: int) -> str:
        """The last lines of the server; ours left out."""
        with self.news:
            said = [line for line in self.lines if not line.startswith("supervise:")]
        return "\n".join(said[-lines:])

    def stop(self) -> None:
        if os.getpid() != self._owner:
            return  # a forked child of the kernel: the server is not its own
        atexit.unregister(self.stop)
        assert self._popen.stdin is not None
        with contextlib.suppress(OSError):
            self._popen.stdin.close()
        try:
            self._popen.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._popen.kill()  # the server dies with its parent
            self._popen.wait()
        self._reader.join(1.0)


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
    _process: _Process = field(repr=False)
    _scratch: Path = field(repr=False)

    @property
    def alive(self) -> bool:
        """Whether the server process still runs."""
        return self._process.alive

    @property
    def seen_denies(self) -> tuple[FoundRule, ...] | None:
        """The asks and denies of the configuration, as the guard saw them; None before it ran."""
        return guard.read_report(self._scratch / _REPORT)

    @property
    def closed(self) -> bool:
        """Whether the guard keeps the code of a folder that is not trusted from being imported."""
        return guard.closed(self._scratch / _REPORT)

    def report(self) -> bytes:
        """The guard's report as it stands, for a later server to build on."""
        return (self._scratch / _REPORT).read_bytes()

    def log_tail(self, lines: int = 40) -> str:
        """The last lines the server wrote, without the password."""
        return Redactor.of(self.password, self.username)(self._process.tail(lines))

    def stop(self) -> None:
        """End the server and every process it started; a second call does nothing."""
        self._process.stop()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def __enter__(self) -> ManagedServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start(
    directory: Path,
    *,
    executable: Executable,
    trusted: bool,
    progress: Callable[[str], None],
    timeout_s: float = 60,
    environ: Mapping[str, str] | None = None,
    listening: Listening = _ALONE,
) -> ManagedServer:
    """Start a server for `directory`, guarded and behind a password, and wait until it answers.

    A folder that is not trusted gets a server that does not read the folder's own configuration.
    What comes back has been asked for its rules: no agent may use a guarded tool unasked.
    """
    if os.name == "nt":
        raise StartError(
            "a server of our own cannot be started on Windows; start opencode serve yourself "
            "and /connect to it"
        )
    directory = directory.resolve()
    check_directory(str(directory))
    if not directory.is_dir():
        raise StartError(f"cannot start opencode in {directory}: no such folder")
    given = dict(os.environ if environ is None else environ)
    check_data(given)
    boot = _Boot(directory, executable, given, progress, timeout_s, listening)
    if not trusted or survey(directory) is None:
        return boot.run(project_config=trusted)
    # What the folder brings is merged over the user's own rules, and cannot be told apart
    # afterwards. So the user's are read first, from a server that does not see the folder's.
    first = _Boot(directory, executable, given, progress, timeout_s, _ALONE)
    with first.run(project_config=False, briefly=True) as plain:
        users = plain.report()
    return boot.run(project_config=True, users=users)


class _Boot:
    """One start: what it needs, how long it has, and what it says while it waits."""

    def __init__(
        self,
        directory: Path,
        executable: Executable,
        environ: Mapping[str, str],
        progress: Callable[[str], None],
        timeout_s: float,
        listening: Listening,
    ) -> None:
        self.listening = listening
        self.directory = directory
        self.executable = executable
        self.environ = {k: v for k, v in environ.items() if k not in _DROPPED}
        self.config = guard.config_content(environ.get("OPENCODE_CONFIG_CONTENT"))
        self.password = listening.password or secrets.token_urlsafe(32)
        self.redact = Redactor.of(self.password, listening.username)
        self._auth = httpx.BasicAuth(listening.username, self.password)  # has no telling repr
        self.progress = progress
        self.timeout_s = timeout_s
        self.began = self.told = time.monotonic()

    def run(
        self, *, project_config: bool, users: bytes | None = None, briefly: bool = False
    ) -> ManagedServer:
        """A server that answers and is guarded; nothing stays behind when it does not come up.

        One that is only looked at `briefly` is not asked how it treats a prompt.
        """
        try:
            scratch = Path(tempfile.mkdtemp(prefix="opencode-magic-"))
        except OSError as error:
            raise StartError(
                f"cannot make a temporary folder ({error.strerror}); set TMPDIR to a writable one"
            ) from None
        process: _Process | None = None
        try:
            self.progress(f"starting opencode {self.executable.version}")
            probe = None if briefly else make_folder(scratch)
            env = self._environment(scratch, probe, project_config=project_config, users=users)
            process = self._spawn(self._command(scratch), env)
            url = self._await_url(process)
            version = self._await_health(process, url)
            check_version(version)  # the program may have been another when it was asked
            server = ManagedServer(
                url=url,
                username=self.listening.username,
                password=self.password,
                version=version,
                directory=self.directory,
                pid=process.server_pid,
                project_config=project_config,
                _process=process,
                _scratch=scratch,
            )
            self._verify(server, probe)
        except BaseException:  # an interrupt too: nothing half-started stays
            if process is not None:
                process.stop()
            shutil.rmtree(scratch, ignore_errors=True)
            raise
        return server

    def _spawn(self, command: list[str], env: Mapping[str, str]) -> _Process:
        try:
            return _Process(command, env=env, cwd=self.directory)
        except OSError as error:  # no such permission, no memory, too many processes
            reason = error.strerror or type(error).__name__
            raise StartError(f"cannot start opencode in {self.directory}: {reason}") from None

    def _environment(
        self, scratch: Path, probe: Path | None, *, project_config: bool, users: bytes | None
    ) -> dict[str, str]:
        ours = {name: value for name, value in _NPM.items() if name not in self.environ}
        env = (
            self.environ
            | ours
            | {
                guard.BLANK_VARIABLE: " ".join(ours),
                "OPENCODE_SERVER_USERNAME": self.listening.username,
                "OPENCODE_SERVER_PASSWORD": self.password,
                "OPENCODE_CONFIG_CONTENT": self.config,
                guard.REPORT_VARIABLE: str(scratch / _REPORT),
            }
        )
        if probe is not None:
            env[guard.PROBE_VARIABLE] = str(probe)
        if not project_config:
            env["OPENCODE_DISABLE_PROJECT_CONFIG"] = "1"
            # The switch alone is not enough: see guard.js.
            guard.make_probe(scratch / "closed")
            places = [scratch / "closed", *closed_places(self.directory, self.environ)]
            env[guard.CLOSED_VARIABLE] = json.dumps([str(place.resolve()) for place in places])
        if users is not None:
            (scratch / "users.json").write_bytes(users)
            env[guard.USERS_VARIABLE] = str(scratch / "users.json")
        return Private(env)

    def _command(self, scratch: Path) -> list[str]:
        supervisor = [sys.executable, "-I", str(_SUPERVISOR)]
        options = ["--kernel", str(os.getpid()), "--scratch", str(scratch), "--"]
        serve = [str(self.executable.path), "serve"]
        return [*supervisor, *options, *serve, *self.listening.arguments()]

    def _await_url(self, process: _Process) -> str:
        while True:
            with process.news:
                process.news.wait_for(lambda: process.url or process.ended, _PROBE_S)
            if process.url:
                return from_here(process.url)
            if process.ended:
                raise self._died(process)
            self._tick(process)

    def _await_health(self, process: _Process, url: str) -> str:
        with self._client(url, timeout_s=_PROBE_S) as http:
            while True:
                try:
                    answer = http.get("/global/health")
                    if answer.status_code == 200 and (version := answer.json().get("version")):
                        return str(version)
                except httpx.TimeoutException:
                    # What lands while the server boots is never answered: ask again, not longer.
                    pass
                except httpx.TransportError:
                    if process.await_end(0.05):
                        raise self._died(process) from None
                except ValueError:
                    raise StartError(
                        f"{self.executable.path} serves something else than opencode's API"
                    ) from None
                self._tick(process)

    def _verify(self, server: ManagedServer, probe: Path | None) -> None:
        """Refuse a server that lets something happen unasked, by its rules or without them."""
        check_rules(self._agents(server), server.seen_denies, server.closed, self.directory)
        if probe is not None:
            self._patiently(server, lambda http: prove_asking(http, probe))

    def _agents(self, server: ManagedServer) -> list[PlainAgent]:
        # The first request to a folder makes the server load it, which can take long.
        answer = self._patiently(server, lambda http: http.get("/agent"))
        if answer.status_code != 200:
            raise StartError(refusal(answer, self.redact))
        return agents_of(answer)

    def _patiently(self, server: ManagedServer, ask: Callable[[httpx.Client], T]) -> T:
        """What comes of asking the server something that takes its time, once.

        It is asked from a thread, so that the wait can be told, limited and interrupted.
        """
        outcome: queue.SimpleQueue[tuple[T] | Exception] = queue.SimpleQueue()

        def in_thread() -> None:
            try:
                with self._client(server.url, timeout_s=self.timeout_s) as http:
                    outcome.put((ask(http),))
            except Exception as error:  # whatever it is, who waits must hear of it
                outcome.put(error)

        threading.Thread(target=in_thread, name="opencode-start", daemon=True).start()
        process = server._process
        while True:
            try:
                answer = outcome.get(timeout=_PROBE_S)
                break
            except queue.Empty:
                self._tick(process)
        if isinstance(answer, tuple):
            return answer[0]
        if isinstance(answer, UnguardedError):
            raise answer
        if not isinstance(answer, httpx.HTTPError):
            raise UnforeseenError("starting opencode", answer)
        if process.await_end(_PROBE_S):
            raise self._died(process)
        raise StartError(f"opencode did not answer while it was started ({type(answer).__name__})")

    def _client(self, url: str, *, timeout_s: float) -> httpx.Client:
        return httpx.Client(base_url=url, auth=self._auth, timeout=timeout_s, trust_env=False)

    def _tick(self, process: _Process) -> None:
        now = time.monotonic()
        elapsed = now - self.began
        version = self.executable.version
        if elapsed > self.timeout_s:
            said = self.redact(process.tail(1)) or "nothing"
            raise StartError(
                f"opencode {version} was not ready in {self.timeout_s:g} s; it last said: {said}"
            )
        if now - self.told >= 0.9 * _PROBE_S:
            self.told = now
            self.progress(f"starting opencode {version} ({elapsed:.0f} s)")

    def _died(self, process: _Process) -> OpencodeError:
        if process.fault is not None:
            return process.fault
        said = self.redact(lastwords.reason(process.tail(_LOG_LINES)))
        hint = lastwords.way_out(said)
        return StartError(f"opencode ended while starting: {said or 'it said nothing'}{hint}")
