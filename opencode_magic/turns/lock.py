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


_broken_off: set[str] = set()


def break_off(session_id: str) -> None:
    """Remember that a turn of a session was left open here: its server has ended, or is lost."""
    _broken_off.add(session_id)


def was_broken_off(session_id: str) -> bool:
    """Return whether a turn of a session was left open here, and so is nobody else's."""
    return session_id in _broken_off
