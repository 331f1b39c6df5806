"""A review before the cell ends: the user says which changes stay, the rest is undone on disk."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from ..changes.desk import ReviewDesk
from ..changes.review import Changes, ReviewVerdict, changes, every, parted
from ..disk.folder import Folder
from ..errors import OpencodeError
from ..model.messages import PatchPart, StepFinishPart
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
    """The turn after its review; its diff is what stayed. `folder` is None where files are remote.

    Whatever keeps the user from deciding keeps all changes, and is said in the turn.
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
    """Why there can be no review of a turn that may have changed files; "" for none."""
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
        """What the user wants undone; nothing, and why, where nobody says so."""
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
        """Show what became of it, also where nothing but what is drawn stays: in a terminal."""
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
    """The files that changed and are in no diff: a server's diff is of whole steps, for one."""
    told = {said.file for said in turn.diff}
    authorship = Authorship(turn.transcript)
    found: dict[str, None] = {}
    unrecorded = tuple(FileReview(each.file, why=each.why) for each in turn.unrecorded)
    told |= {each.file for each in unrecorded}
    for message in turn.transcript.by_id.values():
        if not any(isinstance(part, StepFinishPart) for part in message.parts):
            files = [f for p in message.parts if isinstance(p, PatchPart) for f in p.files]
            written = (file for file in files if authorship.wrote(file))
            found.update(dict.fromkeys(inside(file, message.info.path.root) for file in written))
    cut_short = (FileReview(file, why=CUT_SHORT) for file in found if file not in told)
    return (*unrecorded, *cut_short)


def _told(turn: Turn, tell: Tell) -> Turn:
    """With the agent told what was undone: the next turn would build on what is gone."""
    if turn.review is None or not turn.review.taken:
        return turn
    try:
        tell(note(turn.review.taken))
    except OpencodeError as error:
        words = f"The agent could not be told what was undone: {error.message}"
        return replace(turn, review=replace(turn.review, notes=(words,)))
    return replace(turn, review=replace(turn.review, notes=(TOLD,)))
