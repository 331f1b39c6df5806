"""A review before the cell ends: the user decides which changes stay, the rest is undone."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from ..changes.desk import ReviewDesk
from ..changes.review import Changes, ReviewVerdict, changes, every, parted
from ..disk.folder import Folder
from ..errors import OpencodeError
from ..model.review import FileReview, Review
from ..render import turn_bundle
from ..render.blocks import Header
from ..render.describe import items
from ..render.paths import inside
from ..render.reviews import note, record
from ..signals import deaf
from ..traces.authorship import Authorship
from ..traces.unrecorded import CUT_SHORT
from ..turns.turn import Turn
from .surface import TICK_S, Snapshot, Stop, Surface

INTERRUPTED = "it was interrupted"
STOPPED = "it was stopped"
UNANSWERED = "nobody answered in time"
NOTHING = "nothing of it can be undone"
ELSEWHERE = "the files of the project are not on this machine"
NO_GIT = "the project is no git repository, so the server has no diff; `git init` makes it one"
NO_DIFF = "the server has no diff of what changed, or nothing of it is left"
UNFINISHED = "the review was still open"
TOLD = "The agent was told what was undone."
NOT_TOLD = "The agent was not told what was undone."

Tell = Callable[[str], None]


def review_turn(
    turn: Turn,
    surface: Surface,
    header: Header,
    folder: Folder | None,
    tell: Tell,
    *,
    has_git: bool,
    timeout_s: float,
    clock: Callable[[], float] = time.monotonic,
) -> Turn:
    """Have the changes of a turn reviewed, and return the turn with the diff of those that stayed.

    Whatever keeps the user from deciding keeps all changes, and is noted in the turn.

    Parameters
    ----------
    folder:
        the project's folder; None if its files are on another machine.
    tell:
        tells the agent what was undone, because the next turn would build on it.
    has_git:
        whether the project is a git repository: else the server has no diff.
    timeout_s:
        the seconds after which all changes are kept.
    """
    if why := _why_not(turn, folder, has_git=has_git):
        return replace(turn, review=Review(_untold(turn), by=why))
    if folder is None or not turn.diff:
        return turn
    done = replace(turn, review=Review(by=INTERRUPTED))
    try:
        desk = ReviewDesk(changes(f"review:{turn.session}", turn.diff), folder)
        hearing = _Hearing(turn, desk.changes, surface, header, clock)
        verdict = hearing.verdict(timeout_s)
        with deaf():  # no interrupt leaves a decision half carried out
            done = _carried_out(turn, desk, verdict)
        done = _told(done, tell)
        hearing.close(done)
    except KeyboardInterrupt:
        pass  # `done` is how far it came
    return done


def _why_not(turn: Turn, folder: Folder | None, *, has_git: bool) -> str:
    """Return why a turn that may have changed files cannot be reviewed; "" if it can."""
    if turn.diff:
        return "" if folder is not None else ELSEWHERE
    if not has_git:
        return NO_GIT if turn.tools else ""
    unseen = turn.unrecorded or Authorship(turn.transcript).written
    return NO_DIFF if unseen else ""


class _Hearing:
    """The question on the surface, until it is answered."""

    def __init__(
        self,
        turn: Turn,
        asked: Changes,
        surface: Surface,
        header: Header,
        clock: Callable[[], float],
    ) -> None:
        self._turn = turn
        self._asked = asked
        self._surface = surface
        self._header = header
        self._clock = clock
        self._began = clock()
        self._items = items(turn.transcript, decisions=turn.decisions)

    def verdict(self, timeout_s: float) -> ReviewVerdict:
        """Wait for what the user wants undone: nothing, with the reason, if nobody answers."""
        asked = self._asked
        if not every(asked):
            return ReviewVerdict(asked.id, by=NOTHING)
        self._draw()
        verdict = self._surface.review(asked)
        while verdict is None:
            if self._clock() - self._began > timeout_s:
                return ReviewVerdict(asked.id, by=UNANSWERED)
            for action in self._surface.actions(TICK_S):
                if isinstance(action, Stop):
                    return ReviewVerdict(asked.id, by=STOPPED)
                if isinstance(action, ReviewVerdict) and action.id == asked.id:
                    verdict = action
            self._draw()
        return verdict

    def close(self, done: Turn) -> None:
        """Show the result; in a terminal nothing but what is drawn stays."""
        shown = self._picture("done")
        recorded = record(done.review) if done.review else ()
        self._surface.draw(replace(shown, items=(*self._items, *recorded), review=None))

    def _draw(self) -> None:
        self._surface.draw(self._picture("waiting for your review"))

    def _picture(self, phase: str) -> Snapshot:
        return Snapshot(
            self._items,
            self._header,
            phase,
            self._turn.seconds + self._clock() - self._began,
            review=self._asked,
            checkpoint=lambda: turn_bundle(replace(self._turn, review=Review(by=UNFINISHED))),
        )


def _carried_out(turn: Turn, desk: ReviewDesk, verdict: ReviewVerdict) -> Turn:
    review = desk.carry_out(verdict)
    kept, taken = parted(turn.diff, desk.changes, review)
    notes = (NOT_TOLD,) if taken else ()
    files = (*review.files, *_untold(turn))
    return replace(turn, diff=kept, review=replace(review, files=files, taken=taken, notes=notes))


def _untold(turn: Turn) -> tuple[FileReview, ...]:
    """Return the files that changed but are in no diff: a server's diff is of whole steps only."""
    authorship = Authorship(turn.transcript)
    told = {each.file for each in turn.diff} | {each.file for each in turn.unrecorded}
    cut_short: dict[str, None] = {}
    for message in turn.transcript.by_id.values():
        if not message.ended:
            files = [file for patch in message.patches for file in patch.files]
            written = [inside(f, message.info.path.root) for f in files if authorship.wrote(f)]
            cut_short |= dict.fromkeys(file for file in written if file not in told)
    return (
        *(FileReview(each.file, why=each.why) for each in turn.unrecorded),
        *(FileReview(file, why=CUT_SHORT) for file in cut_short),
    )


def _told(turn: Turn, tell: Tell) -> Turn:
    """Tell the agent what was undone, and note in the turn whether that worked."""
    if turn.review is None or not turn.review.taken:
        return turn
    try:
        tell(note(turn.review.taken))
    except OpencodeError as error:
        words = f"The agent could not be told what was undone: {error.message}"
        return replace(turn, review=replace(turn.review, notes=(words,)))
    return replace(turn, review=replace(turn.review, notes=(TOLD,)))
