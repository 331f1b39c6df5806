"""Events as an iterator: what happens in a directory, or on the whole server."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import UnforeseenError
from ..model.events import Event, Gap
from ..protocol.fanout import Fanout, Subscription
from ..protocol.resource import Resource, operation
from ..protocol.transport import Connection

WAIT_S = 0.5  # so that an interrupt is taken everywhere


class Events(Resource):
    """What happens, from now on: there is no replay."""

    def __init__(self, connection: Connection, fanout: Fanout) -> None:
        super().__init__(connection)
        self._fanout = fanout

    @operation("GET /event")
    def subscribe(self, directory: str | None = None) -> Iterator[Event]:
        """Yield the events of `directory`, the client's own by default, as they come.

        The first is `Connected`: what is sent after it will be seen. It reconnects by itself and
        says `Gap` where events may be missing; it ends, with a last `Gap`, where the server is
        gone. A folder below the directory is another scope on the server.
        """
        return _follow(self._fanout.share(directory or self.connection.directory))

    @operation("GET /global/event")
    def subscribe_global(self) -> Iterator[Event]:
        """Yield the events of all directories: `GlobalEvent` says which, and holds the event."""
        return _follow(self._fanout.share(None, everywhere=True))


def _follow(share: Subscription) -> Iterator[Event]:
    with share:
        while True:
            for event in share.get(WAIT_S):
                yield event
                if isinstance(event, Gap) and event.ended:
                    if isinstance(share.failure, UnforeseenError):
                        raise share.failure
                    return
