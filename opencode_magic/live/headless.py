"""A surface without a display: functions answer what a turn asks, and say when it must stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from ..changes.review import Changes, ReviewVerdict
from ..model.asks import PermissionRequest, QuestionRequest
from ..model.transcript import Ask
from ..render.blocks import Header, Item
from ..turns.frame import Frame
from .surface import Action, Answer, Bundle, Buttonless, Snapshot, Stop
from .typed import rejected, unreviewed

OnPermission = Callable[[PermissionRequest], str]
OnQuestion = Callable[[QuestionRequest], "Sequence[Sequence[str]] | None"]


def unpainted(_frame: Frame) -> Snapshot:
    """Return an empty picture: what nobody looks at need not be described."""
    return Snapshot((), Header(), "", 0)


class HeadlessSurface(Buttonless):
    """Answers by functions, each request once, and stops the turn once.

    Parameters
    ----------
    on_permission:
        returns `once`, `reject`, or any other text, which rejects with that as the message. Without
        it everything is rejected.
    on_question:
        returns the labels chosen for each question, in order; None rejects. Without it all is
        rejected.
    stopped:
        returns whether the turn must end before it is done.
    timeout_s:
        the seconds after which it must end; None is never.
    """

    def __init__(
        self,
        on_permission: OnPermission | None = None,
        on_question: OnQuestion | None = None,
        *,
        stopped: Callable[[], bool] = lambda: False,
        timeout_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_permission = on_permission
        self._on_question = on_question
        self._stopped = stopped
        self._until = None if timeout_s is None else clock() + timeout_s
        self._clock = clock
        self._answers: dict[str, Answer] = {}  # one that did not arrive is given again
        self._told = False

    def draw(self, picture: Snapshot) -> None:
        """Show nothing."""

    def actions(self, timeout_s: float) -> list[Action]:
        """Stop, once, if the time is over or the caller wants it."""
        late = self._until is not None and self._clock() > self._until
        if self._told or not (late or self._stopped()):
            return []
        self._told = True
        return [Stop()]

    def ask(self, request: Ask) -> Answer | None:
        """Let the functions answer."""
        if request.id not in self._answers:
            self._answers[request.id] = self._answer(request)
        return self._answers[request.id]

    def review(self, asked: Changes) -> ReviewVerdict | None:
        """Keep everything."""
        return unreviewed(asked)

    def finish(self, bundle: Bundle, items: Sequence[Item] = ()) -> None:
        """Leave nothing."""

    def _answer(self, request: Ask) -> Answer:
        if isinstance(request, QuestionRequest):
            if self._on_question is None:
                return rejected(request)
            answers = self._on_question(request)
            return Answer(request.id, "reject" if answers is None else "answer", "", answers or ())
        if self._on_permission is None:
            return rejected(request)
        reply = self._on_permission(request)
        if reply in ("once", "reject"):
            return Answer(request.id, reply)
        return Answer(request.id, "reject", reply)
