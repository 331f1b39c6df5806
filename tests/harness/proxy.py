"""A TCP proxy on loopback that can be told to misbehave as networks do."""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import Any

import h11

_REQUEST = re.compile(rb"[A-Z]+ (\S+) HTTP/1\.1\r\n")


class Line:
    """One connection through the proxy."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client = client
        self.server = server
        self.path = ""
        """What was asked for last."""
        self.sent = bytearray()
        """All the client has sent."""

    def cut(self) -> None:
        """Reset both ends."""
        for one in (self.client, self.server):
            with suppress(OSError):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                one.shutdown(socket.SHUT_RDWR)
            one.close()


class Proxy:
    """Passes bytes to `upstream` (a port) until told otherwise; `port` is where to connect."""

    def __init__(self, upstream: int) -> None:
        self.upstream = upstream
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._resumed = threading.Condition()
        self._open: set[Line] = set()
        self._lines: list[Line] = []
        self._held = ""
        self._lost = ""
        self._swallowed = ""
        self.lost = threading.Event()
        """Set once what should be lost was."""
        self._flowing = threading.Event()
        self._flowing.set()
        self.refusing = False
        self.accepted = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.resume()
        self._listener.close()
        self.cut()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def asked(self, method: str, end_of_path: str) -> list[Any]:
        """The bodies of such requests, read from the bytes that went through."""
        with self._lock:
            sent = [bytes(line.sent) for line in self._lines]
        return [
            json.loads(body)
            for data in sent
            for asked, body in _requests(data)
            if asked.method == method.encode()
            and asked.target.partition(b"?")[0].endswith(end_of_path.encode())
        ]

    @property
    def paths(self) -> list[str]:
        """What each connection asked for last."""
        with self._lock:
            return [line.path for line in self._lines]

    def asked_for(self, path: str) -> int:
        """How many connections asked last for a path: those for events ask for nothing else."""
        return sum(asked.partition("?")[0] == path for asked in self.paths)

    def cut(self) -> None:
        """Reset every open connection."""
        with self._lock:
            broken, self._open = self._open, set()
        for line in broken:
            line.cut()

    def hold(self, part_of_path: str) -> None:
        """Keep back what the server says to such requests, until `resume`."""
        self._held = part_of_path

    def lose_answer(self, part_of_path: str) -> None:
        """Let the next such request arrive, and break the line when it is answered."""
        self.lost.clear()
        self._lost = part_of_path

    def lose_request(self, part_of_path: str) -> None:
        """Break the line when the next such request comes, before it arrives."""
        self.lost.clear()
        self._swallowed = part_of_path

    def stall(self) -> None:
        """Pass no more bytes, on any connection, and say nothing."""
        self._flowing.clear()

    def resume(self) -> None:
        """Let bytes pass again."""
        with self._resumed:
            self._held = ""
            self._resumed.notify_all()
        self._flowing.set()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            if self.refusing:
                client.close()
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self.upstream))
            except OSError:
                client.close()
                continue
            line = Line(client, server)
            with self._lock:
                self._open.add(line)
                self._lines.append(line)
            threading.Thread(target=self._ask, args=(line,), daemon=True).start()
            threading.Thread(target=self._answer, args=(line,), daemon=True).start()

    def _ask(self, line: Line) -> None:
        with suppress(OSError):
            while data := line.client.recv(65536):
                line.sent += data
                if asked := _REQUEST.match(data):
                    line.path = asked[1].decode()
                self._flowing.wait()
                if self._swallowed and self._swallowed in line.path:
                    self._swallowed = ""
                    line.cut()
                    self.lost.set()
                    return
                line.server.sendall(data)
        self._end(line)

    def _answer(self, line: Line) -> None:
        with suppress(OSError):
            while data := line.server.recv(65536):
                self._flowing.wait()
                with self._resumed:
                    self._resumed.wait_for(lambda: not self._held or self._held not in line.path)
                if self._lost and self._lost in line.path:
                    self._lost = ""
                    line.cut()
                    self.lost.set()
                    return
                line.client.sendall(data)
        self._end(line)

    def _end(self, line: Line) -> None:
        for one in (line.client, line.server):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


def _requests(data: bytes) -> Iterator[tuple[h11.Request, bytes]]:
    """The whole requests that stand one behind the other in what a client has sent."""
    while data:
        reader = h11.Connection(h11.SERVER)
        reader.receive_data(data)
        asked = reader.next_event()
        if not isinstance(asked, h11.Request):
            return
        body = bytearray()
        while isinstance(event := reader.next_event(), h11.Data):
            body += event.data
        if not isinstance(event, h11.EndOfMessage):
            return
        yield asked, bytes(body)
        data = reader.trailing_data[0]
