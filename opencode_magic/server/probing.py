"""Whether a server asks about shell text in which it recognises no command: seen, not believed.

The guard plays a model in a folder of ours (see probe.js), which gives the shell `> canary`.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from ..errors import UnguardedError
from ..model.tools import permission_kind
from ..text.shellline import WORD
from .trust import survey

NAME = "opencode-magic-probe"
CANARY = "canary"

NOT_ASKED = (
    "this opencode runs shell text that nobody was asked about, although the guard is in it; "
    "nothing is sent. A plugin of yours may take the guard's line off; a newer opencode may help"
)


def make_folder(scratch: Path) -> Path:
    """The folder to try it in, which nobody else's configuration reaches."""
    folder = (scratch / "probe").resolve()
    folder.mkdir()
    # The root of a repository: the server looks for configuration no further up. Of the user's
    # variables one could name another repository.
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    with suppress(OSError):  # without git, what lies above is looked at below
        subprocess.run(
            ["git", "init", "-q", str(folder)], env=env, capture_output=True, check=False
        )
    if (found := survey(folder)) is not None:
        raise UnguardedError(
            f"{found.root} has an OpenCode configuration, and temporary folders lie in it; "
            "set TMPDIR to another place"
        )
    return folder


def prove_asking(http: httpx.Client, folder: Path) -> None:
    """An error where the server does not ask before it runs `> canary`, in words why not."""
    params = {"directory": str(folder)}
    said = {
        "agent": NAME,
        "model": {"providerID": NAME, "modelID": NAME},
        "parts": [{"type": "text", "text": NAME}],
    }
    with http.stream("GET", "/event", params=params) as events:
        heard = _events(events)
        next(heard, None)  # what is sent from now on will be seen
        made = http.post("/session", params=params, json={"title": NAME})
        session = str(made.raise_for_status().json()["id"])
        route = f"/session/{session}"
        http.post(f"{route}/prompt_async", params=params, json=said).raise_for_status()
        asked, failure = _first_ask(heard, session)
        if asked:
            reply = {"reply": "reject"}
            http.post(f"/permission/{asked['id']}/reply", params=params, json=reply)
        http.delete(route, params=params)
    if permission_kind(str(asked.get("permission"))) == "shell" and WORD in asked["patterns"]:
        if not (folder / CANARY).exists():
            return
    elif failure:
        raise UnguardedError(
            f"it could not be seen that this opencode asks before it acts ({failure[:200]}), so "
            "nothing is sent; a newer opencode may help"
        )
    raise UnguardedError(NOT_ASKED)


def _events(response: httpx.Response) -> Iterator[dict[str, Any]]:
    for line in response.iter_lines():
        if line.startswith("data:"):
            yield json.loads(line.removeprefix("data:"))


def _first_ask(heard: Iterator[dict[str, Any]], session: str) -> tuple[dict[str, Any], str]:
    """The first request of the session, or why its turn ended without one."""
    failure = ""
    for event in heard:
        about = event.get("properties", {})
        if about.get("sessionID") != session:
            continue
        match event["type"]:
            case "permission.asked":
                return about, ""
            case "session.error":
                error = about.get("error") or {}
                failure = str((error.get("data") or {}).get("message") or error.get("name"))
            case "session.idle":
                return {}, failure
    return {}, failure or "the server closed its events"
