"""The tools of this kernel on a server: offered before a turn, served in it, taken back."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..client import OpenCode
from ..context.notebook import Notebook
from ..errors import InputError, OpencodeError
from ..redact import Redactor
from .calls import Answer, Call, Desk
from .interrupts import Strikes
from .running import StoppedError, StopWaits, run
from .tools import READING, TOOLS, Bench, Tool, use

if TYPE_CHECKING:
    from .server import ToolServer

CALL_MS = 86_400_000  # code of the agent may take its time; Stop ends it
NOT_ALLOWED = (
    "Nobody has allowed this call in the notebook whose kernel this is, so it was not done. Only "
    "the notebook's own session may call."
)


class LivingKernel:
    """Offers a shell to the agents of a server, as a name of this kernel alone.

    Parameters
    ----------
    shell:
        the user's IPython.
    notebook:
        gives its names, cells and values.
    """

    def __init__(self, shell: Any, notebook: Callable[[], Notebook]) -> None:
        self.name = f"kernel_{secrets.token_hex(4)}"
        self.redact = Redactor()
        self._shell = shell
        self._notebook = notebook
        self._desk = Desk()
        self._mode = "off"
        self._server: ToolServer | None = None
        self._offered: tuple[OpenCode, str] | None = None
        self._permitted: dict[str, tuple[str, Mapping[str, Any] | None]] = {}

    @property
    def mode(self) -> str:
        """What is offered now: `off`, `read` or `run`."""
        return self._mode

    @property
    def listens(self) -> bool:
        """Whether something listens."""
        return self._server is not None

    def tools(self) -> tuple[Tool, ...]:
        """The tools of the mode."""
        return {"off": (), "read": READING}.get(self._mode, TOOLS)

    def reads(self, permission: str) -> bool:
        """Whether a request is for a tool of ours that only looks."""
        tool = self._asked_for(permission)
        return tool is not None and not tool.acts

    def permit(self, permission: str, call_id: str, arguments: Mapping[str, Any] | None) -> None:
        """Let one call pass, whose request was allowed in this notebook.

        A server shows the tools to all of its sessions, and may ask nobody in those of others: so
        no call is carried out that was not allowed here, with just these arguments.
        """
        tool = self._asked_for(permission)
        if tool is not None and (arguments is not None or not tool.acts):
            self._permitted[call_id] = (tool.name, arguments)

    def _asked_for(self, permission: str) -> Tool | None:
        return next((t for t in TOOLS if permission == f"{self.name}_{t.name}"), None)

    def _was_permitted(self, call: Call) -> bool:
        """Whether a call was allowed; then it is that once."""
        for call_id, (tool, arguments) in self._permitted.items():
            if tool == call.tool and arguments in (None, call.arguments):
                del self._permitted[call_id]
                return True
        return False

    def offer(self, client: OpenCode, mode: str) -> None:
        """See to it that the server has the tools of this mode, and no others."""
        if mode == "off":
            self.close()
            return
        if self._server is not None and not self._server.alive:
            self.close()
        if self._server is None:
            from .server import ToolServer  # late: the MCP library takes half a second

            self._mode = mode
            self._server = ToolServer(self.name, self.tools, self._desk)
            self.redact = self.redact | Redactor.of(self._server.token)
        client.redact = client.redact | self.redact
        if self._offered == (client, mode) and self._is_known(client):
            return
        self._mode = mode
        # A server that drops its project's state forgets it; one that has it reads the tools anew.
        found = client.mcp.add(
            self.name,
            url=self._server.url,
            headers={"Authorization": f"Bearer {self._server.token}"},
            timeout_ms=CALL_MS,
        )
        self._offered = (client, mode)
        state = found.get(self.name)
        if state is None or state.status != "connected":
            self.close()
            raise InputError(
                "the server could not reach the kernel's tools; `%opencode /kernel off` goes on "
                "without them"
            )

    def _is_known(self, client: OpenCode) -> bool:
        state = client.mcp.status().get(self.name)
        return state is not None and state.status == "connected"

    @contextmanager
    def turn(self) -> Iterator[None]:
        """While a cell waits, and only then, calls are taken."""
        self._desk.open()
        try:
            yield
        finally:
            self._desk.close()
            self._permitted.clear()

    def serve(self, stop_waits: StopWaits) -> None:
        """Run the calls that wait. KeyboardInterrupt where the user stopped one."""
        while (call := self._desk.take()) is not None:
            answer = Answer("It was stopped.", failed=True)
            stopped = False
            strikes = Strikes()
            try:
                with strikes:
                    if self._was_permitted(call):
                        answer = use(call.tool, call.arguments, self._bench(stop_waits))
                    else:
                        answer = Answer(NOT_ALLOWED, failed=True)
            except StoppedError as stop:
                answer, stopped = stop.answer, True
            except BaseException as error:  # a tool that fails must not cost the user the turn
                stopped = strikes.by_user
                if not stopped:
                    answer = Answer(f"The tool failed: {type(error).__name__}", failed=True)
            finally:
                call.answer.set_result(replace(answer, text=self.redact(answer.text)))
            if stopped:
                raise KeyboardInterrupt

    def _bench(self, stop_waits: StopWaits) -> Bench:
        return Bench(
            self._notebook(),
            lambda code: run(self._shell, code, stop_waits),
            lambda code: self._shell.set_next_input(code, replace=False),
        )

    def close(self) -> None:
        """Take the tools back, end the thread, free the port. Closing twice is fine."""
        self._desk.close()
        offered, self._offered, self._mode = self._offered, None, "off"
        server, self._server = self._server, None
        try:
            if offered is not None:
                with suppress(OpencodeError):
                    offered[0].mcp.disconnect(self.name)
        finally:
            if server is not None:
                server.close()
