"""Start the one server a kernel owns, guarded, and look before it is used."""

from __future__ import annotations

import os
import queue
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from ..client import Client
from ..errors import (
    ConnectError,
    OpencodeError,
    ServerError,
    StartError,
    UnforeseenError,
    UnreachableError,
    UnreadableError,
)
from ..protocol.directory import check_directory
from ..protocol.hosting import CONFIG, check_runnable, hosting_of
from ..text.redact import Private, Redactor
from . import lastwords
from .find import Executable
from .guard import MARK_VARIABLE, Guard
from .guards import GUARDS
from .listening import Listening, from_here
from .managed import ManagedServer
from .process import LOG_LINES, ServerProcess, supervised
from .trust import survey

T = TypeVar("T")

MIGRATES = (
    "`%config OpencodeMagics.accept_migration = True` accepts that, and so does starting this "
    "`opencode` once in a terminal; XDG_DATA_HOME names another folder"
)

_TICK_S = 1.0
_ALONE = Listening()

# Of another server, that this kernel runs in; and a notebook server's own keys, of no use here.
_DROPPED = (MARK_VARIABLE, "JUPYTERHUB_API_TOKEN", "JPY_API_TOKEN", "JUPYTER_TOKEN")


def start(
    directory: Path,
    *,
    executable: Executable,
    trusted: bool,
    progress: Callable[[str], None],
    timeout_s: float = 60,
    environ: Mapping[str, str] | None = None,
    listening: Listening = _ALONE,
    migrate: bool = False,
) -> ManagedServer:
    """Start a server for `directory`, guarded and behind a password, and wait until it answers.

    What comes back has been asked for its rules: no agent may use a guarded tool unasked.

    Parameters
    ----------
    directory:
        the project's folder.
    executable:
        the program.
    trusted:
        False gives a server that does not read the folder's own configuration.
    progress:
        is told what is waited for.
    timeout_s:
        how long all of it may take, in seconds.
    environ:
        the environment of the server; that of this process by default.
    listening:
        where it listens, and who gets in; by default only who got the object that is returned.
    migrate:
        whether a first start may change the data of an earlier major.

    Raises
    ------
    StartError
        where no server came up.
    UnguardedError
        where one did, and would let something happen unasked.
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
    hosting = hosting_of(executable.version)
    if not migrate and (changes := hosting.check_data(given).asks):
        raise StartError(f"{changes}; {MIGRATES}")
    hosting.prepare_data(given)
    boot = _Boot(directory, executable, given, progress, timeout_s, listening)
    if not trusted or survey(directory, executable.version) is None:
        return boot.run(project_config=trusted)
    # What the folder brings is merged over the user's own rules, and cannot be told apart
    # afterwards. So the user's are read first, from a server that does not see the folder's.
    first = _Boot(directory, executable, given, progress, timeout_s, _ALONE)
    with first.run(project_config=False, briefly=True) as plain, plain.client() as client:
        users = plain.guard.report(client)
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
        self.hosting = hosting_of(executable.version)
        inherited = self.hosting.inherited(environ)
        self.environ = {k: v for k, v in inherited.items() if k not in _DROPPED}
        self.existing = environ.get(CONFIG)
        self.hosting.config_content(self.existing, "")  # what is no configuration is told at once
        self.password = listening.password or secrets.token_urlsafe(32)
        self.redact = Redactor.of(self.password, listening.username)
        self.progress = progress
        self.timeout_s = timeout_s
        self.began = self.told = time.monotonic()

    def run(
        self, *, project_config: bool, users: bytes | None = None, briefly: bool = False
    ) -> ManagedServer:
        """Return a server that answers and is guarded; where it fails, nothing stays behind.

        One that is only looked at `briefly` is not asked how it treats a prompt.
        """
        try:
            scratch = Path(tempfile.mkdtemp(prefix="opencode-magic-"))
        except OSError as error:
            raise StartError(
                f"cannot make a temporary folder ({error.strerror}); set TMPDIR to a writable one"
            ) from None
        process: ServerProcess | None = None
        try:
            self.progress(f"starting opencode {self.executable.version}")
            guard = GUARDS[self.hosting.major](
                scratch,
                self.directory,
                self.environ,
                project_config=project_config,
                users=users,
                briefly=briefly,
            )
            process = self._spawn(scratch, self._environment(guard))
            url = self._await_url(process)
            version = self._await_health(process, url)
            check_runnable(version)  # the program may have been another when it was asked
            server = ManagedServer(
                url=url,
                username=self.listening.username,
                password=self.password,
                version=version,
                directory=self.directory,
                pid=process.server_pid,
                project_config=project_config,
                process=process,
                guard=guard,
            )
            self._verify(server, guard.trial_folder)
        except BaseException:  # an interrupt too: nothing half-started stays
            if process is not None:
                process.stop()
            shutil.rmtree(scratch, ignore_errors=True)
            raise
        return server

    def _spawn(self, scratch: Path, env: Mapping[str, str]) -> ServerProcess:
        serve = [str(self.executable.path), *self.listening.arguments(self.hosting)]
        try:
            return ServerProcess(supervised(serve, scratch), env=env, cwd=self.directory)
        except OSError as error:  # no such permission, no memory, too many processes
            reason = error.strerror or type(error).__name__
            raise StartError(f"cannot start opencode in {self.directory}: {reason}") from None

    def _environment(self, guard: Guard) -> dict[str, str]:
        laid = guard.lay()
        config = self.hosting.config_content(self.existing, guard.plugin)
        told = self.hosting.told(
            self.listening.username,
            self.password,
            config,
            project_config=guard.project_config,
        )
        return Private({**self.environ, **self.hosting.hasty_npm(self.environ), **told, **laid})

    def _await_url(self, process: ServerProcess) -> str:
        while True:
            with process.news:
                process.news.wait_for(lambda: process.url or process.ended, _TICK_S)
            if process.url:
                return from_here(process.url)
            if process.ended:
                raise self._died(process)
            self._tick(process)

    def _await_health(self, process: ServerProcess, url: str) -> str:
        with Client(url, username=self.listening.username, password=self.password) as client:
            client.speak(self.executable.version)
            while True:
                try:
                    return client.health(timeout_s=_TICK_S).version
                except UnreachableError as error:
                    # What lands while the server boots is never answered: ask again, not longer.
                    if not error.timed_out and process.await_end(0.05):
                        raise self._died(process) from None
                except OpencodeError as error:
                    if not isinstance(error, ServerError) or error.status == 200:
                        raise StartError(
                            f"{self.executable.path} serves something else than opencode's API"
                        ) from None
                self._tick(process)

    def _verify(self, server: ManagedServer, probe: Path | None) -> None:
        """Refuse a server that lets something happen unasked, by its rules or without them."""
        try:
            self._patiently(server, server.guard.verify)
            if probe is not None:
                self._patiently(server, server.guard.try_out, probe)
        except UnreadableError as error:
            raise StartError(error.message) from error
        except ServerError as error:
            raise StartError(f"opencode refused while it was started ({error.message})") from error

    def _patiently(
        self, server: ManagedServer, ask: Callable[[Client], T], folder: Path | None = None
    ) -> T:
        """Return what comes of asking the server something that takes its time, once.

        It is asked from a thread, so that the wait can be told, limited and interrupted.
        """
        outcome: queue.SimpleQueue[tuple[T] | Exception] = queue.SimpleQueue()

        def in_thread() -> None:
            try:
                with server.client(folder, timeout_s=self.timeout_s) as client:
                    outcome.put((ask(client),))
            except Exception as error:  # whatever it is, who waits must hear of it
                outcome.put(error)

        threading.Thread(target=in_thread, name="opencode-start", daemon=True).start()
        while True:
            try:
                answer = outcome.get(timeout=_TICK_S)
                break
            except queue.Empty:
                self._tick(server.process)
        if isinstance(answer, tuple):
            return answer[0]
        if isinstance(answer, ConnectError):
            if server.process.await_end(_TICK_S):
                raise self._died(server.process)
            what = answer.message.partition("; ")[0]
            raise StartError(f"opencode did not answer while it was started ({what})")
        if isinstance(answer, OpencodeError):
            raise answer
        raise UnforeseenError("starting opencode", answer)

    def _tick(self, process: ServerProcess) -> None:
        now = time.monotonic()
        elapsed = now - self.began
        version = self.executable.version
        if elapsed > self.timeout_s:
            said = self.redact(process.tail(1)) or "nothing"
            raise StartError(
                f"opencode {version} was not ready in {self.timeout_s:g} s; it last said: {said}"
            )
        if now - self.told >= 0.9 * _TICK_S:
            self.told = now
            self.progress(f"starting opencode {version} ({elapsed:.0f} s)")

    def _died(self, process: ServerProcess) -> OpencodeError:
        if process.fault is not None:
            return process.fault
        said = self.redact(lastwords.reason(process.tail(LOG_LINES)))
        hint = lastwords.way_out(said)
        return StartError(f"opencode ended while starting: {said or 'it said nothing'}{hint}")
