"""The event connection: one thread that reads, decodes and hands on, and nothing else.

It reconnects by itself and says `Gap` when events may be missing. Stopped by shutting its socket
down: closing a response from another thread would wake nothing for seconds.
"""

from __future__ import annotations

import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx
from httpx_sse import EventSource

from ..errors import (
    ChangedError,
    ConnectError,
    NotOpencodeError,
    OpencodeError,
    UnauthorizedError,
    UnforeseenError,
)
from ..model.events import Connected, Event, Gap, InstanceDisposed
from ..text.shellline import bare
from .dialect import Feed

if TYPE_CHECKING:
    from .transport import Connection

CONNECT_TIMEOUT_S = 5.0
SILENCE_S = 30.0  # then the connection counts as lost; heartbeats come every 10 s
RETRY_AFTER_S = (0.1, 0.3, 1.0, *(2.0,) * 14)  # a server takes seconds to start again


def frames(response: httpx.Response) -> Iterator[str]:
    """Yield the data of each frame that has some; raise where it is no event stream."""
    content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if response.status_code != httpx.codes.OK or content_type != "text/event-stream":
        raise NotOpencodeError(
            f"{response.request.url.copy_with(query=None)} sends no events "
            f"(status {response.status_code}, {content_type or 'no content type'})"
        )
    response.encoding = "utf-8-sig"  # the standard knows no other, and drops a mark before it
    for frame in EventSource(response).iter_sse():
        # After any `id:` field httpx-sse yields a frame for every blank line, with empty data.
        if frame.data:
            yield frame.data


class EventStream(ABC):
    """The events of one feed, from `open` to `close`; see `Fanout` for who hears them.

    Parameters
    ----------
    client:
        whose server, credentials and redactor to use.
    feed:
        returns the feed to read, for each connection again.
    """

    def __init__(self, client: Connection, feed: Callable[[], Feed]) -> None:
        self._client = client
        self._feed = feed
        self._now: Feed | None = None
        self._closed = threading.Event()
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="opencode-events", daemon=True)
        self.failure: OpencodeError | None = None
        """Why the stream ended for good, once it has."""

    def open(self) -> None:
        """Start reading. The first event is `Connected`; what is sent after it will be seen."""
        self._thread.start()

    def close(self) -> None:
        """Stop reading and end the thread. Closing twice, or half-open, is fine."""
        self._closed.set()
        with self._lock:
            if self._socket is not None:
                with suppress(OSError):  # it may be gone already
                    self._socket.shutdown(socket.SHUT_RDWR)
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(CONNECT_TIMEOUT_S)

    @abstractmethod
    def _put(self, event: Event) -> None:
        """Hand on what came, in the thread that reads."""

    def _run(self) -> None:
        failures = 0
        while not self._closed.is_set():
            try:
                if failures:  # it may be another one that comes up again
                    self._client.recheck()
                for event in self._connection():
                    if isinstance(event, Connected):
                        failures = 0
                    self._put(event)
                    if isinstance(event, InstanceDisposed):
                        break
                reason = "the server closed the event stream"
                self.failure = None
            except (UnauthorizedError, NotOpencodeError, ChangedError) as error:
                return self._give_up(error)
            except ConnectError as error:
                reason, self.failure = error.message, error
            except OpencodeError as error:
                return self._give_up(error)
            except Exception as error:  # unforeseen: whoever listens must not wait for ever
                fault = UnforeseenError("reading the events", error, self._client.redact)
                return self._give_up(fault)
            if self._closed.is_set():
                return None
            if failures >= len(RETRY_AFTER_S):
                return self._give_up(self.failure or ConnectError(reason))
            self._put(Gap(reason))
            self._closed.wait(RETRY_AFTER_S[failures])
            failures += 1
        return None

    def _give_up(self, error: OpencodeError) -> None:
        self.failure = error
        self._put(Gap(error.message, ended=True))

    def _connection(self) -> Iterator[Event]:
        feed = self._now = self._feed()
        with self._client.new_http() as http, self._client.translated(f"GET {feed.path}"):
            timeout = httpx.Timeout(CONNECT_TIMEOUT_S, read=SILENCE_S)
            params = dict(feed.params)
            with http.stream("GET", feed.path, params=params, timeout=timeout) as response:
                self._client.guard(response)
                self._remember(response)
                for data in frames(response):
                    if self._closed.is_set():
                        return
                    yield from self._events(data)

    def _events(self, data: str) -> Iterable[Event]:
        assert self._now is not None, "nothing is read before there is a feed"
        return self._now.decode(bare(self._client.redact(data)))

    def _remember(self, response: httpx.Response) -> None:
        network = response.extensions.get("network_stream")
        with self._lock:
            self._socket = network.get_extra_info("socket") if network else None
        if self._closed.is_set() and self._socket is not None:
            with suppress(OSError):  # closed while it connected
                self._socket.shutdown(socket.SHUT_RDWR)
