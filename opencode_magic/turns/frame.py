"""The state of a turn, as it is shown while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..model.transcript import Ask, Transcript, asked_whole
from ..model.turn import Decision

Phase = Literal[
    "connecting", "sent", "running", "asking", "retrying", "reconnecting", "stopping", "done"
]


@dataclass(frozen=True)
class Frame:
    """The state of a turn at one moment."""

    phase: Phase
    transcript: Transcript
    user_id: str = ""
    """The user message that began the turn, once it is known."""
    newest_before: str = ""
    """The place in the session at which the turn begins."""
    elapsed_s: float = 0
    quiet_s: float = 0
    """For how long nothing has happened."""
    decisions: tuple[Decision, ...] = ()
    notes: tuple[str, ...] = ()
    waiting: int = 0
    """How many words were added that the agent has not read yet."""
    untold: frozenset[str] = frozenset()
    """The requests that cannot be answered yet: their shell text comes in a moment."""

    @property
    def asks(self) -> tuple[Ask, ...]:
        """The requests that wait for an answer, oldest first."""
        waiting = (ask for ask in self.transcript.asks.values() if ask.id not in self.untold)
        return tuple(asked_whole(ask, self.transcript) for ask in waiting)

    @property
    def shown(self) -> Transcript:
        """The transcript of this turn alone."""
        return self.transcript.after(self.newest_before)
