"""A real JupyterLab, or Notebook 7, on loopback."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import httpx

from .machine import FILES, Machine
from .processes import Child

TOKEN = "harness"
_LISTENING = re.compile(r"(http://127\.0\.0\.1:\d+)/(?:lab|tree)")

_SETTINGS: Mapping[str, Any] = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "apputils-extension/notification-plugin": {"doNotDisturbMode": True},
}


class JupyterLab:
    """JupyterLab on a free port over the machine's work folder, from its creation to `stop()`.

    The kernels get the machine's environment; `python` chooses another environment to run in.
    """

    module: ClassVar = "jupyterlab"
    options: ClassVar[tuple[str, ...]] = (
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.extension_manager=readonly",
        "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    )

    def __init__(
        self,
        machine: Machine,
        *,
        python: str = sys.executable,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.machine = machine
        self.root = machine.root / "work"
        self.root.mkdir(parents=True, exist_ok=True)
        _write_settings(Path(machine.env["JUPYTER_CONFIG_DIR"]))
        command = [
            python,
            "-m",
            self.module,
            "--no-browser",
            "--allow-root",
            "--ip=127.0.0.1",
            "--port=0",
            f"--ServerApp.root_dir={self.root}",
            f"--IdentityProvider.token={TOKEN}",
            *self.options,
        ]
        self.child = Child(
            command,
            cwd=self.root,
            env={**machine.env, **(env or {})},
            log=machine.root / f"{self.module}.log",
        )
        try:
            self.url = self.child.wait_for(_address)
        except BaseException:
            self.child.stop()
            raise

    def project(self, name: str, files: Mapping[str, str] = FILES) -> Path:
        """A new git repository inside the served folder."""
        return self.machine.project(name, files)

    def page(self, path: Path, *, reset: bool = True) -> str:
        """The address of a document in the Lab; `reset` forgets the layout of earlier pages."""
        reset_query = "reset&" if reset else ""
        return f"{self.url}/lab/tree/{path.relative_to(self.root)}?{reset_query}token={TOKEN}"

    def kernels(self) -> list[dict[str, Any]]:
        """The running kernels, as the Jupyter server lists them."""
        return list(self._http("GET", "/api/kernels"))

    def sessions(self) -> list[dict[str, Any]]:
        return list(self._http("GET", "/api/sessions"))

    def shut_down_kernels(self, path: Path | None = None) -> None:
        """End the kernels of a notebook, or all."""
        wanted = str(path.relative_to(self.root)) if path else None
        for session in self.sessions():
            if wanted in (None, session["path"]):
                self._http("DELETE", f"/api/sessions/{session['id']}")

    def stop(self) -> None:
        self.child.stop()

    def _http(self, method: str, path: str) -> Any:
        headers = {"authorization": f"token {TOKEN}"}
        with httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=30) as http:
            response = http.request(method, path)
            response.raise_for_status()
            return response.json() if response.content else None


class Notebook7(JupyterLab):
    """Notebook 7: the same parts as JupyterLab in another page, one document in each."""

    module: ClassVar = "notebook"
    options: ClassVar = ("--JupyterNotebookApp.expose_app_in_browser=True",)

    def page(self, path: Path, *, reset: bool = True) -> str:
        """The address of a document; there is no layout to forget."""
        return f"{self.url}/notebooks/{path.relative_to(self.root)}?token={TOKEN}"


def _address(output: str) -> str | None:
    found = _LISTENING.search(output)
    return found.group(1) if found else None


def _write_settings(config: Path) -> None:
    """No news, no update checks: nothing that pops up over a test or calls out."""
    for name, settings in _SETTINGS.items():
        file = config / "lab" / "user-settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings))
