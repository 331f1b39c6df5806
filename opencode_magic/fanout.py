"""One event connection for many turns that run beside each other in one directory."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Protocol

from .errors import OpencodeError
from .events import Connected, Event, Gap
from .stream import EventStream, taken

if TYPE_CHECKING:
    from .client import Connection


class Events(Protocol):
    """What a turn follows: an event connection, or its part of one."""

    @property
    def failure(self) -> OpencodeError | None: ...
    def open(self) -> None: ...
    def close(self) -> None: ...
    def get(self, timeout_s: float) -> list[Event]: ...


class Share:
    """All events of a shared connection, from `open` to `close`."""

    def __init__(self, stream: _Shared) -> None:
        self._stream = stream
        self.queue: queue.SimpleQueue[Event] = queue.SimpleQueue()

    @property
    def failure(self) -> OpencodeError | None:
        """Why the connection ended for good, once it has."""
        return self._stream.failure

    def open(self) -> None:
        """Begin. The first event is `Connected`; what is sent after it will be seen."""
        self._stream.add(self)

    def close(self) -> None:
        """Take no more; the connection stays for the others."""
        self._stream.drop(self)

    def get(self, timeout_s: float) -> list[Event]:
        """Everything that has come, after waiting at most `timeout_s` for the first of it."""
        return taken(self.queue, timeout_s)


class _Shared(EventStream):
    """An event connection that hands each event to everybody who listens."""

    def __init__(self, client: Connection, directory: str | None) -> None:
        super().__init__(client, directory)
        self._shares: set[Share] = set()
        self._giving = threading.Lock()
        self._state: Connected | Gap | None = None

    def add(self, share: Share) -> None:
        with self._giving:
            self._shares.add(share)
            if self._state is not None:
                share.queue.put(self._state)

    def drop(self, share: Share) -> None:
        with self._giving:
            self._shares.discard(share)

    def _put(self, event: Event) -> None:
        with self._giving:
            if isinstance(event, Connected | Gap):
                self._state = event
            for share in self._shares:
                share.queue.put(event)


class Fanout:
    """The connections that are shared, one for each directory, until `close`."""

    def __init__(self, client: Connection) -> None:
        self._client = client
        self._open: dict[str | None, _Shared] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """End them all."""
        with self._lock:
            for stream in self._open.values():
                stream.close()

    def share(self, directory: str | None) -> Share:
        """The events of this directory, for one more."""
        with self._lock:
            stream = self._open.get(directory)
            if stream is None:
                stream = self._open[directory] = _Shared(self._client, directory)
                stream.open()
        return Share(stream)
