"""Drives a turn: steps it, draws it, answers what the policy or the user decides, stops it.

The only loop of a running cell. It runs on the main thread, and an interrupt may strike anywhere in
it: the first one aborts the turn on the server, the second stops following it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from ..changes.review import Verdict
from ..errors import ConnectError, OpencodeError, UnforeseenError
from ..model.asks import PermissionRequest
from ..model.transcript import Ask, asked_input, asking_agent
from ..policy.grants import Policy
from ..policy.realplaces import with_real_places
from ..policy.rules import OUT_OF_BOUNDS, Bounds, out_of_bounds
from ..protocol.proxies import blamed
from ..render import checkpoint_bundle
from ..render.asks import AskText
from ..render.blocks import Header, Item
from ..render.describe import items
from ..render.keys import row_of
from ..turns.run import Frame, TurnRun
from ..turns.turn import Turn
from .described import describe
from .surface import STOPPING, TICK_S, Action, Answer, Picture, Stop, Surface

if TYPE_CHECKING:
    from ..kernel.tools_server import LivingKernel

GATHER_S = 1.1 * TICK_S  # what comes while a step is that young is for the next: each is drawn
MOST_FAILED_ANSWERS = 3
LONG_S = 2.0  # without news, then it is said what is waited for
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
    policy:
        how permission requests are answered; the policy after the turn is in `policy`.
    header:
        who answers.
    answer_timeout_s:
        after how many seconds an unanswered request is rejected with a message.
    kernel:
        the kernel's tools, whose calls run here between two steps; None without them.
    notebook:
        the file of the notebook that is open here, by its whole path; "" where none is known.
    ours:
        whether the server is our own, with our environment.
    bounds:
        what agents may give the shell whose rules deny most of it.
    """

    def __init__(
        self,
        run: TurnRun,
        surface: Surface,
        policy: Policy,
        header: Header,
        *,
        answer_timeout_s: float,
        kernel: LivingKernel | None = None,
        notebook: str = "",
        ours: bool = False,
        bounds: Bounds = _NO_BOUNDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.policy = policy
        self._run = run
        self._surface = surface
        self._header = header
        self._timeout_s = answer_timeout_s
        self._kernel = kernel
        self._notebook = notebook
        self._ours = ours
        self._bounds = bounds
        self._clock = clock
        self._stepped_at = 0.0
        self._asked: dict[str, float] = {}
        self._drawn: tuple[object, object, tuple[Item, ...]] = (None, None, ())
        self._stop = False
        self._interrupts = 0
        self._failed_answers = 0

    def go(self) -> Turn:
        """Drive the turn to its end. Returns normally after an interrupt, so queued cells run.

        What fails once the prompt is out ends the turn in words: nothing that was seen is lost.
        """
        turn: Turn | None = None
        fault: UnforeseenError | None = None
        while turn is None:
            try:
                while not self._run.done:
                    self._tick()
                turn = self._run.settle()
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
        frame = self._run.step(TICK_S)
        self._stepped_at = time.monotonic()
        self._decide(frame)
        for action in self._surface.actions(0):
            self._act(action)
        self._surface.draw(self._picture(self._run.frame))
        if self._kernel is not None:
            self._kernel.serve(self._surface.stop_waits)
            self._kernel.repair(self._run.frame.transcript)

    def _abort(self) -> None:
        # Said first, for a server that hangs does not take the abort either.
        self._surface.draw(replace(self._picture(self._run.frame), phase=STOPPING))
        try:
            self._run.abort()
        except OpencodeError as error:
            self._run.give_up(f"the server could not be told to stop: {error.message}")

    def _decide(self, frame: Frame) -> None:
        now = self._clock()
        for ask in frame.asks:
            since = self._asked.setdefault(ask.id, now)
            if since == now and not self._decided_by_policy(ask):
                self._surface.draw(self._picture(frame))
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
        if isinstance(action, Verdict):  # there is nothing to review yet
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

    def _picture(self, frame: Frame) -> Picture:
        shown = frame.shown
        known, decided, _ = self._drawn
        if known is not frame.transcript or decided != frame.decisions:
            drawn = items(shown, frame.user_id, frame.decisions)
            self._drawn = (frame.transcript, frame.decisions, drawn)
        return Picture(
            items=self._drawn[2],
            header=self._header,
            phase=phase_words(frame, ours=self._ours),
            elapsed_s=frame.elapsed_s,
            asks=frame.asks,
            checkpoint=lambda: checkpoint_bundle(self._so_far(frame)),
            describe=lambda request: self._described(request, frame),
            row=lambda request: row_of(request, frame.transcript),
        )

    def _described(self, request: Ask, frame: Frame) -> AskText:
        damage = self._run.foreseen(request)
        return describe(request, frame.transcript, self._notebook, damage)

    def _so_far(self, frame: Frame) -> Turn:
        return Turn(
            session=frame.transcript.session_id,
            prompt="",
            transcript=frame.shown,
            state="running",
            decisions=frame.decisions,
            notes=frame.notes,
            confirmed=False,
            seconds=frame.elapsed_s,
            title=self._header.session,
        )


def phase_words(frame: Frame, *, ours: bool = False) -> str:
    """The phase as a reader says it; where nothing happens for long, what is waited for.

    A proxy of our environment is named where our own server, which has it too, reaches no model.
    """
    status = frame.transcript.status
    words = {
        "connecting": "connecting",
        "sent": "waiting for the model",
        "running": "working",
        "asking": "waiting for your answer",
        "retrying": f"attempt {status.attempt} failed, trying again: {status.message}"
        + (f" ({hint})" if ours and (hint := blamed(status.message)) else ""),
        "reconnecting": "connection lost, connecting again",
        "stopping": STOPPING,
        "done": "done",
    }
    long = frame.quiet_s > LONG_S and _awaited(frame)
    return long or words[frame.phase]


def _awaited(frame: Frame) -> str:
    """What a turn waits for in which nothing happens; "" where its rows tell."""
    if frame.phase == "connecting":
        return "waiting for the event stream of opencode"
    if frame.phase == "sent":
        return "waiting for opencode to begin with the prompt"
    if frame.phase != "running":
        return ""
    newest = next(reversed(frame.shown.messages()), None)
    if newest is None or newest.info.role != "assistant" or not newest.parts:
        # Seen where that takes minutes: 100,000 files that git neither knows nor ignores.
        return (
            "waiting for opencode to record the project's files for undo; "
            "files that git should ignore take long"
        )
    if not newest.begun:
        return f"waiting for the model {newest.info.model_name}"
    return ""
