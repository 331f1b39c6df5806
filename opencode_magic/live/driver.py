"""Drives a turn: steps it, draws it, answers what the policy or the user decides, stops it.

The only loop over a running turn. That of a cell runs on the main thread, and an interrupt may
strike anywhere in it: the first one aborts the turn on the server, the second stops following it.
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
from .surface import STOPPING, TICK_S, Action, Answer, Snapshot, Stop, Surface

if TYPE_CHECKING:
    from ..kernel.tools_server import LivingKernel

GATHER_S = 1.1 * TICK_S  # what comes while a step is that young is for the next: each is drawn
MOST_FAILED_ANSWERS = 3
ALLOWING = ("once", "always")
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
        makes the picture of a moment, which the surface draws.
    policy:
        how permission requests are answered; the policy after the turn is in `policy`.
    answer_timeout_s:
        after how many seconds an unanswered request is rejected with a message.
    kernel:
        the kernel's tools, whose calls run here between two steps; None without them.
    bounds:
        what agents may give the shell whose rules deny most of it.
    step_s:
        the longest a step waits for news, before it is looked for what the user did.
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
        """Drive the turn to its end; interrupts and what fails go to the caller."""
        while not self._run.done:
            self._tick()
        return self._run.settle()

    def go(self) -> Turn:
        """Drive the turn to its end. Returns normally after an interrupt, so queued cells run.

        What fails once the prompt is out ends the turn in words: nothing that was seen is lost.
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
        # Said first, for a server that hangs does not take the abort either.
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
            self._answer(Answer(ask.id, "reject", OUT_OF_BOUNDS, by="the rules of opencode"), ask)
            return True
        verdict = self.policy.decide(with_real_places(ask))
        if verdict.reply == "ask":
            if self._kernel is None or not self._kernel.reads(ask.permission):
                return False
            self._answer(Answer(ask.id, "once", by="--kernel read"), ask)
            return True
        self._answer(Answer(ask.id, verdict.reply, verdict.message, by=verdict.by), ask)
        return True

    def _act(self, action: Action) -> None:
        if isinstance(action, Stop):
            self._abort()
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
        if isinstance(ask, PermissionRequest):  # the record tells where links led
            ask = with_real_places(ask)
        if self._kernel is not None and answer.reply in ALLOWING:
            self._permit(self._kernel, ask)
        said = {"message": answer.message, "by": answer.by or "user"}
        try:
            self._run.answer(ask, answer.reply, answers=answer.answers, **said)
        except ConnectError:
            self._failed_answers += 1
            if self._failed_answers > MOST_FAILED_ANSWERS:
                raise
            self._asked.pop(ask.id, None)  # it is still open: ask again

    def _permit(self, kernel: LivingKernel, ask: Ask) -> None:
        """Let the kernel know first: the call comes as soon as the server has the answer."""
        if isinstance(ask, PermissionRequest) and ask.tool is not None:
            given = asked_input(ask, self._run.frame.transcript)
            kernel.permit(ask.permission, ask.tool.call_id, given)
