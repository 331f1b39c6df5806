"""The line between the agent's server and the kernel's tools: whether a call is lost on it. Pure.

A server that loses the line in a call waits for its answer for as long as a call may take, a day,
and says nothing. So each call is followed here, from the moment it is allowed until the server
tells how it ended.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterable
from typing import Literal

from ..model.messages import ToolPart
from ..render.tools.kernel import unreached

COMES_WITHIN_S = 30.0
"""How long a call may take to get here once it is allowed; to offer the tools again ends it."""
GOES_WITHIN_S = 10.0
"""How long its answer may take to get there."""

Break = Literal["", "the answer", "the call"]
"""What was lost."""


class ToolsLine:
    """The calls of one turn that are not known to have ended."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: dict[str, float] = {}
        self._answered: set[str] = set()

    def allowed(self, call_id: str) -> None:
        """A call may come now."""
        self._since[call_id] = self._clock()

    def answered(self, call_id: str) -> None:
        """A call was carried out, and its answer given to the line."""
        self._since[call_id] = self._clock()
        self._answered.add(call_id)

    def clear(self) -> None:
        """Follow none of them any more."""
        self._since.clear()
        self._answered.clear()

    @property
    def is_quiet(self) -> bool:
        """Whether no call is on its way."""
        return not self._since

    def lost(self, parts: Iterable[ToolPart], late: Container[str] = ()) -> Break:
        """What was lost since this was asked last, by how the server sees its calls.

        `late` are calls of steps that began before the line was repaired: a step keeps the line it
        began with, so they fail once more, and another repair would only do the same to the next.
        """
        found: Break = ""
        for part in parts:
            since = self._since.get(part.call_id)
            if since is None:
                continue
            is_open = part.state.status in ("pending", "running")
            was_answered = part.call_id in self._answered
            within_s = GOES_WITHIN_S if was_answered else COMES_WITHIN_S
            if is_open and self._clock() - since <= within_s:
                continue
            self._since.pop(part.call_id)
            self._answered.discard(part.call_id)
            if is_open or (
                unreached(part.state.error) and (was_answered or part.call_id not in late)
            ):
                found = "the answer" if was_answered else "the call"
        return found
