"""Start, watch and stop the one server a kernel owns."""

from __future__ import annotations

import atexit
import contextlib
import os
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

import httpx

from ..errors import StartError, UnsupportedError
from . import guard
from .find import Executable
from .rules import Seen

_SUPERVISOR = Path(__file__).with_name("supervise.py")
_LOG_LINES = 200
_PROBE_S = 1.0
_STOP_S = 12.0

# A notebook server's own keys: neither opencode nor the tools it runs have a use for them.
_DROPPED = (
    "OPENCODE_PASSWORD",
    "OPENCODE_SERVER_PASSWORD",
    "OPENCODE_SERVER_USERNAME",
    "OPENCODE_DISABLE_PROJECT_CONFIG",
    "JUPYTERHUB_API_TOKEN",
    "JPY_API_TOKEN",
    "JUPYTER_TOKEN",
)


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
        # What was started is stopped, whatever happens between here and the caller's assignment.
        atexit.register(self.stop)
        self._reader = threading.Thread(target=self._read, name="opencode-log", daemon=True)
        self._reader.start()

    def _read(self) -> None:
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
        with self.news:
            self.ended = True
            self.news.notify_all()

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None and not self.ended

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
    def seen_denies(self) -> tuple[Seen, ...] | None:
        """The asks and denies of the configuration, as the guard saw them; None before it ran."""
        return guard.read_report(self._scratch / "report.json")

    def log_tail(self, lines: int = 40) -> str:
        """The last lines the server wrote, without the password."""
        return _tail(self._process, self.password, lines)

    def stop(self) -> None:
        """End the server and every process it started; a second call does nothing."""
        self._process.stop()
        shutil.rmtree(self._scratch, ignore_errors=True)


def start(
    directory: Path,
    *,
    executable: Executable,
    trusted: bool,
    progress: Callable[[str], None],
    timeout_s: float = 60,
    environ: Mapping[str, str] | None = None,
) -> ManagedServer:
    """Start a server for `directory`, guarded and behind a password, and wait until it answers.

    A folder that is not trusted gets a server that does not read the folder's own configuration.
    """
    began = time.monotonic()
    directory = directory.resolve()
    if not directory.is_dir():
        raise StartError(f"cannot start opencode in {directory}: no such folder")
    password = secrets.token_urlsafe(32)
    content = guard.config_content(
        (os.environ if environ is None else environ).get("OPENCODE_CONFIG_CONTENT")
    )
    scratch = Path(tempfile.mkdtemp(prefix="opencode-magic-"))
    env = {
        k: v for k, v in (os.environ if environ is None else environ).items() if k not in _DROPPED
    }
    env |= {
        "OPENCODE_SERVER_PASSWORD": password,
        "OPENCODE_CONFIG_CONTENT": content,
        guard.REPORT_VARIABLE: str(scratch / "report.json"),
    }
    if not trusted:
        env["OPENCODE_DISABLE_PROJECT_CONFIG"] = "1"
    serve = [str(executable.path), "serve", "--port", "0", "--hostname", "127.0.0.1"]
    command = [
        *(sys.executable, "-I", str(_SUPERVISOR)),
        *("--kernel", str(os.getpid()), "--scratch", str(scratch), "--", *serve),
    ]
    process: _Process | None = None
    try:
        progress(f"starting opencode {executable.version}")
        process = _Process(command, env=env, cwd=directory)
        url = _await_url(process, password, executable, progress, began, timeout_s)
        version = _await_health(process, url, password, executable, progress, began, timeout_s)
    except BaseException:  # an interrupt too: nothing half-started stays
        if process is not None:
            process.stop()
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    return ManagedServer(
        url=url,
        username="opencode",
        password=password,
        version=version,
        directory=directory,
        pid=process.server_pid,
        project_config=trusted,
        _process=process,
        _scratch=scratch,
    )


def _await_url(
    process: _Process,
    password: str,
    executable: Executable,
    progress: Callable[[str], None],
    began: float,
    timeout_s: float,
) -> str:
    while True:
        with process.news:
            process.news.wait_for(lambda: process.url or process.ended, 1.0)
            if process.url:
                return process.url
            ended = process.ended
        if ended:
            raise _died(process, password)
        _tick(process, password, executable, progress, began, timeout_s)


def _await_health(
    process: _Process,
    url: str,
    password: str,
    executable: Executable,
    progress: Callable[[str], None],
    began: float,
    timeout_s: float,
) -> str:
    # A request that lands while the server boots is never answered: ask again, not longer.
    patience = httpx.Timeout(_PROBE_S)
    with httpx.Client(
        base_url=url, auth=("opencode", password), timeout=patience, trust_env=False
    ) as http:
        while True:
            try:
                answer = http.get("/global/health")
                if answer.status_code == 200 and (version := answer.json().get("version")):
                    return str(version)
            except httpx.TimeoutException:
                pass
            except httpx.TransportError:
                if not process.alive:
                    raise _died(process, password) from None
                time.sleep(0.05)  # refused or cut: nothing to wait on but the port itself
            except ValueError:
                raise UnsupportedError(
                    f"{executable.path} serves a page instead of an API"
                ) from None
            _tick(process, password, executable, progress, began, timeout_s)


def _tick(
    process: _Process,
    password: str,
    executable: Executable,
    progress: Callable[[str], None],
    began: float,
    timeout_s: float,
) -> None:
    elapsed = time.monotonic() - began
    if elapsed > timeout_s:
        said = _tail(process, password, 1)
        raise StartError(
            f"opencode did not answer within {timeout_s:g} s; its last words: {said or 'none'}"
        )
    progress(f"starting opencode {executable.version} ({elapsed:.0f} s)")


def _died(process: _Process, password: str) -> StartError:
    said = _tail(process, password, 1)
    return StartError(f"opencode ended while starting: {said or 'it said nothing'}")


def _tail(process: _Process, password: str, lines: int) -> str:
    with process.news:
        kept = [line for line in process.lines if not line.startswith("supervise:")]
    return "\n".join(kept[-lines:]).replace(password, "[password]")
