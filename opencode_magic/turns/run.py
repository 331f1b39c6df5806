"""One turn, as a stepper: subscribe, send, follow the events, settle by the server's own record.

Driven from outside: `step` waits a moment and says where the turn stands. It displays nothing,
decides nothing and starts no thread but the event connection and the one that sends the prompt.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Literal

from ..answer.digits import RoundedError
from ..answer.misfit import MisfitError
from ..answer.schema import MISFIT
from ..changes.desk import as_told
from ..client import Client
from ..disk.folder import Folder
from ..errors import (
    BusyError,
    ConnectError,
    InputError,
    OpencodeError,
    ServerError,
    UnforeseenError,
)
from ..model.events import (
    Connected,
    Event,
    Gap,
    MessageUpdated,
    PermissionAsked,
    PermissionReplied,
    QuestionAsked,
    QuestionClosed,
    SessionStatus,
)
from ..model.files import FileDiff
from ..model.messages import Error, ErrorData, Failure, Message, PatchPart
from ..model.outcome import Ending
from ..model.sessions import Session, Status
from ..model.transcript import Ask, Transcript, asked_whole, coalesce, is_untold, reduce
from ..model.turn import Decision
from ..text.amounts import count_words
from ..text.characters import sound
from ..text.visible import one_line
from ..traces.authorship import Authorship
from ..traces.witness import Witness
from .answers import Answers
from .history import newest_id, running_prompt, said_in, window_of
from .sending import Prompt, Sending
from .settle import messages_after, read_again, with_subagents
from .streamed_secrets import held_back, without_secrets
from .turn import Turn

Phase = Literal[
    "connecting", "sent", "running", "asking", "retrying", "reconnecting", "stopping", "done"
]

CONNECT_WITHIN_S = 15.0
START_WITHIN_S = 60.0  # a first prompt on a cold server took 5.5 s
LOST_WITHIN_S = 15.0  # then a prompt whose answer never came has not arrived
REFUSED_WITHIN_S = 2.0  # an unknown agent gives an error and never busy or idle
AGAIN_S = 2.0  # after the server could not be asked
LAST_WORD_S = 3.0  # for an abort when all else has failed
IMPATIENT_S = 0.5  # and where the user waits no more
QUIET_S = 15.0  # then the server is asked whether the turn still runs
BEHIND_S = 2.0  # the same, once events were found to come late or not at all
TOLD_WITHIN_S = 5.0  # after a request its call is told; then it is asked as it came
LAST_WRITE_S = 0.3
STOP_AGAIN_S = 0.5  # an abort that came just before the turn began stopped nothing
MOST_TRIES = 3  # to give an answer of a form; the server itself checks nothing and tries once
UNBEGUN_S = 1.3  # a prompt may be stored and its turn not run yet; after an abort it may never

NO_VALUE = "StructuredOutputError"
"""The server's name for a turn that ended without the value it was asked for."""
AGAIN = (
    "Your answer does not have the form that was asked for: {misfit}. Give it once more, whole and "
    "mended, with the StructuredOutput tool."
)

LOST_CHARACTERS = "of {count} in the prompt there was only half (a lone surrogate): U+FFFD was sent"


UNNAMED = (
    "`{file}` changed meanwhile, and no tool named it: it counts as saved by a page of yours, and "
    "`/undo` leaves it as it is"
)


@dataclass(frozen=True)
class Frame:
    """Where a turn stands."""

    phase: Phase
    transcript: Transcript
    user_id: str = ""
    """The user message that began the turn, once it is known."""
    newest_before: str = ""
    """The session's newest message before this turn."""
    elapsed_s: float = 0
    quiet_s: float = 0
    """For how long nothing has happened."""
    decisions: tuple[Decision, ...] = ()
    notes: tuple[str, ...] = ()
    untold: frozenset[str] = frozenset()
    """The requests that cannot be answered yet: what they ask is told in a moment."""

    @property
    def asks(self) -> tuple[Ask, ...]:
        """What waits for an answer, oldest first."""
        waiting = (ask for ask in self.transcript.asks.values() if ask.id not in self.untold)
        return tuple(asked_whole(ask, self.transcript) for ask in waiting)

    @property
    def shown(self) -> Transcript:
        """The transcript of this turn alone."""
        return self.transcript.after(self.newest_before)


_busy: dict[tuple[str, str], TurnRun] = {}
_busy_lock = threading.Lock()


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
        the session was made for this turn: nothing was said in it, and nothing runs.
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
        self._session = session
        self._prompt = prompt
        self._alive = alive
        self._folder = folder
        self._clock = clock
        self._stream = client.fanout.share(session.directory or client.directory)
        self._fresh = fresh
        self._notebook = notebook
        self._transcript = Transcript(session.id)
        self._newest_before = ""
        self._user_id = ""
        self._phase: Phase = "connecting"
        self._started = self._heard = self._happened = clock()
        self._sent = 0.0
        self._active = False  # the server has begun this turn
        self._stopping = False
        self._stopped_at = self._told_at = 0.0
        self._impatient = False
        self._retrying: Status | None = None  # what the turn waited for when it was stopped
        self._answers = Answers(client)
        self._witness = Witness(
            here=client.loopback, folder=session.directory or client.directory or ""
        )
        self._untold_since: dict[str, float] = {}
        self._notes: list[str] = []
        self._sending: Sending | None = None
        self._request_over = False
        self._tries = 0
        self._value: Any = None
        self._rounded = False  # a number of the answer may have lost digits
        self._idle_since = 0.0  # where the server is idle, and its reply has not come
        self._quiet_s = QUIET_S
        self._cut_off = ""
        self._resync_at = 0.0  # when to ask the server again; 0 is "no need"
        self._stands_still = False  # the server says that the turn is over

    def __enter__(self) -> TurnRun:
        try:
            self._take_lock()
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
            if self._sending is not None and not self._stands_still:
                # An impatient interrupt, too, only ends the wait for a server that hangs.
                with suppress(OpencodeError, KeyboardInterrupt):
                    within_s = IMPATIENT_S if self._impatient else LAST_WORD_S
                    self._client.session.abort(self._session.id, check=False, timeout_s=within_s)
                    self._clear_asks()
                self._stands_still = True
        finally:
            try:
                self._stream.close()
            finally:
                self._free_lock()

    @property
    def sent(self) -> bool:
        """True once the prompt may have reached the server."""
        return bool(self._sent)

    @property
    def done(self) -> bool:
        """True when nothing more will come: `settle` now."""
        return self._phase == "done"

    @property
    def frame(self) -> Frame:
        """Where the turn stands now."""
        return Frame(
            self._phase,
            held_back(self._transcript, self._client.redact),
            self._user_id,
            self._newest_before,
            self._clock() - self._started,
            self._clock() - self._happened,
            tuple(self._answers.decisions),
            tuple(self._notes),
            self._untold(),
        )

    def _untold(self) -> frozenset[str]:
        """The requests whose shell text has not come: before 1.3 it comes with the call, later."""
        now = self._clock()
        untold = (a.id for a in self._transcript.asks.values() if is_untold(a, self._transcript))
        self._untold_since = {id: self._untold_since.get(id, now) for id in untold}
        since = self._untold_since.items()
        return frozenset(id for id, began in since if now - began < TOLD_WITHIN_S)

    def step(self, timeout_s: float) -> Frame:
        """Wait at most `timeout_s` for something to happen, and take it in."""
        events = self._stream.get(timeout_s)
        if self._sent:
            for event in coalesce(events):
                self._take(event)
        elif not self.done and self._is_connected(events):
            self._begin()
        self._check_clock()
        self._witness.see(self._transcript)
        return self.frame

    def foreseen(self, request: Ask) -> tuple[str, ...]:
        """What allowing a request would do to the bytes of files that no diff shows, in words."""
        return self._witness.foreseen(request, self._transcript)

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
        """
        self._answers.give(ask, reply, message=message, answers=answers, by=by)
        self._forget(ask)

    def abort(self) -> None:
        """Ask the server to stop the turn; the idle that follows ends it."""
        self._stopping = True
        self._stopped_at = self._told_at = self._clock()
        if self._transcript.status.type == "retry":
            self._retrying = self._transcript.status
        if self._phase == "connecting":  # nothing was sent
            self._phase = "done"
            return
        if self._phase != "done":
            self._phase = "stopping"
            self._client.session.abort(self._session.id, check=False)
            self._clear_asks()

    def _clear_asks(self) -> None:
        """An aborted turn leaves its requests pending on the server until they are answered."""
        for ask in self._transcript.asks.values():
            self._answers.refuse(ask)
            self._forget(ask)

    def give_up(self, why: str, *, at_once: bool = False) -> None:
        """Stop following; what has been seen is the result. Too late for a turn that has ended.

        `at_once`: the user waits no more, not even for the server to take the last abort.
        """
        self._impatient = self._impatient or at_once
        if not self._stands_still:
            self._end(cut_off=why)

    # -- what the server does ------------------------------------------------------------------

    def _take(self, event: Event) -> None:
        if self._phase == "done":
            return
        if isinstance(event, Gap):
            self._take_gap(event)
            return
        if isinstance(event, Connected):
            self._resync()
            return
        if isinstance(event, PermissionAsked | QuestionAsked) and self._answers.has(event.request):
            return
        before = self._transcript
        self._transcript = without_secrets(reduce(before, event), event, self._client.redact)
        if self._transcript is before and not self._is_ours(event):
            return
        self._heard = self._happened = self._clock()
        if isinstance(event, PermissionReplied | QuestionClosed):
            self._answers.notice(event, before.asks.get(event.request_id))
        self._notice_start(event)
        self._follow_phase(event)

    def _is_ours(self, event: Event) -> bool:
        return getattr(event, "session_id", None) in self._transcript

    def _is_connected(self, events: Sequence[Event], *, before: bool = False) -> bool:
        """Whether the turn may begin now. Nothing else that has come by then is of this turn."""
        connected = before
        for event in events:
            if isinstance(event, Gap):
                self._take_gap(event)
            if isinstance(event, Connected | Gap):
                connected = isinstance(event, Connected)
        return connected

    def _begin(self) -> None:
        if self._prompt.kind == "follow":
            self._join()
        else:
            self._send()

    def _take_gap(self, gap: Gap) -> None:
        if gap.ended or (self._phase == "connecting" and self._stream.failure):
            failure = self._stream.failure
            if not self._sent or isinstance(failure, UnforeseenError):
                raise failure or ConnectError(gap.reason)
            self._end(cut_off=f"the connection to the server was lost ({gap.reason})")
            return
        if self._sent:
            self._phase = "reconnecting"
            if self._prompt.form is not None:
                self._note("the connection broke meanwhile: a step of this turn may be missing")

    def _send(self) -> None:
        if not self._fresh:
            self._look_before()
        # The line may have been lost meanwhile; and what it brought is of an earlier turn.
        if not self._is_connected(self._stream.get(0), before=True):
            return
        self._sent = self._heard = self._clock()
        self._phase = "sent"
        if count := self._prompt.halves:
            self._note(LOST_CHARACTERS.format(count=count_words(count, "character")))
        self._hand_over(self._prompt, self._newest_before)

    def _look_before(self) -> None:
        """Make sure that nothing runs in the session, and see what is in it."""
        session_id = self._session.id
        if session_id in self._client.session.statuses():
            raise BusyError(
                f"session {session_id} already runs a turn; wait, `/abort` it, or use --new"
            )
        self._newest_before = newest_id(self._client, session_id)
        self._refuse_leftovers()

    def _hand_over(self, prompt: Prompt, newest: str) -> None:
        self._tries += 1
        self._request_over = False
        self._sending = Sending(self._client, self._session, prompt, newest)
        self._sending.start()

    def _join(self) -> None:
        """Follow what runs already, from the prompt that began it."""
        messages = self._client.session.messages(self._session.id)
        began = running_prompt(messages)
        if began is None:
            raise InputError(f"session {self._session.id} has no turn that could be followed")
        self._user_id = began.info.id
        self._newest_before = max(
            (m.info.id for m in messages if m.info.id < began.info.id), default=""
        )
        self._prompt = replace(self._prompt, text=said_in(began))
        self._sent = self._heard = self._clock()
        self._active = True
        self._resync()

    def _refuse_leftovers(self) -> None:
        """What an earlier, stopped turn asked is still pending, and nobody waits for it."""
        for ask in self._client.pending() or ():
            if ask.session_id == self._session.id:
                self._answers.refuse(ask)

    def _notice_start(self, event: Event) -> None:
        if isinstance(event, MessageUpdated) and event.info.session_id == self._session.id:
            info = event.info
            if not self._user_id and info.role == "user" and self._is_our_prompt(info.id):
                self._user_id = info.id
            if info.role == "assistant" and info.parent_id == self._user_id:
                self._active = True
        if isinstance(event, SessionStatus) and event.session_id == self._session.id:
            self._active = self._active or (event.status.type != "idle" and bool(self._user_id))

    def _is_our_prompt(self, message_id: str) -> bool:
        ours = self._sending.message_id if self._sending else ""
        return message_id == ours if ours else message_id > self._newest_before

    def _follow_phase(self, event: Event) -> None:
        status = self._transcript.statuses.get(self._session.id, Status("unknown"))
        # An idle of an earlier turn may still be on its way: only after this one began it counts.
        if status.type == "idle" and self._active:
            if self._is_over():
                self._end(still=True)
            return
        if self._stopping:
            self._phase = "stopping"
        elif self._transcript.asks:
            self._phase = "asking"
        elif status.type == "retry":
            self._phase = "retrying"
        elif self._active:
            self._phase = "running"

    def _is_over(self) -> bool:
        """Whether a server that says it is idle is done with the turn.

        Where the answer has a form the reply decides: it may be asked for once more.
        """
        return not self._awaits_reply() and self._idle_is_true()

    def _idle_is_true(self) -> bool:
        """Error and abort send idle twice, the second may land in a new turn: ask."""
        try:
            statuses = self._client.session.statuses()
        except OpencodeError:
            return True  # settling will say what could not be confirmed
        still = statuses.get(self._session.id)
        if still is None or still.type == "idle":
            return True
        self._set_status(still)
        return False

    def _set_status(self, status: Status) -> None:
        self._transcript = reduce(self._transcript, SessionStatus(self._session.id, status))

    def _check_clock(self) -> None:
        now = self._clock()
        if self._phase == "done":
            return
        if not self._sent:
            if now - self._started > CONNECT_WITHIN_S:
                raise ConnectError(
                    f"{self._client.base_url} opened no event stream within "
                    f"{CONNECT_WITHIN_S:.0f} s; is it overloaded? `/health` tells"
                )
            return
        if self._stopping and now - self._told_at > STOP_AGAIN_S:
            self._told_at = now
            self._resync()
            if not self.done:
                self._client.session.abort(self._session.id, check=False)
            return
        if self._phase == "reconnecting" and not self._alive():
            self._end(cut_off="the server has ended")
            return
        self._check_request()
        if self.done:
            return
        if not self._active:
            self._check_start(now - self._sent)
        if self.done:
            return
        if self._resync_at and now > self._resync_at:
            self._resync()
        elif now - self._heard > self._quiet_s:
            self._heard = now
            known = self._transcript
            self._resync()
            if (known.by_id, known.asks) != (self._transcript.by_id, self._transcript.asks):
                self._quiet_s = BEHIND_S
                self._stream.doubt()

    def _check_request(self) -> None:
        """What became of the request that brought the prompt."""
        sending = self._sending
        if sending is None or sending.waits or self._request_over:
            return
        self._request_over = True
        fault = isinstance(sending.refused, UnforeseenError)
        if sending.refused is not None and (fault or not self._active):
            raise sending.refused
        if self._asks_again(sending):
            return
        # The blocking routes answer when all is done; and where no answer came, the record tells.
        if sending.blocking or sending.lost is not None:
            self._resync()

    def _awaits_reply(self) -> bool:
        """Whether the server's reply, and not its being idle, tells that the turn is over."""
        if self._prompt.form is None or self._stopping or self._sending is None:
            return False
        if not self._sending.waits:
            return not self._request_over
        self._idle_since = self._idle_since or self._clock()
        if self._clock() - self._idle_since > LOST_WITHIN_S:
            return False
        self._resync_at = self._resync_at or self._clock() + AGAIN_S
        return True

    def _asks_again(self, sending: Sending) -> bool:
        """Say what is wrong with an answer that has not the form it should; whether that was done.

        The server checks no value, and does not ask again where there is none.
        """
        form, reply = self._prompt.form, sending.reply
        if form is None or reply is None or self._stopping or self._tries >= MOST_TRIES:
            return False
        failure = reply.info.error
        if failure is not None and failure.name != NO_VALUE:
            return False
        misfit = self._misfit(reply.info.structured)
        if not misfit:
            return False
        self._transcript = reduce(self._transcript, MessageUpdated(reply.info))
        self._idle_since = 0.0
        self._heard = self._clock()
        asked = form.with_strings if self._rounded else form
        again = replace(self._prompt, text=AGAIN.format(misfit=misfit), form=asked)
        self._hand_over(again, reply.info.id)
        return True

    def _misfit(self, raw: Any) -> str:
        """What is wrong with the answer of a turn that has a form; "" where it is right."""
        if self._prompt.form is None:
            return ""
        if raw is None:
            return "there was no call of the StructuredOutput tool"
        try:
            self._value = self._prompt.form.read(raw)
        except MisfitError as error:
            self._rounded = self._rounded or isinstance(error, RoundedError)
            return str(error)
        return ""

    def _check_start(self, since_s: float) -> None:
        """A turn that has not begun may never do so."""
        sending = self._sending
        if self._transcript.errors and since_s > REFUSED_WITHIN_S:
            self._end()
        elif sending is not None and sending.waits and sending.blocking:
            return
        elif sending is not None and sending.lost is not None and not self._user_id:
            if since_s > LOST_WITHIN_S:
                self._end(cut_off=f"the prompt has not arrived ({sending.lost.message})")
            elif not self._resync_at:
                self._resync_at = self._clock() + AGAIN_S
        elif since_s > START_WITHIN_S:
            self._end(cut_off=f"the server did not begin within {START_WITHIN_S:.0f} s")

    def _resync(self) -> None:
        """Take the server's word for what was missed: after a gap, or a long silence."""
        self._resync_at = 0.0
        try:
            status = self._client.session.statuses().get(self._session.id, Status("idle"))
            self._take_record(running=status.type != "idle")
        except ConnectError:
            self._resync_at = self._clock() + AGAIN_S
            return
        self._set_status(status)
        if not self._user_id:
            self._user_id = self._find_user_message()
        self._active = self._active or (bool(self._user_id) and bool(self.frame.shown.answers))
        self._phase = "running" if self._active else "sent"
        # A prompt that was stored a moment ago may not run yet.
        settled = self._active or self._has_not_begun()
        # The record is younger than the status: a turn that is in it may have begun in between.
        if status.type == "idle" and settled and self._is_over():
            # One last abort as the turn is left, should it begin after all.
            self._end(still=self._active)
        else:
            self._follow_phase(Connected())

    def _has_not_begun(self) -> bool:
        """Whether a turn that was stopped before it ran has had the time to begin."""
        return self._stopping and self._clock() - self._stopped_at > UNBEGUN_S

    def _take_record(self, *, running: bool) -> None:
        """The messages and asks as the server has them; what it cannot tell stays as seen."""
        try:
            self._transcript = self._record(running=running)
        except ServerError as error:
            self._note(f"the server's record could not be read ({error.message})")
        asked = self._client.pending()
        if asked is not None:
            mine = {ask.id: ask for ask in asked if self._is_of_this_turn(ask)}
            self._transcript = replace(self._transcript, asks=mine)

    def _is_of_this_turn(self, ask: Ask) -> bool:
        if ask.session_id != self._session.id:
            return ask.session_id in self._transcript
        return ask.tool is None or ask.tool.message_id > self._newest_before

    def _find_user_message(self) -> str:
        mine = (m.info.id for m in self._transcript.messages() if m.info.role == "user")
        return next((id for id in mine if self._is_our_prompt(id)), "")

    def _forget(self, ask: Ask) -> None:
        asks = {id: a for id, a in self._transcript.asks.items() if id != ask.id}
        self._transcript = replace(self._transcript, asks=asks)

    def _end(self, *, cut_off: str = "", still: bool = False) -> None:
        self._cut_off = cut_off
        self._stands_still = still
        self._phase = "done"

    def _note(self, note: str) -> None:
        if note not in self._notes:
            self._notes.append(note)

    # -- the end -------------------------------------------------------------------------------

    def settle(self) -> Turn:
        """The turn as a value, from one read of the server's messages.

        Where that read fails the turn is what was seen, and says that it could not be confirmed.
        """
        elapsed = self._clock() - self._started
        confirmed = bool(self._sent) and not self._cut_off
        if confirmed:
            try:
                self._transcript = self._record(running=False)
                if self._ending().left_open:  # or the last word was still being written
                    self._client.sleep(LAST_WRITE_S)
                    self._transcript = self._record(running=False)
                if not self._user_id:
                    self._user_id = self._find_user_message()
            except OpencodeError as error:
                confirmed = False
                self._note(f"shown as it was seen, not confirmed by the server: {error.message}")
        if self._cut_off:
            self._note(f"cut off: {self._cut_off}; what follows is what had been seen")
        ending = self._ending()
        shown, failure, state = ending.shown, ending.failure, ending.state
        if state in ("completed", "failed") and self._prompt.form is not None:
            failure = self._form_failure(shown, failure)
            state = "failed" if failure else state
        authorship = Authorship(shown, self._notebook)
        diff = self._own(self._diff(shown, authorship) if confirmed else (), authorship)
        turn = Turn(
            session=self._session.id,
            prompt=sound(self._prompt.text),
            transcript=shown,
            state=state,
            diff=diff,
            decisions=ending.decisions,
            notes=tuple(self._notes),
            confirmed=confirmed,
            failure=failure,
            seconds=elapsed,
            title=self._session.title,
            value=self._value if state == "completed" else None,
        )
        return replace(turn, window=self._window(turn.model) if confirmed and turn.context else 0)

    def _form_failure(self, shown: Transcript, failure: Failure | None) -> Failure | None:
        """Why there is no value of the form that was asked for, None where there is."""
        if failure is not None and failure.name != NO_VALUE:
            return failure
        last = shown.last_answer
        misfit = self._misfit(last.structured if last else None)
        tries = f" ({self._tries} tries)" if self._tries > 1 else ""
        return Error(MISFIT, ErrorData(f"{misfit}{tries}")) if misfit else None

    def _window(self, model: str) -> int:
        """The context of the model that answered; a command may have one of its own."""
        if self._prompt.window and model == self._prompt.model:
            return self._prompt.window
        return window_of(self._client, model)

    def _ending(self) -> Ending:
        return Ending(
            self.frame.shown,
            shell=self._prompt.kind == "shell",
            stopping=self._stopping,
            retrying=self._retrying,
            cut_off=self._cut_off,
            decisions=tuple(self._answers.decisions),
        )

    def _record(self, *, running: bool) -> Transcript:
        """Our transcript with the messages as the server has them, subagents' too."""
        if self._prompt.form is None:
            messages = messages_after(self._client, self._session.id, self._newest_before)
        else:
            messages = read_again(self._client, self._known())
        return with_subagents(self._client, self._transcript, messages, running=running)

    def _known(self) -> list[Message]:
        """The messages of this turn that were seen; the reply may come before its event."""
        known = [m for m in self._transcript.messages() if m.info.id > self._newest_before]
        reply = self._sending.reply if self._sending else None
        if reply is not None and reply.info.id not in {m.info.id for m in known}:
            known.append(reply)
        return known

    def _diff(self, shown: Transcript, authorship: Authorship) -> tuple[FileDiff, ...]:
        if not self._user_id:
            return ()
        try:
            parts = (part for m in shown.by_id.values() for part in m.parts)
            patches = [part for part in parts if isinstance(part, PatchPart)]
            diff = self._client.session.diff(
                self._session.id, self._user_id, patches=patches, fits=self._fits(authorship)
            )
        except OpencodeError as error:
            self._note(f"the diff could not be read ({error.message})")
            return ()
        return tuple(diff)

    def _own(self, diff: tuple[FileDiff, ...], authorship: Authorship) -> tuple[FileDiff, ...]:
        """What of a diff is the turn's; what the diff does not tell is noted."""
        for note in self._witness.losses(authorship.wrote):
            self._note(note)
        for file in authorship.unnamed(diff):
            self._note(UNNAMED.format(file=one_line(file)))
        return authorship.of_turn(diff)

    def _fits(self, authorship: Authorship) -> Callable[[Sequence[FileDiff]], bool] | None:
        """Tell a diff of all steps from one of the first few; None where no file can be read."""
        folder = self._folder
        return None if folder is None else lambda diff: as_told(authorship.of_turn(diff), folder)

    # -- one turn at a time --------------------------------------------------------------------

    @property
    def _key(self) -> tuple[str, str]:
        return self._client.base_url, self._session.id

    def _take_lock(self) -> None:
        with _busy_lock:
            if _busy.setdefault(self._key, self) is not self:
                raise BusyError(
                    f"session {self._session.id} already runs a turn of this kernel; "
                    "wait for it, or use --new"
                )

    def _free_lock(self) -> None:
        with _busy_lock:
            if _busy.get(self._key) is self:
                del _busy[self._key]
