"""A turn that was sent, followed to its end by events, by the clock, and by asking the server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from ..client import Client
from ..errors import ConnectError, OpencodeError, ServerError, UnforeseenError
from ..model.events import (
    Connected,
    Event,
    Gap,
    MessageUpdated,
    PermissionAsked,
    PermissionReplied,
    QuestionAsked,
    QuestionClosed,
)
from ..model.prompt import Prompt
from ..model.sessions import Session, Status
from ..model.transcript import Transcript, coalesce, reduce
from ..protocol.dialect import Mark, Sign
from ..protocol.fanout import Subscription
from .adding import Adding
from .answer_form import FormAnswer
from .answers import Answers
from .course import Course
from .record import whole_record
from .sending import Sending

START_WITHIN_S = 60.0  # a first prompt on a cold server took 5.5 s
LOST_WITHIN_S = 15.0  # then a prompt whose answer never came has not arrived
AGAIN_S = 2.0  # after the server could not be asked


class Following:
    """Follows a turn, and keeps its course true.

    Parameters
    ----------
    client, session, prompt:
        what was sent, and where to.
    course, answers:
        what is kept of it.
    stream:
        the events of the session's directory.
    alive:
        whether the server can still come back; asked while nothing answers.
    clock:
        monotonic seconds.
    """

    def __init__(
        self,
        client: Client,
        session: Session,
        prompt: Prompt,
        course: Course,
        answers: Answers,
        stream: Subscription,
        alive: Callable[[], bool],
        clock: Callable[[], float],
    ) -> None:
        self._dialect = client.dialect
        self._redact = client.redact
        self._session = session
        self._prompt = prompt
        self._course = course
        self._answers = answers
        self._stream = stream
        self._alive = alive
        self._clock = clock
        self.form = FormAnswer(prompt.form, client.dialect.answer_tool) if prompt.form else None
        """The answer's form, None where none was asked for."""
        self._sent = prompt
        """The prompt as it was sent last."""
        self.adding = Adding(client.dialect, session, prompt, client.redact, clock)
        """The words that were added while it ran."""
        self.sending: Sending | None = None
        """The prompt on its way, None where another's turn was joined."""
        self._request_over = False
        self._handed_over: tuple[Mark, float] = ("", 0.0)
        """The place after which the last prompt was sent, and when."""
        self._stopped_at = 0.0  # when the user had it stopped
        self._stop_sent_at = 0.0  # when the server was last told so
        self._idle_since = 0.0  # where the server is idle, and its reply has not come
        self._quiet_s = client.dialect.timing.quiet_s
        self._resync_at = 0.0  # when to ask the server again; 0 is "no need"

    def hand_over(self, prompt: Prompt, after: Mark) -> None:
        """Send a prompt after a place of the session."""
        self._sent = prompt = self.form.asked(prompt) if self.form else prompt
        ids = self._dialect.prompt_ids(self._session, after, prompt)
        self._course.life.sent(ids)
        self._request_over = False
        self._handed_over = (after, self._clock())
        send = partial(self._dialect.submit, self._session, prompt, ids)
        self.sending = Sending("the prompt", send, self._redact)
        self.sending.start()

    def stop(self) -> None:
        """Ask the server to stop the turn."""
        self._stopped_at = self._stop_sent_at = self._clock()
        self._dialect.stop(self._session.id)

    def take(self, events: Sequence[Event]) -> None:
        """Take in what has come."""
        for event in coalesce(events):
            self._take(event)

    def _take(self, event: Event) -> None:
        if self._course.done:
            return
        if isinstance(event, Gap):
            self.take_gap(event)
            return
        if isinstance(event, Connected):
            self.resync()
            return
        if isinstance(event, PermissionAsked | QuestionAsked) and self._answers.has(event.request):
            return
        waiting = self._course.transcript.asks
        sign = self._course.take(event)
        if sign is None:
            return
        if isinstance(event, PermissionReplied | QuestionClosed):
            self._answers.notice(event, waiting.get(event.request_id))
        self._follow(sign)

    def take_gap(self, gap: Gap) -> None:
        """Take in that events may be missing, or that no more will come."""
        course = self._course
        if gap.ended or (course.phase == "connecting" and self._stream.failure):
            failure = self._stream.failure
            if not course.sent or isinstance(failure, UnforeseenError):
                raise failure or ConnectError(gap.reason)
            course.end(cut_off=f"the connection to the server was lost ({gap.reason})")
        elif course.sent:
            course.phase = "reconnecting"
            if not self._dialect.has_listing(self._sent):
                course.note("the connection broke meanwhile: a step of this turn may be missing")

    def _follow(self, sign: Sign) -> None:
        if sign is Sign.NOTHING:
            self._course.show_phase()
        elif (sign is Sign.OVER or self._is_over()) and not self._goes_on():
            self._course.end(over_on_server=True)

    def _goes_on(self) -> bool:
        """Return whether a turn that has ended goes on, with an added word or a correction."""
        if not self._course.stopping and self.adding.holds(self._course.transcript):
            self._resync_at = self._resync_at or self._clock() + AGAIN_S
            return True
        return self._corrected()

    def _corrected(self) -> bool:
        """Ask again where an answer whose form was asked for in words does not have it."""
        form, course = self.form, self._course
        if form is None or not form.in_words or course.stopping:
            return False
        try:
            course.transcript = self.record(running=False)  # it wins over what was streamed
        except OpencodeError:
            return False  # settling says what could not be read
        after, sent_at = self._handed_over
        answers = course.transcript.after(after).answers
        if not answers:  # an older end, while the last prompt has not begun
            return self._clock() - sent_at < START_WITHIN_S
        again = form.again(self._prompt, answers[-1])
        if again is None:
            return False
        course.heard = self._clock()
        self.hand_over(again, answers[-1].info.order)
        return True

    def _is_over(self) -> bool:
        """Return whether a server that says it is idle is done with the turn.

        Where the answer has a form the reply decides: it may be asked for once more.
        """
        return not self._awaits_reply() and self._is_idle()

    def _is_idle(self) -> bool:
        """Ask whether the session is idle: an event that says so may be of an earlier turn."""
        try:
            still = self._dialect.running().get(self._session.id)
        except OpencodeError:
            return True  # settling will say what could not be confirmed
        if still is None or still.type == "idle":
            return True
        self._course.take_status(still)
        return False

    def _awaits_reply(self) -> bool:
        """Return whether the end is told by the reply, which has not come, and not by an idle."""
        words = self.form is None or self.form.in_words
        if words or self._course.stopping or self.sending is None:
            return False
        if not self.sending.waits:
            return not self._request_over
        self._idle_since = self._idle_since or self._clock()
        if self._clock() - self._idle_since > LOST_WITHIN_S:
            return False
        self._resync_at = self._resync_at or self._clock() + AGAIN_S
        return True

    # -- what the clock says -------------------------------------------------------------------

    def check_clock(self) -> None:
        """Do what has become due."""
        now, course = self._clock(), self._course
        if course.stopping and now - self._stop_sent_at > self._dialect.timing.stop_again_s:
            self._stop_again(now)
            return
        if course.phase == "reconnecting" and not self._alive():
            course.end(cut_off="the server has ended")
            return
        for loss in self.adding.losses(course.transcript):
            course.note(loss)
        self._check_request()
        if not self._course.done and not course.active:
            self._check_start(now - course.sent)
        if not self._course.done:
            self._check_silence(now)

    def _stop_again(self, now: float) -> None:
        """Stop it again: a stop that came just before the turn began has stopped nothing."""
        self._stop_sent_at = now
        self.resync()
        if not self._course.done:
            self._dialect.stop(self._session.id)

    def _check_silence(self, now: float) -> None:
        course = self._course
        if self._resync_at and now > self._resync_at:
            self.resync()
        elif now - course.heard > self._quiet_s:
            course.heard = now
            known = course.transcript
            self.resync()
            if (known.by_id, known.asks) != (course.transcript.by_id, course.transcript.asks):
                self._quiet_s = self._dialect.timing.behind_s
                self._stream.doubt()

    def _check_request(self) -> None:
        """See what became of the request that brought the prompt."""
        sending = self.sending
        if sending is None or sending.waits or self._request_over:
            return
        self._request_over = True
        fault = isinstance(sending.refused, UnforeseenError)
        if sending.refused is not None and (fault or not self._course.active):
            raise sending.refused
        if self._asked_again(sending):
            return
        # Some requests are answered when all is done; and where no answer came, the record tells.
        if self._dialect.answers_at_end(self._sent) or sending.lost is not None:
            self.resync()

    def _asked_again(self, sending: Sending) -> bool:
        """Ask again for an answer that does not have its form; return whether that was done."""
        reply = sending.reply
        if self.form is None or reply is None or self._course.stopping:
            return False
        again = self.form.again(self._prompt, reply)
        if again is None:
            return False
        course = self._course
        course.transcript = reduce(course.transcript, MessageUpdated(reply.info))
        course.heard = self._clock()
        self._idle_since = 0.0
        self.hand_over(again, reply.info.order)
        return True

    def _check_start(self, since_s: float) -> None:
        """End a turn that has not begun by now and never will."""
        sending, course = self.sending, self._course
        if course.transcript.errors and since_s > self._dialect.timing.refused_s:
            course.end()
        elif sending is not None and sending.waits and self._dialect.answers_at_end(self._sent):
            return
        elif sending is not None and sending.lost is not None and not course.prompt_id:
            if since_s > LOST_WITHIN_S:
                course.end(cut_off=f"the prompt has not arrived ({sending.lost.message})")
            elif not self._resync_at:
                self._resync_at = self._clock() + AGAIN_S
        elif since_s > START_WITHIN_S:
            course.end(cut_off=f"the server did not begin within {START_WITHIN_S:.0f} s")

    # -- the server's own record ---------------------------------------------------------------

    def resync(self) -> None:
        """Take the server's word for what was missed: after a gap, or a long silence."""
        self._resync_at = 0.0
        course = self._course
        try:
            status = self._dialect.running().get(self._session.id, Status("idle"))
            self._take_record(running=status.type != "idle")
        except ConnectError:
            self._resync_at = self._clock() + AGAIN_S
            return
        course.take_status(status)
        sign = course.life.resync(course.transcript)
        course.phase = "running" if course.active else "sent"
        # The record is younger than the status: a turn that is in it may have begun in between.
        # And a prompt that was stored a moment ago may not run yet.
        perhaps = sign is Sign.MAYBE_OVER or (status.type == "idle" and self._has_not_begun())
        over = sign is Sign.OVER or (perhaps and self._is_over())
        if over and not self._goes_on():
            # One that has not begun is told to stop once more as it is left, should it begin.
            course.end(over_on_server=course.active)
        elif sign is Sign.NOTHING:
            course.show_phase()

    def _has_not_begun(self) -> bool:
        """Return whether a turn that was stopped before it ran can no longer begin."""
        since_s = self._clock() - self._stopped_at
        return self._course.stopping and since_s > self._dialect.timing.unbegun_s

    def _take_record(self, *, running: bool) -> None:
        """Take the messages and requests as the server has them; what it cannot tell stays."""
        try:
            self._course.transcript = self.record(running=running)
        except ServerError as error:
            self._course.note(f"the server's record could not be read ({error.message})")
        waiting = self._dialect.pending()
        if waiting is not None:
            self._course.take_asks(waiting)

    def record(self, *, running: bool) -> Transcript:
        """Return the transcript with the messages as the server has them, subagents' too."""
        reply = self.sending.reply if self.sending else None
        listed = self._dialect.has_listing(self._sent)
        return whole_record(self._dialect, self._course, reply, listed=listed, running=running)
