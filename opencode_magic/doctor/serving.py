"""Check the server and the logins: one is started for it, or the connected one is asked."""

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
from ..text.amounts import count_words
from .finding import Finding, Fix

START_WITHIN_S = 60.0
Start = Callable[[Path, Executable], ManagedServer]
Pair = tuple[Finding, Finding]
"""How the server is, and which providers are logged in."""

_NO_TURN = "no turn can run without"
_NO_OTHER = "the notebook uses it, and starts none"
THERE = Fix(words="`opencode auth login` where that server runs, or `%opencode /auth`")


def start_guarded(folder: Path, program: Executable) -> ManagedServer:
    """Start a server for an empty folder as a notebook gets one."""
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
        fix = Fix(words="set TMPDIR to a writable one")
        return Finding("server", "bad", words, _NO_TURN, fix), not_asked("no server to ask")
    login = Fix((str(program.path), "auth", "login"), asks=True)
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
        with Client(url, **login.options) as client:
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


def providers(client: Client, *, login: Fix) -> Finding:
    """Check which providers of models can be used; nothing of their keys is read.

    Parameters
    ----------
    login:
        how to log in where no provider can be used.
    """
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
    """Return the finding for the logins where no server could be asked for them."""
    return Finding("providers", "unknown", f"not asked: {why}")


def not_started(why: str) -> Pair:
    """Return both findings where no server was started."""
    return Finding("server", "unknown", f"not started: {why}"), not_asked("no server to ask")


def _only_free(usable: Sequence[Provider]) -> bool:
    prices = [m.cost for p in usable for m in p.models.values()]
    return [p.id for p in usable] == ["opencode"] and all(c and not c.input for c in prices)


def _counted(provider: Provider) -> str:
    return f"{provider.id} ({count_words(len(provider.models), 'model')})"


def _failed(error: OpencodeError, why: str) -> Finding:
    what, _, way_out = error.message.partition("; ")
    if isinstance(error, UnauthorizedError):
        way_out = "set OPENCODE_PASSWORD or OPENCODE_SERVER_PASSWORD to the server's password"
    return Finding("server", "bad", what, why, Fix(words=way_out) if way_out else None)
