"""The MCP server: loopback, a random port, a bearer token; it knows names and words only."""

from __future__ import annotations

import asyncio
import base64
import hmac
import secrets
import socket
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import mcp_types as types
import uvicorn
from mcp.server.lowlevel import Server

from ..errors import StartError
from ..text.characters import sound, sound_json
from .queue import CallQueue, ToolAnswer
from .tools import Tool

START_WITHIN_S = 20.0
STOP_WITHIN_S = 5.0
ANSWER_WITHIN_S = 3.0


class ToolServer:
    """Serves the tools until `close`; requests without its `token` are answered with 401.

    Parameters
    ----------
    name:
        the name by which the server introduces itself.
    offered:
        returns the tools there are at the moment.
    calls:
        takes the calls for the main thread.
    """

    def __init__(self, name: str, offered: Callable[[], Sequence[Tool]], calls: CallQueue) -> None:
        self.token = secrets.token_urlsafe(32)
        self._offered = offered
        self._calls = calls
        self._socket = socket.socket()
        try:
            self._socket.bind(("127.0.0.1", 0))
            self._socket.listen(32)
            self.port = int(self._socket.getsockname()[1])
            server: Server[Any] = Server(name, on_list_tools=self._list, on_call_tool=self._call)
            # A stream and not JSON: its pings keep a long call alive.
            self._app = server.streamable_http_app(stateless_http=True)
            config = uvicorn.Config(
                self._guarded, log_config=None, access_log=False, timeout_graceful_shutdown=1,
                lifespan="on", interface="asgi3", ws="none",
            )  # fmt: skip
            self._uvicorn = uvicorn.Server(config)
            self._thread = threading.Thread(
                target=lambda: asyncio.run(self._uvicorn.serve(sockets=[self._socket])),
                name="opencode-magic-kernel-tools",
                daemon=True,
            )
            self._thread.start()
            self._wait_started()
        except BaseException as error:  # an interrupt too: neither thread nor socket may stay
            if hasattr(self, "_uvicorn"):
                self._uvicorn.should_exit = True
            self._socket.close()
            if isinstance(error, OSError):
                why = error.strerror or str(error)
                raise StartError(f"the kernel's tools have no port to listen at ({why})") from None
            raise

    @property
    def url(self) -> str:
        """The address at which it listens."""
        return f"http://127.0.0.1:{self.port}/mcp"

    @property
    def alive(self) -> bool:
        """True until it was closed, or broke down."""
        return self._thread.is_alive()

    def answers(self) -> bool:
        """Return whether a call would come through now, by asking as the agent's server does."""
        if not self.alive:
            return False
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Accept": "application/json, text/event-stream",
        }
        asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
        try:
            reply = httpx.post(
                self.url, headers=headers, json=asked, timeout=ANSWER_WITHIN_S, trust_env=False
            )
        except httpx.HTTPError:
            return False
        return reply.status_code == httpx.codes.OK and '"tools"' in reply.text

    def _wait_started(self) -> None:
        until = time.monotonic() + START_WITHIN_S
        while not self._uvicorn.started:
            if not self._thread.is_alive() or time.monotonic() > until:
                raise StartError("the server of the kernel's tools did not start")
            self._thread.join(0.01)

    def close(self) -> None:
        """End the thread and free the port. Closing twice is fine."""
        self._uvicorn.should_exit = True
        self._thread.join(STOP_WITHIN_S)
        self._socket.close()

    async def _guarded(self, scope: Any, receive: Any, send: Any) -> None:
        """Admit only requests that have the token and come from no web page."""
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            wanted = f"Bearer {self.token}".encode()
            hosts = (f"127.0.0.1:{self.port}".encode(), f"localhost:{self.port}".encode())
            if not hmac.compare_digest(headers.get(b"authorization", b""), wanted):
                await _refuse(send, 401)
                return
            if b"origin" in headers or headers.get(b"host") not in hosts:
                await _refuse(send, 403)
                return
            receive = _sound(receive)
        await self._app(scope, receive, send)

    async def _list(self, _context: Any, _params: Any) -> types.ListToolsResult:
        return types.ListToolsResult(
            tools=[
                types.Tool(name=tool.name, description=tool.help, input_schema=tool.schema)
                for tool in self._offered()
            ]
        )

    async def _call(
        self, _context: Any, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        if params.name not in {tool.name for tool in self._offered()}:
            answer = ToolAnswer("There is no such tool here now.", failed=True)
        else:
            waiting = self._calls.put(params.name, params.arguments or {})
            answer = await asyncio.wrap_future(waiting)
        content: list[Any] = [types.TextContent(text=sound(answer.text))]
        if answer.picture:
            data = base64.b64encode(answer.picture).decode()
            content.append(types.ImageContent(data=data, mime_type=answer.mime))
        return types.CallToolResult(content=content, is_error=answer.failed)


def _sound(receive: Any) -> Any:
    """Wrap `receive`: the body comes whole and without half characters, see `sound_json`."""
    pieces: list[bytes] = []

    async def received() -> Any:
        message = await receive()
        while message["type"] == "http.request":
            pieces.append(message.get("body", b""))
            if not message.get("more_body"):
                text = b"".join(pieces).decode("utf-8", "replace")
                pieces.clear()
                return {"type": "http.request", "body": sound_json(text).encode()}
            message = await receive()
        return message

    return received


async def _refuse(send: Any, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})
