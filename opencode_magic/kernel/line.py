"""Calls lost between the agent's server and the kernel's tools. Pure.

A server whose connection breaks during a call waits for the answer as long as a call may take, a
day, without a word. So each call is followed here, from the moment it is allowed until the server
reports how it ended.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterable
from typing import Literal

from ..model.messages import ToolPart
from ..render.tools.kernel import unreached

COMES_WITHIN_S = 30.0
"""How long a call may take to arrive once it is allowed; offering the tools again ends it."""
GOES_WITHIN_S = 10.0
"""How long its answer may take to reach the server."""

Break = Literal["", "the answer", "the call"]
"""What was lost."""


class ToolsLine:
    """The calls of one turn that are not known to have ended."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: dict[str, tuple[float, bool]] = {}  # since when, and whether it was answered

    def allowed(self, call_id: str) -> None:
        """Note that a call may come now."""
        self._open[call_id] = self._clock(), False

    def answered(self, call_id: str) -> None:
        """Note that a call was carried out, and its answer sent."""
        self._open[call_id] = self._clock(), True

    def clear(self) -> None:
        """Forget all calls."""
        self._open.clear()

    @property
    def is_quiet(self) -> bool:
        """Whether no call is on its way."""
        return not self._open

    def lost(self, parts: Iterable[ToolPart], late: Container[str] = ()) -> Break:
        """Return what was lost since the last time this was asked.

        Parameters
        ----------
        parts:
            the calls as the server sees them.
        late:
            the ids of calls in steps that began before the last repair. A step keeps the connection
            it began with, so they fail once more, and another repair would do the same to the next.
        """
        found: Break = ""
        for part in parts:
            if part.call_id not in self._open:
                continue
            since, was_answered = self._open[part.call_id]
            is_open = part.state.status in ("pending", "running")
            within_s = GOES_WITHIN_S if was_answered else COMES_WITHIN_S
            if is_open and self._clock() - since <= within_s:
                continue
            del self._open[part.call_id]
            if is_open or (
                unreached(part.state.error) and (was_answered or part.call_id not in late)
            ):
                found = "the answer" if was_answered else "the call"
        return found
