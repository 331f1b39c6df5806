"""The loop over a running turn: step, draw, answer what the policy or the user decides, stop.

There is no other. In a cell it runs on the main thread, and an interrupt may strike anywhere in it:
the first one aborts the turn on the server, the second stops following it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from ..changes.review import ReviewVerdict
from ..errors import ConnectError, OpencodeError, UnforeseenError
from ..model.asks import PermissionRequest
from ..model.transcript import Ask, asked_input, asking_agent
from ..policy.grants import Policy
from ..policy.realplaces import with_real_places
from ..policy.rules import OUT_OF_BOUNDS, Bounds, out_of_bounds
from ..turns.frame import Frame
from ..turns.run import TurnRun
from ..turns.turn import Turn
from .surface import STOPPING, TICK_S, Action, AddedWord, Answer, Snapshot, Stop, Surface

if TYPE_CHECKING:
    from ..kernel.tools_server import LivingKernel

GATHER_S = 1.1 * TICK_S  # the least time between two steps, for each one is drawn
MOST_FAILED_ANSWERS = 3
_NO_BOUNDS: Bounds = {}
GAVE_UP = "interrupted twice; if the server still works, use `/abort`"
UNANSWERED = "Nobody answered in time. Go on without it, or say what you would need it for."


class Driver:
    """Brings one turn to its end on one surface.

    Parameters
    ----------
    run:
        the turn, entered already.
    surface:
        where it is shown and answered.
    paint:
        returns the picture of a moment, which the surface draws.
    policy:
        how permission requests are answered; the attribute holds the policy after the turn.
    answer_timeout_s:
        the seconds after which an unanswered request is rejected with a message.
    kernel:
        the kernel's tools, whose calls run here between two steps; None without them.
    bounds:
        the shell commands of agents whose rules deny most of the shell.
    step_s:
        how many seconds a step waits for news at most, before the user's actions are read.
    """

    def __init__(
        self,
        run: TurnRun,
        surface: Surface,
        paint: Callable[[Frame], Snapshot],
        policy: Policy,
        *,
        answer_timeout_s: float = math.inf,
        kernel: LivingKernel | None = None,
        bounds: Bounds = _NO_BOUNDS,
        step_s: float = TICK_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.policy = policy
        self._run = run
        self._surface = surface
        self._paint = paint
        self._timeout_s = answer_timeout_s
        self._kernel = kernel
        self._bounds = bounds
        self._step_s = step_s
        self._clock = clock
        self._stepped_at = 0.0
        self._asked: dict[str, float] = {}
        self._stop = False
        self._interrupts = 0
        self._failed_answers = 0

    def follow(self) -> Turn:
        """Drive the turn to its end; interrupts and errors go to the caller."""
        while not self._run.done:
            self._tick()
        return self._run.settle()

    def go(self) -> Turn:
        """Drive the turn to its end. Return normally after an interrupt, so queued cells run.

        An error after the prompt was sent ends the turn with its words: nothing seen is lost.
        """
        turn: Turn | None = None
        fault: UnforeseenError | None = None
        while turn is None:
            try:
                turn = self.follow()
            except KeyboardInterrupt:
                self._interrupts += 1
                self._stop = self._interrupts == 1
                if self._interrupts > 1:
                    self._run.give_up(GAVE_UP, at_once=True)
            except OpencodeError as error:
                if not self._run.sent:
                    raise
                fault = error if isinstance(error, UnforeseenError) else fault
                self._run.give_up(error.message)
        return replace(turn, fault=fault) if fault else turn

    def _tick(self) -> None:
        if self._stop:
            self._stop = False
            self._abort()
        time.sleep(max(self._stepped_at + GATHER_S - time.monotonic(), 0))
        frame = self._run.step(self._step_s)
        self._stepped_at = time.monotonic()
        self._decide(frame)
        for action in self._surface.actions(0):
            self._act(action)
        self._surface.draw(self._paint(self._run.frame))
        if self._kernel is not None:
            self._kernel.serve(self._surface.stop_waits)
            self._kernel.repair(self._run.frame.transcript)

    def _abort(self) -> None:
        # Shown first, because a server that hangs does not take the abort either.
        self._surface.draw(replace(self._paint(self._run.frame), phase=STOPPING))
        try:
            self._run.abort()
        except OpencodeError as error:
            error.message = f"the server could not be told to stop: {error.message}"
            raise

    def _decide(self, frame: Frame) -> None:
        now = self._clock()
        for ask in frame.asks:
            since = self._asked.setdefault(ask.id, now)
            if since == now and not self._decided_by_policy(ask):
                self._surface.draw(self._paint(frame))
                answer = self._surface.ask(ask)
                if answer is not None:
                    self._act(answer)
            elif now - since > self._timeout_s:
                self._answer(Answer(ask.id, "reject", UNANSWERED, by="nobody answered"), ask)

    def _decided_by_policy(self, ask: Ask) -> bool:
        if not isinstance(ask, PermissionRequest):
            return False
        agent = asking_agent(ask, self._run.frame.transcript)
        if out_of_bounds(ask, agent, self._bounds):
            answer = Answer(ask.id, "reject", OUT_OF_BOUNDS, by="the rules of opencode")
        elif (verdict := self.policy.decide(with_real_places(ask))).reply != "ask":
            answer = Answer(ask.id, verdict.reply, verdict.message, by=verdict.by)
        elif self._kernel is not None and self._kernel.reads(ask.permission):
            answer = Answer(ask.id, "once", by="--kernel read")
        else:
            return False
        self._answer(answer, ask)
        return True

    def _act(self, action: Action) -> None:
        if isinstance(action, Stop):
            self._abort()
            return
        if isinstance(action, AddedWord):
            self._run.add(action.text)
            return
        if isinstance(action, ReviewVerdict):  # there is nothing to review yet
            return
        ask = next((a for a in self._run.frame.asks if a.id == action.ask_id), None)
        if ask is None:  # answered elsewhere meanwhile
            return
        if action.reply == "always" and isinstance(ask, PermissionRequest):
            self.policy = self.policy.with_always(with_real_places(ask))
        self._answer(action, ask)

    def _answer(self, answer: Answer, ask: Ask) -> None:
        if isinstance(ask, PermissionRequest):
            ask = with_real_places(ask)  # the record tells where links led
            if self._kernel and ask.tool and answer.reply in ("once", "always"):
                # Before the server has the answer, for the call comes right after.
                given = asked_input(ask, self._run.frame.transcript)
                self._kernel.permit(ask.permission, ask.tool.call_id, given)
        said = {"message": answer.message, "by": answer.by or "user"}
        try:
            self._run.answer(ask, answer.reply, answers=answer.answers, **said)
        except ConnectError:
            self._failed_answers += 1
            if self._failed_answers > MOST_FAILED_ANSWERS:
                raise
            self._asked.pop(ask.id, None)  # it is still open: ask again
