"""The tools of this kernel on a server: offered before a turn, served in it, taken back."""

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
from .queue import Desk, KernelCall, ToolAnswer
from .running import StoppedError, StopWaits, run
from .tools import READING, TOOLS, Bench, Tool, use

if TYPE_CHECKING:
    from .server import ToolServer

UNUSABLE = "the MCP library, which serves the kernel's tools, cannot be used here"
LOST = "(The answer to an earlier call of yours was lost. It was carried out;"
MOST_REPEATED = 4_000
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
    insert:
        puts a cell below, and tells the agent where it is.
    """

    def __init__(
        self,
        shell: Any,
        notebook: Callable[[], Notebook],
        insert: Callable[[str], str],
    ) -> None:
        self.name = f"kernel_{secrets.token_hex(4)}"
        self.redact = Redactor()
        self._shell = shell
        self._notebook = notebook
        self._insert = insert
        self._desk = Desk()
        self._mode = "off"
        self._server: ToolServer | None = None
        self._offered: tuple[Client, str, str, str] | None = None
        self._told: list[str] = []
        self._permitted: dict[str, tuple[str, Mapping[str, Any] | None]] = {}
        self._line = ToolsLine()
        self._repaired_ms = 0.0  # since the epoch, as a server counts
        self._lost: list[str] = []
        self._last = ""

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
            self._line.allowed(call_id)

    def _asked_for(self, permission: str) -> Tool | None:
        return next((t for t in TOOLS if permission == f"{self.name}_{t.name}"), None)

    def _permit_of(self, call: KernelCall) -> str:
        """The id under which a call was allowed, which it is that once; "" where it was not."""
        for call_id, (tool, arguments) in self._permitted.items():
            if tool == call.tool and arguments in (None, call.arguments):
                del self._permitted[call_id]
                return call_id
        return ""

    def offer(self, client: Client, mode: str) -> None:
        """See to it that the server has the tools of this mode, and no others."""
        if mode == "off":
            self.close()
            return
        self._mode = mode
        server = self._serving()
        client.redact = client.redact | self.redact
        offer = (client, mode, server.url, server.token)
        if self._offered == offer and self._is_known(client):
            return
        # A server that drops its project's state forgets it; one that has it reads the tools anew.
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
        """What serves the tools, a new one where it does not answer any more."""
        if self._server is not None and not self._server.answers():
            self._server.close()
            self._server = None
        if self._server is None:
            try:
                from .server import ToolServer  # late: the MCP library takes half a second
            except ImportError as error:
                raise InputError(f"{UNUSABLE} ({one_line(str(error))})") from None
            self._server = ToolServer(self.name, self.tools, self._desk)
            self.redact = self.redact | Redactor.of(self._server.token)
        return self._server

    @property
    def state(self) -> str:
        """How the tools are now, in words."""
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
        """While a cell waits, and only then, calls are taken."""
        self._desk.open()
        try:
            yield
        finally:
            self._desk.close()
            self._permitted.clear()
            self._line.clear()
            self._repaired_ms = 0.0
            self._lost.clear()
            self._told.clear()

    def serve(self, stop_waits: StopWaits) -> None:
        """Run the calls that wait. KeyboardInterrupt where the user stopped one."""
        while (call := self._desk.take()) is not None:
            answer = ToolAnswer("It was stopped.", failed=True)
            stopped, call_id = False, ""
            strikes = Strikes()
            try:
                with strikes:
                    call_id = self._permit_of(call)
                    if call_id:
                        answer = use(call.tool, call.arguments, self._bench(stop_waits))
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
        """See to it that no call hangs on a line that broke, and that the next ones come through.

        A server waits for a lost answer until the tools are offered to it again: then it makes a
        new line and closes the old one, with all that hangs on it.
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
            self._lost.append(f"{LOST} {self._last})")
        client, mode = self._offered[:2]
        self._offered = None
        words = f"the line to this kernel's tools broke, and {lost} was lost"
        try:
            self.offer(client, mode)
            self._repaired_ms = time.time() * 1000
            self._tell(f"{words}; the tools are there again")
        except OpencodeError as error:
            self._tell(f"{words}: {error.message}")

    def _tell(self, note: str) -> None:
        if note not in self._told:
            self._told.append(note)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user must know of the tools in this turn."""
        return tuple(self._told)

    def _bench(self, stop_waits: StopWaits) -> Bench:
        return Bench(
            self._notebook(),
            lambda code: run(self._shell, code, stop_waits),
            self._insert,
        )

    def close(self) -> None:
        """Take the tools back, end the thread, free the port. Closing twice is fine."""
        self._desk.close()
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
