"""The server and the logins: one is started for the look, or the connected one is asked."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ..client import Client, login_of
from ..errors import OpencodeError, UnauthorizedError
from ..model.agents import Provider
from ..server.find import Executable
from ..server.managed import ManagedServer
from ..server.start import start
from .finding import Finding, Mend

START_WITHIN_S = 60.0
Start = Callable[[Path, Executable], ManagedServer]
Pair = tuple[Finding, Finding]
"""How the server is, and who is logged in."""

_NO_TURN = "no turn can run without"
_NO_OTHER = "the notebook uses it, and starts none"
THERE = Mend(words="`opencode auth login` where that server runs, or `%opencode /auth`")


def start_guarded(folder: Path, program: Executable) -> ManagedServer:
    """A server of ours, as a notebook gets one, on an empty folder."""
    return start(
        folder,
        executable=program,
        trusted=True,  # nothing is in there
        progress=lambda _: None,
        timeout_s=START_WITHIN_S,
    )


def own_server(program: Executable, begin: Start = start_guarded) -> Pair:
    """Start a server in a temporary folder, ask it, and end it."""
    try:
        scratch = tempfile.TemporaryDirectory(
            prefix="opencode-magic-doctor-", ignore_cleanup_errors=True
        )
    except OSError as error:
        words = f"cannot make a temporary folder ({error.strerror})"
        mend = Mend(words="set TMPDIR to a writable one")
        return Finding("server", "bad", words, _NO_TURN, mend), not_asked("no server to ask")
    login = Mend((str(program.path), "auth", "login"), asks=True)
    began = time.monotonic()
    with scratch as folder:
        try:
            server = begin(Path(folder), program)
            took = time.monotonic() - began
            with server, server.client() as client:
                logins = providers(client, login=login)
        except OpencodeError as error:
            return _failed(error, _NO_TURN), not_asked("no server to ask")
    found = f"starts in {took:.1f} s, asks before it acts, and ends"
    details = {"version": server.version, "seconds": round(took, 1)}
    return Finding("server", "ok", found, details=details), logins


def connected_server(url: str, environ: Mapping[str, str]) -> Pair:
    """Ask the server that OPENCODE_BASE_URL, or the notebook, has chosen."""
    login = login_of(environ)
    try:
        with Client(url, username=login.username, password=login.password or None) as client:
            return used_server(client)
    except OpencodeError as error:  # what was given is no address
        return _failed(error, _NO_OTHER), not_asked("no server to ask")


def used_server(client: Client) -> Pair:
    """Ask a server that runs, and leave it running."""
    try:
        version = client.probe()
        logins = providers(client, login=THERE)
    except OpencodeError as error:
        return _failed(error, _NO_OTHER), not_asked("no server to ask")
    found = f"opencode {version} runs at {client.base_url}"
    details = {"version": version, "url": client.base_url}
    return Finding("server", "ok", found, details=details), logins


def providers(client: Client, *, login: Mend) -> Finding:
    """Which providers of models can be used; of their keys nothing is read."""
    try:
        usable = client.config.providers().providers
    except OpencodeError as error:
        return Finding("providers", "unknown", error.message)
    if not usable:
        why = "no model answers without"
        return Finding("providers", "bad", "none is logged in", why, login, {"providers": []})
    details = {"providers": [{"id": p.id, "models": len(p.models)} for p in usable]}
    # Its own free models are there without a login.
    why = "free models; `opencode auth login` adds others" if _only_free(usable) else ""
    return Finding("providers", "ok", ", ".join(map(_counted, usable)), why, details=details)


def not_asked(why: str) -> Finding:
    """The logins, where nothing could be asked for them."""
    return Finding("providers", "unknown", f"not asked: {why}")


def not_started(why: str) -> Pair:
    """Both, where no server was started."""
    return Finding("server", "unknown", f"not started: {why}"), not_asked("no server to ask")


def _only_free(usable: Sequence[Provider]) -> bool:
    prices = [m.cost for p in usable for m in p.models.values()]
    return [p.id for p in usable] == ["opencode"] and all(c and not c.input for c in prices)


def _counted(provider: Provider) -> str:
    count = len(provider.models)
    return f"{provider.id} ({count} model{'' if count == 1 else 's'})"


def _failed(error: OpencodeError, why: str) -> Finding:
    what, _, way_out = error.message.partition("; ")
    if isinstance(error, UnauthorizedError):
        way_out = "set OPENCODE_SERVER_PASSWORD to the server's password"
    return Finding("server", "bad", what, why, Mend(words=way_out) if way_out else None)
