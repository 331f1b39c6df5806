"""A stand-in for a kernel: it starts a managed server, runs sleeps in its shell, and waits.

    python kernel.py PROJECT OPENCODE [fork]

Prints one JSON line with the pids once the shell runs. Ends when its standard input closes.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import httpx

from opencode_magic.protocol.versions import major_of
from opencode_magic.server.find import find_opencode
from opencode_magic.server.managed import ManagedServer
from opencode_magic.server.start import start

COMMAND = "setsid sleep 1000 & (setsid sh -c 'sleep 1001; sleep 1002' &) ; sleep 1003"


def run_sleeps(server: ManagedServer) -> None:
    auth = (server.username, server.password)
    if major_of(server.version) == 2:
        return run_sleeps_of_the_second(server, auth)
    with httpx.Client(base_url=server.url, auth=auth, timeout=None, trust_env=False) as http:
        session = http.post("/session", json={"title": "t"}).json()["id"]
        try:
            said = {"agent": "build", "command": COMMAND}
            http.post(f"/session/{session}/shell", json=said)
        except httpx.TransportError:
            return None  # the server was ended: the point of it all
    return None


def run_sleeps_of_the_second(server: ManagedServer, auth: tuple[str, str]) -> None:
    with httpx.Client(base_url=server.url, auth=auth, timeout=None, trust_env=False) as http:
        session = http.post("/api/session", json={"title": "t"}).json()["data"]["id"]
        with suppress(httpx.TransportError):  # the server was ended: the point of it all
            http.post(f"/api/session/{session}/shell", json={"command": COMMAND})


def main() -> None:
    project, opencode = sys.argv[1:3]
    server = start(
        Path(project), executable=find_opencode(opencode), trusted=True, progress=lambda _: None
    )
    if "fork" in sys.argv[3:] and os.fork() == 0:
        # A child that holds copies of all the kernel's pipes, as multiprocessing's do.
        time.sleep(1000)
        os._exit(0)
    threading.Thread(target=run_sleeps, args=[server], daemon=True).start()
    print(json.dumps({"server": server.pid}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
