"""An OpenAI-compatible model on loopback that plays scripts and lessons instead of thinking."""

from __future__ import annotations

import fnmatch
import json
import secrets
import socket
import sys
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .cues import Cue, Lessons, ModelRequest, cue_for, no_lessons
from .script import (
    Action,
    Call,
    Disconnect,
    Fail,
    Finish,
    Say,
    Step,
    StreamTokens,
    Think,
    Usage,
    Wait,
)

MODEL = "demo"
"""The name of the only model there is."""

KEPT_REQUESTS = 50


class ScriptedModel:
    """A model server on a free port of 127.0.0.1, from its creation to `close()`."""

    def __init__(self, lessons: Lessons = no_lessons) -> None:
        self.requests: deque[ModelRequest] = deque(maxlen=KEPT_REQUESTS)
        self.lessons = lessons
        self._gates: defaultdict[str, threading.Event] = defaultdict(threading.Event)
        self._arrivals: defaultdict[str, threading.Event] = defaultdict(threading.Event)
        self._failed: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._closed = False
        self._server = _Server(self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="scripted-model", daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """The base URL for a provider: `http://127.0.0.1:PORT/v1`."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def gate(self, name: str) -> threading.Event:
        """Return the gate of this name; `Wait(name)` waits until it is set."""
        with self._lock:
            return self._gates[name]

    def arrived(self, name: str) -> threading.Event:
        """Return what is set as soon as a reply waits at the gate of this name."""
        with self._lock:
            return self._arrivals[name]

    def begin_again(self) -> None:
        """Open every gate; from now on all are closed again, and nothing has failed yet."""
        with self._lock:
            gates = list(self._gates.values())
            for kept in (self._gates, self._arrivals, self._failed):
                kept.clear()
        for gate in gates:
            gate.set()

    def close(self) -> None:
        """Stop serving, open every gate and hang up on everybody."""
        if self._closed:
            return
        self._closed = True
        self.begin_again()
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> ScriptedModel:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _due(self, key: str, times: int) -> bool:
        """Return whether this failure is still due; after `times` of them it starts again."""
        if not times:
            return True
        with self._lock:
            self._failed[key] += 1
            if self._failed[key] <= times:
                return True
            del self._failed[key]
            return False


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, model: ScriptedModel) -> None:
        self.model = model
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report a fault, but not that a client hung up: an aborted turn looks so from here."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        for connection in list(self._open):
            _shut(connection)


class _HungUpError(ConnectionError):
    """The script says to cut the connection here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a token must not wait for the next one
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # the base class prints to stderr
        return

    def do_GET(self) -> None:
        if self.path.rstrip("/").endswith("/models"):
            listed = {"id": MODEL, "object": "model", "created": 1, "owned_by": "demo"}
            self._json(200, {"object": "list", "data": [listed]})
        else:
            self._json(404, _error(f"nothing at {self.path}"))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)))
        if not self.path.endswith("/chat/completions"):
            self._json(404, _error(f"nothing at {self.path}"))
        elif not body.get("stream"):
            self._json(400, _error("this model only streams: send stream: true"))
        else:
            asked = ModelRequest(body)
            self.server.model.requests.append(asked)
            self._offered = asked.tools
            self._play(cue_for(asked, self.server.model.lessons))

    def _play(self, cue: Cue) -> None:
        model = self.server.model
        fail = next((action for action in cue.step if isinstance(action, Fail)), None)
        if fail is not None and model._due(cue.key, fail.times):
            self._refuse(fail)
            return
        self._called = 0
        self._start()
        try:
            for action in cue.step:
                self._act(action, cue)
        except _HungUpError:
            self._cut()
            return
        self._finish(cue.step)

    def _act(self, action: Action, cue: Cue) -> None:
        match action:
            case Say(text=text, size=size, delay_s=delay):
                self._stream("content", _pieces(text, size), delay)
            case Think(text=text, size=size, delay_s=delay):
                self._stream("reasoning_content", _pieces(text, size), delay)
            case StreamTokens():
                gap = 1 / action.per_second if action.per_second else 0.0
                self._stream("content", _numbered(action), gap)
            case Call():
                self._call(action)
            case Wait(gate=gate, limit_s=limit):
                self._wait(gate, limit)
            case Disconnect(times=times):
                if self.server.model._due(f"cut {cue.key}", times):
                    raise _HungUpError
            case Fail() | Usage() | Finish():
                pass  # played before the first and after the last piece

    def _stream(self, field: str, pieces: Iterator[str], gap_s: float) -> None:
        """Send pieces by a schedule: a late piece does not delay the ones after it."""
        start = time.monotonic()
        for number, piece in enumerate(pieces):
            ahead = start + number * gap_s - time.monotonic()
            if gap_s and ahead > 0:
                time.sleep(ahead)
            self._chunk({"role": "assistant", field: piece})

    def _call(self, call: Call) -> None:
        # The tools of a kernel are called differently in each: `kernel_*_run_code`.
        named = fnmatch.filter(self._offered, call.tool) if "*" in call.tool else []
        function = {
            "name": named[0] if named else call.tool,
            "arguments": call.raw or json.dumps(call.arguments),
        }
        entry = {
            "index": self._called,
            "id": f"call_{secrets.token_hex(6)}",
            "type": "function",
            "function": function,
        }
        self._called += 1
        self._chunk({"role": "assistant", "tool_calls": [entry]})

    def _wait(self, name: str, limit_s: float) -> None:
        self.server.model.arrived(name).set()
        if not self.server.model.gate(name).wait(limit_s):
            self._chunk({"content": f"(the gate {name} was not opened within {limit_s:g} s)"})

    def _finish(self, step: Step) -> None:
        called = any(isinstance(action, Call) for action in step)
        usage = next((action for action in step if isinstance(action, Usage)), Usage())
        usual = "tool_calls" if called else "stop"
        reasons = (action.reason for action in step if isinstance(action, Finish))
        self._chunk({}, finish=next(reasons, usual))
        self._data(json.dumps({**_ENVELOPE, "choices": [], "usage": _counts(usage)}))
        self._data("[DONE]")
        self.wfile.write(b"0\r\n\r\n")

    def _start(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()

    def _chunk(self, delta: dict[str, Any], *, finish: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        self._data(json.dumps({**_ENVELOPE, "choices": [choice]}))

    def _data(self, text: str) -> None:
        payload = f"data: {text}\n\n".encode()
        self.wfile.write(b"%x\r\n%b\r\n" % (len(payload), payload))

    def _cut(self) -> None:
        self.close_connection = True
        _shut(self.connection)

    def _refuse(self, fail: Fail) -> None:
        headers = {}
        if fail.retry_after_s is not None:
            headers["retry-after-ms"] = str(round(fail.retry_after_s * 1000))
        self._json(fail.status, _error(fail.message), headers)

    def _json(self, status: int, value: Any, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        for name, text in (headers or {}).items():
            self.send_header(name, text)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


_ENVELOPE = {"id": "scripted", "object": "chat.completion.chunk", "created": 1, "model": MODEL}


def _pieces(text: str, size: int) -> Iterator[str]:
    size = size or len(text) or 1
    return (text[at : at + size] for at in range(0, len(text), size))


def _numbered(tokens: StreamTokens) -> Iterator[str]:
    for number in range(tokens.count):
        stamp = f"@{time.time_ns() // 1_000_000}" if tokens.stamped else ""
        last = tokens.paragraph and (number + 1) % tokens.paragraph == 0
        yield f"t{number}{stamp}" + ("\n\n" if last else " ")


def _counts(usage: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cached},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }


def _error(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "scripted", "code": None}}


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other side was faster
