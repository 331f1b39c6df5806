"""One turn at a time in each session, as far as this kernel runs them."""

from __future__ import annotations

import threading

from ..errors import BusyError

_running: dict[tuple[str, str], SessionLock] = {}
_guard = threading.Lock()


class SessionLock:
    """The right to run a turn in a session of a server.

    Parameters
    ----------
    base_url, session_id:
        the server and the session.
    """

    def __init__(self, base_url: str, session_id: str) -> None:
        self._key = base_url, session_id

    def take(self) -> None:
        """Take it; raise BusyError where another turn has it."""
        with _guard:
            if _running.setdefault(self._key, self) is not self:
                raise BusyError(
                    f"session {self._key[1]} already runs a turn of this kernel; "
                    "wait for it, or use --new"
                )

    def free(self) -> None:
        """Give it back; one that was never taken is fine, too."""
        with _guard:
            if _running.get(self._key) is self:
                del _running[self._key]
