"""The tools of this kernel on an agent's server: offered before a turn, served in it, withdrawn."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..client import Client
from ..context.notebook import Notebook
from ..errors import InputError, OpencodeError
from ..model.messages import ToolPart
from ..model.transcript import Transcript
from ..text.redact import Redactor
from ..text.visible import one_line
from .interrupts import Strikes
from .line import ToolsLine
from .queue import CallQueue, KernelCall, ToolAnswer
from .running import StoppedError, StopWaits, run
from .tools import READING, TOOLS, Bench, Tool, use

if TYPE_CHECKING:
    from .server import ToolServer

MOST_REPEATED = 4_000  # characters of a lost answer
CALL_MS = 86_400_000  # code of the agent may take its time; Stop ends it
NOT_ALLOWED = (
    "Nobody has allowed this call in the notebook whose kernel this is, so it was not done. Only "
    "the notebook's own session may call."
)


class LivingKernel:
    """Offers a shell to the agents of a server, under a name that only this kernel has.

    Parameters
    ----------
    shell:
        the user's IPython.
    notebook:
        returns its names, cells and values.
    insert:
        inserts a cell below, and returns words for where it is.
    """

    def __init__(
        self, shell: Any, notebook: Callable[[], Notebook], insert: Callable[[str], str]
    ) -> None:
        self.name = f"kernel_{secrets.token_hex(4)}"
        self.redact = Redactor()
        self._shell = shell
        self._notebook = notebook
        self._insert = insert
        self._calls = CallQueue()
        self._mode = "off"
        self._server: ToolServer | None = None
        self._offered: tuple[Client, str, str, str] | None = None
        self._notes: dict[str, None] = {}
        self._permitted: dict[str, tuple[str, Mapping[str, Any] | None]] = {}
        self._line = ToolsLine()
        self._repaired_ms = 0.0  # since the epoch, as a server counts
        self._lost: list[str] = []
        self._last = ""

    @property
    def listens(self) -> bool:
        """Whether the tools are served."""
        return self._server is not None

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user must know of the tools in this turn."""
        return tuple(self._notes)

    def tools(self) -> tuple[Tool, ...]:
        """Return the tools of the mode."""
        return {"off": (), "read": READING}.get(self._mode, TOOLS)

    def reads(self, permission: str) -> bool:
        """Return whether a request is for a tool of ours that only reads."""
        tool = self._asked_for(permission)
        return tool is not None and not tool.acts

    def permit(self, permission: str, call_id: str, arguments: Mapping[str, Any] | None) -> None:
        """Let one call pass whose request was allowed in this notebook.

        A server shows the tools to all its sessions, and may run those of others without asking. So
        no call is carried out that was not allowed here, with exactly these arguments.

        Parameters
        ----------
        permission:
            the permission that was asked for: the server's name of the tool.
        call_id:
            the id of the call in the transcript.
        arguments:
            what the call was allowed with; None if that is not known, which is enough to read only.
        """
        tool = self._asked_for(permission)
        if tool is not None and (arguments is not None or not tool.acts):
            self._permitted[call_id] = (tool.name, arguments)
            self._line.allowed(call_id)

    def _asked_for(self, permission: str) -> Tool | None:
        return next((t for t in TOOLS if permission == f"{self.name}_{t.name}"), None)

    def _permit_of(self, call: KernelCall) -> str:
        """Return the id under which a call was allowed, and use it up; "" if it was not allowed."""
        for call_id, (tool, arguments) in self._permitted.items():
            if tool == call.tool and arguments in (None, call.arguments):
                del self._permitted[call_id]
                return call_id
        return ""

    def offer(self, client: Client, mode: str) -> None:
        """Make sure that the server has the tools of this mode, `read` or `run`, and no others."""
        self._mode = mode
        server = self._serving()
        client.redact = client.redact | self.redact
        offer = (client, mode, server.url, server.token)
        if self._offered == offer and self._is_known(client):
            return
        # A server that dropped its project's state has forgotten the tools; one that still has them
        # reads them again.
        found = client.mcp.add(
            self.name,
            url=server.url,
            headers={"Authorization": f"Bearer {server.token}"},
            timeout_ms=CALL_MS,
        )
        self._offered = offer
        state = found.get(self.name)
        if state is None or state.status != "connected":
            why = f" ({one_line(state.error)})" if state is not None and state.error else ""
            self._take_back()
            raise InputError(
                f"the server could not reach the kernel's tools{why}; the next prompt offers them "
                "again, `%opencode /kernel off` goes on without them"
            )

    def _serving(self) -> ToolServer:
        """Return what serves the tools, a new one if the old one answers no more."""
        if self._server is not None and not self._server.answers():
            self._server.close()
            self._server = None
        if self._server is None:
            try:
                from .server import ToolServer  # late: the MCP library takes half a second
            except ImportError as error:
                raise InputError(
                    "the MCP library, which serves the kernel's tools, cannot be used here "
                    f"({one_line(str(error))})"
                ) from None
            self._server = ToolServer(self.name, self.tools, self._calls)
            self.redact = self.redact | Redactor.of(self._server.token)
        return self._server

    @property
    def state(self) -> str:
        """The state of the tools, in words."""
        if self._server is None or self._offered is None:
            return "not offered yet: the next prompt does"
        if not self._server.answers():
            return "gone: what serves them does not answer; the next prompt offers them again"
        try:
            known = self._is_known(self._offered[0])
        except OpencodeError as error:
            return f"not known: {error.message}"
        return "reached" if known else "gone from the server; the next prompt offers them again"

    def _is_known(self, client: Client) -> bool:
        state = client.mcp.status().get(self.name)
        return state is not None and state.status == "connected"

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Accept calls while a cell waits, and only then."""
        self._calls.open()
        try:
            yield
        finally:
            self._calls.close()
            self._permitted.clear()
            self._line.clear()
            self._repaired_ms = 0.0
            self._lost.clear()
            self._notes.clear()

    def serve(self, stop_waits: StopWaits) -> None:
        """Run the calls that wait. Raise KeyboardInterrupt if the user stopped one."""
        while (call := self._calls.take()) is not None:
            answer = ToolAnswer("It was stopped.", failed=True)
            stopped, call_id = False, ""
            strikes = Strikes()
            try:
                with strikes:
                    call_id = self._permit_of(call)
                    if call_id:
                        bench = Bench(
                            self._notebook(),
                            lambda code: run(self._shell, code, stop_waits),
                            self._insert,
                        )
                        answer = use(call.tool, call.arguments, bench)
                    else:
                        answer = ToolAnswer(NOT_ALLOWED, failed=True)
            except StoppedError as stop:
                answer, stopped = stop.answer, True
            except BaseException as error:  # a tool that fails must not cost the user the turn
                stopped = strikes.by_user
                if not stopped:
                    answer = ToolAnswer(f"The tool failed: {type(error).__name__}", failed=True)
            finally:
                self._answer(call, call_id, answer)
            if stopped:
                raise KeyboardInterrupt

    def _answer(self, call: KernelCall, call_id: str, answer: ToolAnswer) -> None:
        text = self.redact("\n".join((*self._lost, answer.text)))
        self._lost.clear()
        call.answer.set_result(replace(answer, text=text))
        if call_id:
            self._line.answered(call_id)
            self._last = f"{call.tool} gave: {answer.text[:MOST_REPEATED]}"

    def repair(self, transcript: Transcript) -> None:
        """Free calls that hang on a broken connection, so that the next ones come through.

        A server waits for a lost answer until the tools are offered to it again. Then it opens a
        new connection and closes the old one, with all calls that hang on it.
        """
        if self._line.is_quiet or self._offered is None:
            return
        late: set[str] = set()
        parts: list[ToolPart] = []
        for message in transcript.by_id.values():
            calls = [part for part in message.parts if isinstance(part, ToolPart)]
            parts += calls
            if message.info.time.created < self._repaired_ms:
                late.update(call.call_id for call in calls)
        lost = self._line.lost(parts, late)
        if not lost:
            return
        if lost == "the answer":
            self._lost.append(
                "(The answer to an earlier call of yours was lost. It was carried out; "
                f"{self._last})"
            )
        client, mode = self._offered[:2]
        self._offered = None
        words = f"the line to this kernel's tools broke, and {lost} was lost"
        try:
            self.offer(client, mode)
            self._repaired_ms = time.time() * 1000
            self._notes[f"{words}; the tools are there again"] = None
        except OpencodeError as error:
            self._notes[f"{words}: {error.message}"] = None

    def close(self) -> None:
        """Withdraw the tools, end the thread, free the port. Closing twice is fine."""
        self._calls.close()
        self._take_back()

    def _take_back(self) -> None:
        offered, self._offered, self._mode = self._offered, None, "off"
        server, self._server = self._server, None
        try:
            if offered is not None:
                with suppress(OpencodeError):
                    offered[0].mcp.disconnect(self.name)
        finally:
            if server is not None:
                server.close()
