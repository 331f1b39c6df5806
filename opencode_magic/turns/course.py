"""What has been seen of a turn, and where it stands. Asks nothing of the server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..model.events import Event, SessionStatus
from ..model.outcome import Ending
from ..model.sessions import Status
from ..model.transcript import Ask, Transcript, is_untold, reduce
from ..model.turn import Decision
from ..protocol.dialect import Life, Mark, Sign
from ..text.redact import Redactor
from .frame import Frame, Phase
from .streamed_secrets import held_back, without_secrets

TOLD_WITHIN_S = 5.0  # a call comes this soon after its request; else that is shown as it is


class Course:
    """The course of one turn.

    Parameters
    ----------
    session_id:
        where it runs.
    redact:
        takes our secrets out of what is shown.
    clock:
        monotonic seconds.
    """

    def __init__(self, session_id: str, redact: Redactor, clock: Callable[[], float]) -> None:
        self.transcript = Transcript(session_id)
        self.phase: Phase = "connecting"
        self.after: Mark = ""
        """The place in the session at which the turn begins."""
        self.notes: list[str] = []
        self.stopping = False
        self.retrying: Status | None = None
        """What the turn waited for when it was stopped."""
        self.cut_off = ""
        """Why it was not followed to its end, "" where it was."""
        self.over_on_server = False
        """Whether the server says that the turn is over: else it is stopped as it is left."""
        self.started = self.heard = self.happened = clock()
        """When we began, when the server was last heard, and when something last happened."""
        self.sent = 0.0
        """When the prompt was sent, 0 before."""
        self._life: Life | None = None
        self._redact = redact
        self._clock = clock
        self._untold_since: dict[str, float] = {}

    def begin(self, life: Life, after: Mark) -> None:
        """Take in that the turn begins after a place of the session."""
        self.after = after
        self._life = life
        self.sent = self.heard = self._clock()

    @property
    def life(self) -> Life:
        """What tells when it begins and ends."""
        assert self._life is not None, "the turn has not begun"
        return self._life

    @property
    def prompt_id(self) -> str:
        """The user message that began it, "" until it is known."""
        return self._life.prompt_id if self._life else ""

    @property
    def active(self) -> bool:
        """Whether the server has begun it."""
        return self._life is not None and self._life.active

    @property
    def done(self) -> bool:
        """Whether nothing more will come."""
        return self.phase == "done"

    @property
    def status(self) -> Status:
        """What the session does."""
        return self.transcript.status

    def frame(self, decisions: tuple[Decision, ...]) -> Frame:
        """Return where it stands now, and what was decided."""
        now = self._clock()
        return Frame(
            self.phase,
            held_back(self.transcript, self._redact),
            self.prompt_id,
            self.after,
            now - self.started,
            now - self.happened,
            decisions,
            tuple(self.notes),
            untold=self._untold(now),
        )

    def ending(self, decisions: tuple[Decision, ...], *, shell: bool) -> Ending:
        """Return how it ends, as far as it was seen; `shell` is for a command of the user's."""
        return Ending(
            held_back(self.transcript, self._redact).after(self.after),
            shell=shell,
            stopping=self.stopping,
            retrying=self.retrying,
            cut_off=self.cut_off,
            decisions=decisions,
        )

    def _untold(self, now: float) -> frozenset[str]:
        """Return the requests whose shell text has not come: some servers tell it with the call."""
        untold = (a.id for a in self.transcript.asks.values() if is_untold(a, self.transcript))
        self._untold_since = {id: self._untold_since.get(id, now) for id in untold}
        since = self._untold_since.items()
        return frozenset(id for id, began in since if now - began < TOLD_WITHIN_S)

    def take(self, event: Event) -> Sign | None:
        """Take in an event; None where it is not of this turn."""
        before = self.transcript
        self.transcript = without_secrets(reduce(before, event), event, self._redact)
        ours = getattr(event, "session_id", None) in self.transcript
        if self.transcript is before and not ours:
            return None
        self.heard = self.happened = self._clock()
        return self.life.take(event, self.transcript)

    def take_status(self, status: Status) -> None:
        """Take in what the session does, as the server says when it is asked."""
        event = SessionStatus(self.transcript.session_id, status)
        self.transcript = reduce(self.transcript, event)

    def take_asks(self, waiting: list[Ask]) -> None:
        """Take in what waits for an answer in the directory, as far as it is of this turn."""
        mine = {ask.id: ask for ask in waiting if self._owns(ask)}
        self.transcript = replace(self.transcript, asks=mine)

    def _owns(self, ask: Ask) -> bool:
        if ask.session_id != self.transcript.session_id:
            return ask.session_id in self.transcript
        return self.life.owns(ask)

    def forget(self, ask: Ask) -> None:
        """Remove a request that no longer waits."""
        asks = {id: a for id, a in self.transcript.asks.items() if id != ask.id}
        self.transcript = replace(self.transcript, asks=asks)

    def show_phase(self) -> None:
        """Set the phase by what was seen."""
        if self.stopping:
            self.phase = "stopping"
        elif self.transcript.asks:
            self.phase = "asking"
        elif self.status.type == "retry":
            self.phase = "retrying"
        elif self.active:
            self.phase = "running"

    def end(self, *, cut_off: str = "", over_on_server: bool = False) -> None:
        """End it; `cut_off` says why before its end, `over_on_server` that the server ended it."""
        self.cut_off = cut_off
        self.over_on_server = over_on_server
        self.phase = "done"

    def note(self, note: str) -> None:
        """Tell the reader something, once."""
        if note not in self.notes:
            self.notes.append(note)
