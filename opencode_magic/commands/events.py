"""What happens on the server, as it happens."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from ..app.app import App
from ..errors import InputError
from ..live.surface import Snapshot, Stop, Surface
from ..model.events import Connected, Event, Gap, Heartbeat
from ..protocol.fanout import Subscription
from ..render.blocks import Header, Item, Plain, Span
from ..render.events import kind_of, session_of, what_of
from ..render.table import Column, Table
from ..text.amounts import count_words
from . import command
from .helpers import code_column

STEP_S = 0.1
SHOWN = 20  # events of a running display
MOST = 100_000  # events that are kept


@dataclass(frozen=True)
class SeenEvent:
    """An event, and how many seconds after the start it arrived."""

    event: Event
    after_s: float


@command(calls=("event.subscribe",))
def events(app: App, filter: str = "", *, seconds: int = 0, count: int = 0) -> Table[SeenEvent]:
    """Show what happens in the project until Stop, Ctrl-C, --seconds or --count.

    FILTER is a part of an event's kind (`permission`, `message.part`) or of a session's id. The
    events that came are the value.
    """
    if seconds < 0 or count < 0:
        raise InputError("/events: --seconds and --count are 1 or more")
    client = app.connect()
    if app.surface is None or (not app.person.is_there() and not (seconds or count)):
        raise InputError("nobody is there to stop it: use --seconds or --count")
    watch = _Watch(app.surface(), filter, seconds, min(count or MOST, MOST))
    with client.fanout.share(client.directory) as share:
        found = watch.run(share)
    of = f" of {filter!r}" if filter else ""
    return event_table(found, f"{count_words(len(found), 'event')}{of}", watch.note)


class _Watch:
    """Shows the stream while it lasts, and keeps what arrived.

    Parameters
    ----------
    wanted:
        a part of an event's kind or a session's id, "" for all events.
    seconds, count:
        when to stop; 0 seconds are without end.
    """

    def __init__(self, surface: Surface, wanted: str, seconds: float, count: int) -> None:
        self._surface = surface
        self._wanted = wanted.lower()
        self._seconds = seconds
        self._count = count
        self._found: list[SeenEvent] = []
        self._began = time.monotonic()
        self.note = ""

    def run(self, share: Subscription) -> list[SeenEvent]:
        """Show events until it is to stop, and return them."""
        try:
            while not self._over():
                self._take(share.get(STEP_S))
                self._draw()
        except KeyboardInterrupt:
            self.note = "interrupted"
        finally:
            self._surface.finish({})
        return self._found

    def _over(self) -> bool:
        stopped = any(isinstance(action, Stop) for action in self._surface.actions(0))
        timed_out = bool(self._seconds) and time.monotonic() - self._began > self._seconds
        return stopped or timed_out or bool(self.note) or len(self._found) >= self._count

    def _take(self, came: Sequence[Event]) -> None:
        now = time.monotonic() - self._began
        for event in came:
            if isinstance(event, Gap) and event.ended:
                self.note = f"the connection was lost: {event.reason}"
            if len(self._found) < self._count and self._is_wanted(event):
                self._found.append(SeenEvent(event, now))

    def _is_wanted(self, event: Event) -> bool:
        if not self._wanted:
            return not isinstance(event, Connected | Heartbeat)
        return self._wanted in kind_of(event) or self._wanted in session_of(event).lower()

    def _draw(self) -> None:
        latest = list(enumerate(self._found))[-SHOWN:]
        listed = tuple(Item(f"event:{n}", Plain(_line(seen))) for n, seen in latest)
        words = f"{count_words(len(self._found), 'event')} so far"
        filtered = f"events of {self._wanted!r}" if self._wanted else "events"
        elapsed = time.monotonic() - self._began
        self._surface.draw(Snapshot(listed, Header(filtered), words, elapsed))


def event_table(found: Sequence[SeenEvent], title: str, note: str = "") -> Table[SeenEvent]:
    """Return events as a table."""
    columns: tuple[Column[SeenEvent], ...] = (
        Column("after", lambda s: f"{s.after_s:.1f} s", lambda s: s.after_s, number=True),
        Column("event", lambda s: (Span(kind_of(s.event), "strong"),), lambda s: kind_of(s.event)),
        code_column("session", lambda s: session_of(s.event)),
        Column("what", lambda s: what_of(s.event)),
    )
    return Table(title, tuple(found), columns, note)


def _line(seen: SeenEvent) -> str:
    words = (f"{seen.after_s:6.1f} s", kind_of(seen.event), what_of(seen.event))
    return "  ".join(filter(None, words))
