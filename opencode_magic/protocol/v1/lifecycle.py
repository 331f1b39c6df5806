"""When a turn of an OpenCode 1 server begins and ends.

Sessions are busy or idle. An idle counts after the turn began, and even then it may be an earlier
turn's: an error and an abort each send it twice, and the second may land in the next turn. So it is
a hint, which `GET /session/status` confirms.
"""

from __future__ import annotations

from ...model.events import Event, MessageUpdated, SessionStatus
from ...model.transcript import Ask, Transcript
from ..dialect import Life, Mark, PromptIds, Sign, Timing

TIMING = Timing(
    refused_s=2.0,  # an unknown agent gives an error and never busy or idle
    unbegun_s=1.3,  # a prompt may be stored and its turn not run yet; after an abort it may never
    stop_again_s=0.5,
    quiet_s=15.0,
    behind_s=2.0,
    last_write_s=0.3,
)


class BusyAndIdle(Life):
    """The life of one turn, which begins behind a place of its session."""

    def __init__(self, session_id: str, after: Mark, prompt_id: str = "") -> None:
        super().__init__(prompt_id)
        self._session = session_id
        self._after = after
        self._expected = ""

    def sent(self, ids: PromptIds) -> None:
        self._expected = ids.message

    def take(self, event: Event, transcript: Transcript) -> Sign:
        match event:
            case MessageUpdated(info=info) if info.session_id == self._session:
                if info.role == "user" and not self.prompt_id and self._is_ours(info.id):
                    self.prompt_id = info.id
                if info.role == "assistant" and info.parent_id == self.prompt_id:
                    self.active = True
            case SessionStatus(session_id=self._session, status=status):
                self.active = self.active or (status.type != "idle" and bool(self.prompt_id))
        return self._sign(transcript)

    def resync(self, transcript: Transcript) -> Sign:
        prompts = (m.info.id for m in transcript.messages() if m.info.role == "user")
        self.prompt_id = self.prompt_id or next(filter(self._is_ours, prompts), "")
        begun = bool(self.prompt_id) and bool(transcript.after(self._after).answers)
        self.active = self.active or begun
        return self._sign(transcript)

    def owns(self, ask: Ask) -> bool:
        return ask.tool is None or ask.tool.message_id > self._after

    def _is_ours(self, message_id: str) -> bool:
        if self._expected:
            return message_id == self._expected
        return message_id > self._after

    def _sign(self, transcript: Transcript) -> Sign:
        status = transcript.statuses.get(self._session)
        idle = status is not None and status.type == "idle"
        return Sign.MAYBE_OVER if idle and self.active else Sign.NOTHING
