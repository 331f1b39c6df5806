"""How a turn ended, judged by what was seen of it and by the server's record."""

from __future__ import annotations

from dataclasses import dataclass

from .messages import TOOL_CALLS, Error, ErrorData, Failure, MessageInfo
from .sessions import Status
from .transcript import Transcript
from .turn import Decision, TurnState

LEFT_OPEN = Error(
    "Unconfirmed",
    ErrorData("the server ended before the turn did; this is what it had stored"),
    "cut-off",
)
"""The failure of a turn during which the server was killed."""


@dataclass(frozen=True)
class Ending:
    """What is known about a turn at its end.

    Parameters
    ----------
    shown:
        the transcript of this turn alone.
    shell:
        whether it was a shell command of the user.
    stopping:
        whether it was told to stop.
    retrying:
        the status of a turn that was stopped while it waited to ask the provider again.
    cut_off:
        why it was not followed to its end, "" where it was.
    decisions:
        how its requests were answered.
    """

    shown: Transcript
    shell: bool = False
    stopping: bool = False
    retrying: Status | None = None
    cut_off: str = ""
    decisions: tuple[Decision, ...] = ()

    @property
    def left_open(self) -> bool:
        """True where the last answer just stops, and neither the user nor a failure stopped it."""
        return self.shown.left_open and not (self.stopping or self.shown.errors)

    @property
    def failure(self) -> Failure | None:
        """Why there is no complete answer, None where there is one."""
        last = self.shown.last_answer
        if self.retrying and not self.cut_off and _is_open(last):
            return Error("GaveUp", ErrorData(self.retrying.message), "gave-up")
        if last and (last.error or last.finish):
            return last.error
        if self.cut_off:
            return Error("Unconfirmed", ErrorData(self.cut_off), "cut-off")
        if self.left_open:
            return LEFT_OPEN
        return self.shown.errors[-1] if self.shown.errors else None

    @property
    def state(self) -> TurnState:
        """How the turn ended, in one word."""
        failure, last = self.failure, self.shown.last_answer
        if self.cut_off or failure is LEFT_OPEN:
            return "cut off"
        if self.stopping or (failure and failure.aborted):
            return "stopped"
        if failure or last is None:
            return "failed"
        # An answer in a form is a tool call too, and the last one.
        if last.finish == TOOL_CALLS and last.structured is None and self._was_refused:
            return "stopped"
        # Completed without finish and without error: stopped while it waited to retry.
        ended = last.finish or (self.shell and last.time.completed)
        return "completed" if ended else "stopped"

    @property
    def _was_refused(self) -> bool:
        return any(d.reply == "reject" and not d.message for d in self.decisions)


def _is_open(last: MessageInfo | None) -> bool:
    """Return whether an answer has no end of its own, but that it was stopped."""
    if last is None or last.error is None:
        return last is None or not last.finish
    return last.error.aborted
