"""The demo to click on: JupyterLab with a notebook of the demo."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

from ..errors import StartError
from .stage import Stage

START_S = 60.0
STOP_S = 15.0

_QUIET = {"fetchNews": "false", "checkForUpdates": False}


def show(stage: Stage, *, port: int, browser: bool, say: Callable[[str], None]) -> None:
    """Run JupyterLab with the notebook until it ends or somebody presses Ctrl-C.

    Parameters
    ----------
    stage:
        what was set up for the demo.
    port:
        where JupyterLab listens, if that port is free.
    browser:
        whether to open a browser.
    say:
        prints a line.
    """
    log = stage.root / "jupyterlab.log"
    with _ending_on_signals(), _jupyterlab(stage, port, log) as process:
        address = _wait_for_address(process, stage, log)
        say(f"JupyterLab: {address}")
        say("Ctrl-C ends everything.")
        if browser:
            webbrowser.open(address)
        with suppress(KeyboardInterrupt):
            process.wait()
        say("Ending.")


@contextmanager
def _jupyterlab(stage: Stage, port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    _write_settings(Path(stage.env["JUPYTER_CONFIG_DIR"]))
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",  # it would start one with the home of the demo; ours has the user's
        "--ip=127.0.0.1",
        f"--port={port}",
        f"--ServerApp.root_dir={stage.project}",
        "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # on loopback and with a token, as in a container
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=stage.project,
            env=dict(stage.env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is ours to handle: Jupyter would ask back
        )
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End JupyterLab, which ends its kernels, which end their servers."""
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_for_address(process: subprocess.Popen[bytes], stage: Stage, log: Path) -> str:
    """Return the address of the notebook with its token, once JupyterLab has written it down."""
    for _ in range(int(START_S / 0.1)):
        server = _read_server_file(process.pid, Path(stage.env["JUPYTER_RUNTIME_DIR"]))
        if server is not None:
            return f"{server['url']}lab/tree/{stage.notebook.name}?token={server['token']}"
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        raise StartError(f"JupyterLab did not start: {_last_words(log)}")
    raise StartError(f"JupyterLab did not start within {START_S:.0f} s: {_last_words(log)}")


def _read_server_file(pid: int, runtime: Path) -> dict[str, Any] | None:
    try:
        server: dict[str, Any] = json.loads((runtime / f"jpserver-{pid}.json").read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None  # not there yet, or half written
    return server


def _last_words(log: Path) -> str:
    lines = [line.strip() for line in log.read_text("utf-8", "replace").splitlines()]
    return next((line for line in reversed(lines) if line), "it said nothing")[:300]


def _write_settings(config: Path) -> None:
    """Turn off the question about news and the check for updates: the demo stays local."""
    folder = config / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "notification.jupyterlab-settings").write_text(json.dumps(_QUIET), "utf-8")


@contextmanager
def _ending_on_signals() -> Iterator[None]:
    """Make a closed terminal or a polite kill end the demo like Ctrl-C."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), interrupt) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
