"""What running commands print, on servers that tell it only when they are asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..model.events import Event
from ..model.transcript import Transcript
from ..protocol.dialect import Dialect

EVERY_S = 0.5
PATIENCE = 10  # times as long as the last answer took: a slow server is not asked all the time


class Printed:
    """Asks now and then what the commands of a turn have printed.

    Parameters
    ----------
    dialect:
        the server's.
    clock:
        monotonic seconds.
    """

    def __init__(self, dialect: Dialect, clock: Callable[[], float]) -> None:
        self._dialect = dialect
        self._clock = clock
        self._due = 0.0

    def news(self, transcript: Transcript) -> Sequence[Event]:
        """Return what was printed since; nothing where it is too early to ask again."""
        now = self._clock()
        if now < self._due:
            return ()
        news = tuple(self._dialect.printed(transcript))
        self._due = self._clock() + max(EVERY_S, PATIENCE * (self._clock() - now))
        return news
