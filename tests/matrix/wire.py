"""A front end without a page: a real kernel of any environment, every message in one's hands."""

from __future__ import annotations

import itertools
import json
import queue
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
from jupyter_client.session import Session

from tests.harness.machine import Machine

from .environments import Environment

VIEW = "application/vnd.jupyter.widget-view+json"
WITHIN_S = 60
_NAME = "row"


class Wire:
    """A kernel, what it has said, and what a page would send it.

    The views of turns are told `ready`, as a page does.
    """

    def __init__(self, environment: Environment, machine: Machine, folder: Path) -> None:
        self.manager = KernelManager(
            kernel_name=_NAME, kernel_spec_manager=_specs(environment, machine.root / "kernels")
        )
        # Without echoes: a flood of changes is not what they are there for.
        env = {**machine.env, "JUPYTER_WIDGETS_ECHO": "0"}
        self.manager.start_kernel(env=env, cwd=str(folder))
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=WITHIN_S)
        self.said: list[dict[str, Any]] = []
        self.replies: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.typed: list[str] = []  # what `input()` is given, first to last
        self._nonces = itertools.count()

    @property
    def pid(self) -> int:
        return int(self.manager.provisioner.pid)  # type: ignore[union-attr]

    def forget(self) -> None:
        """Forget what was said up to now."""
        self.said.clear()
        self.asked.clear()

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    # -- cells

    def execute(self, code: str, *, stdin: bool = True) -> str:
        """Send a cell; the id of its request."""
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": stdin,
            "stop_on_error": False,
        }
        # A page names the cell; a request without it is taken for a text console's.
        session = self.client.session
        request = session.msg("execute_request", content, metadata={"cellId": "wire"})
        self.client.shell_channel.send(request)
        return str(request["header"]["msg_id"])

    def run(self, code: str, *, stdin: bool = True) -> None:
        """Send a cell and wait for its end."""
        self.wait_reply(self.execute(code, stdin=stdin))

    def value(self, expression: str) -> Any:
        """The value of an expression, by way of JSON and the reply, which is never dropped."""
        request = self.client.execute(
            "import json", user_expressions={"it": f"json.dumps({expression})"}, silent=True
        )
        found = self.wait_reply(request)["content"]["user_expressions"]["it"]
        assert found["status"] == "ok", found
        return json.loads(eval(found["data"]["text/plain"]))

    def wait_reply(self, request: str, *, within_s: float = WITHIN_S) -> dict[str, Any]:
        """The reply to a request, once it is there."""
        self.wait_until(lambda: request in self.replies, f"reply to {request}", within_s=within_s)
        return self.replies[request]

    def wait_said(self, words: str) -> None:
        """Wait until these words have been said in any message, from now on or before."""
        self.wait_until(lambda: self.has_said(words), words)

    def has_said(self, words: str) -> bool:
        return any(words in json.dumps(message["content"]) for message in self.said)

    def wait_until(
        self, there: Callable[[], bool], what: str, *, within_s: float = WITHIN_S
    ) -> None:
        """Read what comes until it is there."""
        end = time.monotonic() + within_s
        while not there():
            assert time.monotonic() < end, f"{what} did not come; last: {self.said[-3:]}"
            self.listen()

    def listen(self) -> None:
        """Take in what has come on all channels."""
        for read, take in (
            (self.client.get_iopub_msg, self._heard),
            (self.client.get_shell_msg, self._replied),
            (self.client.get_stdin_msg, self._asked),
        ):
            for _ in range(200):
                try:
                    take(read(timeout=0.01 if read == self.client.get_iopub_msg else 0))
                except queue.Empty:
                    break

    # -- widgets

    @property
    def views(self) -> list[str]:
        """The comms of the turns' views that were shown, by order."""
        shown = [m["content"]["data"] for m in self.said if m["msg_type"] == "display_data"]
        return [str(data[VIEW]["model_id"]) for data in shown if VIEW in data]

    @property
    def view(self) -> str:
        """The one that was shown last."""
        return self.views[-1]

    def custom(self, comm: str, content: Any, *, key: bytes | None = None) -> list[bytes]:
        """The frames of a widget's own message, signed with the kernel's key or another."""
        return self._frames(comm, {"method": "custom", "content": content}, key)

    def update(self, comm: str, **state: Any) -> list[bytes]:
        """The frames of a change of a widget's state."""
        return self._frames(comm, {"method": "update", "state": state, "buffer_paths": []})

    def click(self, kind: str, **more: Any) -> dict[str, Any]:
        """What a click in our view says, never said before."""
        return {"view": "wire", "k": kind, "nonce": f"wire-{next(self._nonces)}", **more}

    def send(self, *messages: Sequence[bytes]) -> None:
        """Send frames as they are, on the shell's channel."""
        for message in messages:
            self.client.shell_channel.socket.send_multipart(message)

    def send_while_listening(
        self, messages: Iterable[Sequence[bytes]], *, within_s: float = WITHIN_S
    ) -> None:
        """Send many, and meanwhile read what comes, or the kernel's answers would be dropped.

        All on this thread: a socket that is read on another than sends may hang for good.
        """
        socket = self.client.shell_channel.socket
        for number, message in enumerate(messages):
            self.wait_until(lambda: socket.poll(0, zmq.POLLOUT), "room to send", within_s=within_s)
            self.send(message)
            if number % 50 == 0:  # each time one listens takes 10 ms
                self.listen()

    def snapshots(self, to: str) -> int:
        """How often a view was sent whole to the page of this name."""
        sent = [m["content"] for m in self.said if m["msg_type"] == "comm_msg"]
        told = [content["data"].get("content") or {} for content in sent]
        return sum("snapshot" in one and one.get("to") == to for one in told)

    # -- what comes

    def _heard(self, message: dict[str, Any]) -> None:
        content = message["content"]
        self.said.append(message)
        shown = content.get("data", {}) if message["msg_type"] == "display_data" else {}
        if VIEW in shown:
            self.send(self.custom(shown[VIEW]["model_id"], self.click("ready")))

    def _replied(self, message: dict[str, Any]) -> None:
        self.replies[message["parent_header"].get("msg_id", "")] = message

    def _asked(self, message: dict[str, Any]) -> None:
        self.asked.append(message["content"]["prompt"])
        self.client.input(self.typed.pop(0))

    def _frames(self, comm: str, data: Any, key: bytes | None = None) -> list[bytes]:
        session = self.client.session if key is None else Session(key=key)
        return session.serialize(session.msg("comm_msg", {"comm_id": comm, "data": data}))


def _specs(environment: Environment, folder: Path) -> KernelSpecManager:
    """Knows the kernel of one environment, and no other."""
    spec = folder / _NAME / "kernel.json"
    spec.parent.mkdir(parents=True, exist_ok=True)
    command = [str(environment.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec.write_text(json.dumps({"argv": command, "display_name": _NAME, "language": "python"}))
    return KernelSpecManager(kernel_dirs=[str(folder)], ensure_native_kernel=False)
