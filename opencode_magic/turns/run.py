"""One turn, as a stepper: subscribe, send, follow the events, settle by the server's own record.

Driven from outside: `step` waits a moment and says where the turn stands. It displays nothing,
decides nothing and starts no thread but the event connection and the one that sends the prompt.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from ..client import Client
from ..disk.folder import Folder
from ..errors import BusyError, ConnectError, InputError, OpencodeError
from ..model.events import Connected, Event, Gap
from ..model.prompt import Prompt
from ..model.sessions import Session
from ..model.transcript import Ask
from ..protocol.dialect import Mark
from ..text.amounts import count_words
from ..traces.witness import Witness
from .answers import Answers
from .course import Course
from .follow import Following
from .frame import Frame
from .history import running_prompt, said_in
from .lock import SessionLock, break_off, was_broken_off
from .printed import Printed
from .settle import Settlement
from .turn import Turn

CONNECT_WITHIN_S = 15.0
LAST_WORD_S = 3.0  # for an abort when all else has failed
IMPATIENT_S = 0.5  # the same where the user does not want to wait

LOST_CHARACTERS = "of {count} in the prompt there was only half (a lone surrogate): U+FFFD was sent"


class TurnRun:
    """A running turn of one session.

    Parameters
    ----------
    client, session:
        where the turn runs; events come from `session.directory` only.
    prompt:
        what to send; checked and sent by the first steps.
    alive:
        whether the server can still come back; asked while nothing answers.
    folder:
        the project's files, where they are on this machine: what a diff has to fit.
    fresh:
        whether the session was made for this turn: it is empty, and nothing runs in it.
    notebook:
        the file of the notebook that is open, by its whole path; "" where none is known.
    clock:
        monotonic seconds.
    """

    def __init__(
        self,
        client: Client,
        session: Session,
        prompt: Prompt,
        *,
        alive: Callable[[], bool] = lambda: True,
        folder: Folder | None = None,
        fresh: bool = False,
        notebook: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._dialect = client.dialect
        self._session = session
        self._prompt = prompt
        self._fresh = fresh
        self._folder = folder
        self._notebook = notebook
        self._clock = clock
        self._lock = SessionLock(client.base_url, session.id)
        self._stream = client.fanout.share(session.directory or client.directory)
        self._course = Course(session.id, client.redact, clock)
        self._answers = Answers(client.dialect)
        self._witness = Witness(
            here=client.loopback, folder=session.directory or client.directory or ""
        )
        self._following = Following(
            client, session, prompt, self._course, self._answers, self._stream, alive, clock
        )
        self._printed = Printed(client.dialect, clock)
        self._impatient = False

    def __enter__(self) -> TurnRun:
        try:
            self._lock.take()
            self._stream.open()
        except BaseException:  # an interrupt too: neither lock nor thread may stay
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the event connection and free the session. Closing twice is fine.

        A turn that was sent and not seen to end is stopped on the server, as far as it can be
        reached: it must not go on with nobody watching. One that was joined is another's.
        """
        try:
            if self._following.sending is not None and not self._course.over_on_server:
                # An impatient interrupt, too, only ends the wait for a server that hangs.
                with suppress(OpencodeError, KeyboardInterrupt):
                    within_s = IMPATIENT_S if self._impatient else LAST_WORD_S
                    self._dialect.stop(self._session.id, timeout_s=within_s)
                    self._clear_asks()
                self._course.over_on_server = True
        finally:
            try:
                self._stream.close()
            finally:
                self._lock.free()

    @property
    def sent(self) -> bool:
        """Return whether the prompt may have reached the server."""
        return bool(self._course.sent)

    @property
    def done(self) -> bool:
        """Return whether nothing more will come: `settle` now."""
        return self._course.done

    @property
    def frame(self) -> Frame:
        """Return where the turn stands now."""
        frame = self._course.frame(self._answers.decisions)
        return replace(frame, waiting=self._following.adding.waiting(frame.transcript))

    def step(self, timeout_s: float) -> Frame:
        """Wait at most `timeout_s` for something to happen, and take it in."""
        events = self._stream.get(timeout_s)
        if self.sent:
            self._following.take(events)
        elif not self.done:
            self._connect(events)
        if self.sent and not self.done:
            self._following.take(self._printed.news(self._course.transcript))
        if self.sent and not self.done:
            self._following.check_clock()
        self._witness.see(self._course.transcript)
        return self.frame

    def foreseen(self, request: Ask) -> tuple[str, ...]:
        """Say what allowing a request would do to bytes that no diff shows."""
        return self._witness.foreseen(request, self._course.transcript)

    def settle(self) -> Turn:
        """Return the turn as a value, from one read of the server's messages.

        Where that read fails the turn is what was seen, and says that it could not be confirmed.
        """
        settlement = Settlement(
            self._client,
            self._session,
            self._prompt,
            self._course,
            self._witness,
            folder=self._folder,
            notebook=self._notebook,
            form=self._following.form,
        )
        for loss in self._following.adding.losses(self._course.transcript, over=True):
            self._course.note(loss)
        seconds = self._clock() - self._course.started
        turn = settlement.turn(self._answers.decisions, self._following.record, seconds)
        if turn.state == "cut off":
            break_off(self._session.id)
        return turn

    # -- what the user does --------------------------------------------------------------------

    def answer(
        self,
        ask: Ask,
        reply: str,
        *,
        message: str = "",
        answers: Sequence[Sequence[str]] = (),
        by: str = "user",
    ) -> None:
        """Answer what the server asked: `once`, `always` (kept by us), `reject` or `answer`.

        One that was answered elsewhere meanwhile is dropped without a word: its event tells.

        Parameters
        ----------
        ask, reply:
            the request, and the answer.
        message:
            what the model is told with a rejection.
        answers:
            a list of labels for each question, in order.
        by:
            who decided: the user, or a rule.
        """
        self._answers.give(ask, reply, message=message, answers=answers, by=by)
        self._course.forget(ask)

    def add(self, text: str) -> None:
        """Send a word to the agent, which reads it after its present step; see `Frame.waiting`."""
        if self.sent and not self.done and text.strip():
            self._following.adding.add(text)

    def abort(self) -> None:
        """Ask the server to stop the turn; it ends when the server says so."""
        course = self._course
        course.stopping = True
        if course.status.type == "retry":
            course.retrying = course.status
        if course.phase == "connecting":  # nothing was sent
            course.phase = "done"
        elif not self.done:
            course.phase = "stopping"
            self._following.stop()
            self._clear_asks()

    def _clear_asks(self) -> None:
        """Reject what still waits: the server keeps the requests of a stopped turn for ever."""
        for ask in self._course.transcript.asks.values():
            self._answers.refuse(ask)
            self._course.forget(ask)

    def give_up(self, why: str, *, at_once: bool = False) -> None:
        """Stop following a turn that has not ended; what has been seen is the result.

        `why` is told with it. With `at_once` the user does not even want to wait until the server
        has taken the last stop.
        """
        self._impatient = self._impatient or at_once
        if not self._course.over_on_server:
            self._course.end(cut_off=why)

    # -- how it begins -------------------------------------------------------------------------

    def _is_connected(self, events: Sequence[Event], *, before: bool = False) -> bool:
        """Return whether the event stream is open; all else it brought is of an earlier turn."""
        connected = before
        for event in events:
            if isinstance(event, Gap):
                self._following.take_gap(event)
            if isinstance(event, Connected | Gap):
                connected = isinstance(event, Connected)
        return connected

    def _connect(self, events: Sequence[Event]) -> None:
        if self._is_connected(events):
            if self._prompt.kind == "follow":
                self._join()
            else:
                self._send()
        elif self._clock() - self._course.started > CONNECT_WITHIN_S:
            raise ConnectError(
                f"{self._client.base_url} opened no event stream within "
                f"{CONNECT_WITHIN_S:.0f} s; is it overloaded? `/health` tells"
            )

    def _send(self) -> None:
        after = "" if self._fresh else self._look_before()
        # The line may have been lost meanwhile; and what it brought is of an earlier turn.
        if not self._is_connected(self._stream.get(0), before=True):
            return
        self._course.begin(self._dialect.life(self._session.id, after), after)
        self._course.phase = "sent"
        if count := self._prompt.halves:
            self._course.note(LOST_CHARACTERS.format(count=count_words(count, "character")))
        self._following.hand_over(self._prompt, after)

    def _look_before(self) -> Mark:
        """Return the place where the session ends; raise BusyError if something runs in it."""
        session_id = self._session.id
        if session_id in self._dialect.running():
            raise BusyError(
                f"session {session_id} already runs a turn; wait, `/abort` it, or use --new"
            )
        if not was_broken_off(session_id) and self._dialect.may_run_elsewhere(self._session):
            raise BusyError(
                f"session {session_id} may be at work in another OpenCode server on the same data: "
                "its last answer is open. Nothing was sent; wait for it, or use --new"
            )
        newest = self._dialect.newest(self._session)
        # What an earlier, stopped turn asked is still pending, and nobody waits for it.
        for ask in self._dialect.pending() or ():
            if ask.session_id == session_id:
                self._answers.refuse(ask)
        return newest

    def _join(self) -> None:
        """Follow what runs already, from the prompt that began it."""
        messages = self._dialect.messages(self._session.id)
        began = running_prompt(messages)
        if began is None:
            raise InputError(f"session {self._session.id} has no turn that could be followed")
        earlier = (m.info.order for m in messages if m.info.order < began.info.order)
        after = max(earlier, default="")
        self._prompt = replace(self._prompt, text=said_in(began))
        self._course.begin(self._dialect.life(self._session.id, after, began.info.id), after)
        self._following.resync()
