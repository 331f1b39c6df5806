"""One event connection for each directory, shared by all that listen at once or later.

The server (1.18.33) goes on serving an event connection that was closed: after 300 of them a short
turn costs it three times the work. So a turn does not open one of its own.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from ..errors import OpencodeError
from ..model.events import Connected, Event, Gap, Heartbeat
from .dialect import Feed
from .directory import check_directory
from .stream import EventStream

if TYPE_CHECKING:
    from .transport import Connection

KEPT_S = 600.0  # while nobody listens


class FeedOf(Protocol):
    """Gives the feed of a directory, or of all."""

    def __call__(self, directory: str | None, *, everywhere: bool = False) -> Feed: ...


class Subscription:
    """The events of one directory, or `everywhere`, from `open` to `close`."""

    def __init__(self, fanout: Fanout, directory: str | None, *, everywhere: bool = False) -> None:
        self._fanout = fanout
        self.directory = directory
        self.everywhere = everywhere
        self.stream: _Shared | None = None
        self.queue: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def __enter__(self) -> Subscription:
        try:
            self.open()
        except BaseException:  # an interrupt
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def feed(self) -> Feed:
        """Return the feed that is to be read."""
        return self._fanout.feed(self.directory, everywhere=self.everywhere)

    @property
    def failure(self) -> OpencodeError | None:
        """Why the connection ended for good, once it has."""
        return self.stream.failure if self.stream else None

    def open(self) -> None:
        """Begin. Whatever is sent after the first `Connected` will be seen.

        What follows it may be older, where somebody listened before.
        """
        self._fanout.attach(self)

    def close(self) -> None:
        """Listen no more; the connection stays. Closing twice is fine."""
        if self.stream is not None:
            self.stream.drop(self)

    def doubt(self) -> None:
        """Report that events were missed: who listens next gets another connection."""
        if self.stream is not None:
            self.stream.doubt()

    def get(self, timeout_s: float) -> list[Event]:
        """Return all that has come, after waiting at most `timeout_s` for the first of it."""
        found: list[Event] = []
        try:
            found.append(self.queue.get(timeout=max(timeout_s, 0)))
            while True:
                found.append(self.queue.get_nowait())
        except queue.Empty:
            return found


class _Shared(EventStream):
    """An event connection that hands each event to everybody who listens.

    With nobody there it goes on reading, as the server would keep what is not read, but decodes
    nothing. It then ends when it is lost, or was kept for long enough.
    """

    def __init__(self, client: Connection, first: Subscription, clock: Callable[[], float]) -> None:
        super().__init__(client, first.feed)
        self._clock = clock
        # A failure that comes at once must find somebody.
        self._shares = {first}
        self._giving = threading.Lock()
        self._state: Connected | Gap | None = None
        self._doubted = False
        self._heard = self._left = clock()

    def add(self, share: Subscription) -> bool:
        """Let one more listen; return False, and do not, where the connection is doubtful."""
        with self._giving:
            silent_s = self._clock() - self._heard
            stale_s = self._now.stale_s if self._now else 0.0
            stale = not self._shares and silent_s > stale_s
            if stale or self._doubted or self._closed.is_set() or not self._thread.is_alive():
                return False
            self._shares.add(share)
            if self._state is not None:
                share.queue.put(self._state)
            return True

    def drop(self, share: Subscription) -> None:
        with self._giving:
            self._shares.discard(share)
            self._left = self._clock()

    def doubt(self) -> None:
        with self._giving:
            self._doubted = True

    @property
    def needed(self) -> bool:
        """Whether anybody listens."""
        return bool(self._shares)

    def _events(self, data: str) -> Iterable[Event]:
        self._heard = self._clock()
        with self._giving:
            alone = not self._shares and isinstance(self._state, Connected)
            if alone and (self._doubted or self._heard - self._left > KEPT_S):
                self._closed.set()
        if alone and self._now and not self._now.matters(data):
            return (Heartbeat(),)
        return super()._events(data)

    def _put(self, event: Event) -> None:
        with self._giving:
            if isinstance(event, Connected | Gap):
                self._state = event
            if isinstance(event, Gap) and (event.ended or not self._shares):
                self._closed.set()
            for share in self._shares:
                share.queue.put(event)


class Fanout:
    """The connections of a client, one for each directory and one for all, until `close`."""

    def __init__(
        self, client: Connection, feed: FeedOf, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self.feed = feed
        self._clock = clock
        self._open: dict[tuple[str | None, bool], _Shared] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """End them all; whoever listens next opens another."""
        with self._lock:
            streams, self._open = list(self._open.values()), {}
        for stream in streams:
            stream.close()

    def share(self, directory: str | None, *, everywhere: bool = False) -> Subscription:
        """Return the events of this directory, or of all, for one more listener.

        It raises InputError for a directory that a server would take for another.
        """
        if directory:
            check_directory(directory)
        return Subscription(self, directory, everywhere=everywhere)

    def attach(self, share: Subscription) -> None:
        """Let it listen, to a new connection where the present one cannot be relied on."""
        where = (share.directory, share.everywhere)
        with self._lock:
            # Its stream is noted first: `close` must find it, whenever an interrupt comes.
            old = share.stream = self._open.get(where)
            if old is not None and old.add(share):
                return
            share.stream = self._open[where] = new = _Shared(self._client, share, self._clock)
            new.open()
        if old is not None and not old.needed:
            old.close()
